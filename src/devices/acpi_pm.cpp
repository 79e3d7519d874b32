#include "devices/acpi_pm.h"

namespace minivmm {

namespace {

using std::chrono::nanoseconds;

constexpr std::uint16_t kStatusBits = acpi::kTimerBit | acpi::kGlobalBit | acpi::kPowerButtonBit |
                                      acpi::kSleepButtonBit | acpi::kRtcBit;
constexpr std::uint16_t kEnableBits = kStatusBits;
// BM_RLD and SLP_TYP are kept; GBL_RLS and SLP_EN are write-only (ACPI 6.4, table 4.16).
constexpr std::uint16_t kControlBits = 0x1c02;
constexpr std::uint32_t kSmiApmcEnable = 1u << 5;  // ICH9 datasheet 13.8.3.8.

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
// TMR_STS is set whenever the top bit toggles (ACPI 6.4, 4.8.3.1.1): once in this many ticks.
constexpr unsigned kCarryShift = acpi::kPmTimerBits - 1;
constexpr std::uint64_t kTimerMask = (1ull << acpi::kPmTimerBits) - 1;

std::uint64_t to_ticks(nanoseconds time) {
  const auto whole = static_cast<std::uint64_t>(time.count());
  // Split, so that no product exceeds 64 bits.
  return whole / kNanosecondsPerSecond * acpi::kPmTimerHz +
         whole % kNanosecondsPerSecond * acpi::kPmTimerHz / kNanosecondsPerSecond;
}

/// The first moment at which to_ticks() gives ticks.
nanoseconds to_time(std::uint64_t ticks) {
  const std::uint64_t rest = ticks % acpi::kPmTimerHz * kNanosecondsPerSecond;
  const std::uint64_t whole = ticks / acpi::kPmTimerHz * kNanosecondsPerSecond +
                              (rest + acpi::kPmTimerHz - 1) / acpi::kPmTimerHz;
  return nanoseconds(whole);
}

std::uint8_t byte_of(std::uint64_t value, std::uint64_t index) {
  return static_cast<std::uint8_t>(value >> (8 * index));
}

std::uint16_t with_byte(std::uint16_t word, std::uint64_t index, std::uint8_t value) {
  const unsigned shift = 8 * static_cast<unsigned>(index);
  return static_cast<std::uint16_t>((word & ~(0xffu << shift)) | unsigned{value} << shift);
}

}  // namespace

AcpiPm::AcpiPm(IrqLine& sci, PowerControl& power, const Clock& clock, EventLoop& loop)
    : sci_(sci), power_(power), clock_(clock) {
  state_.timer_start = clock_.monotonic();
  timer_ = loop.make_timer([this] {
    const std::lock_guard guard(lock());
    update_irq();
  });
}

void AcpiPm::reset() {
  state_ = {};
  state_.timer_start = clock_.monotonic();
  update_irq();
}

void AcpiPm::power_button() {
  state_.pm1_status |= acpi::kPowerButtonBit;
  update_irq();
}

bool AcpiPm::power_button_heard() const {
  return (state_.pm1_enable & acpi::kPowerButtonBit) != 0;
}

std::uint64_t AcpiPm::ticks() const {
  return to_ticks(clock_.monotonic() - state_.timer_start);
}

std::uint16_t AcpiPm::pm1_status(std::uint64_t now) const {
  const bool carried = now >> kCarryShift != state_.carries_seen;
  return static_cast<std::uint16_t>(state_.pm1_status | (carried ? acpi::kTimerBit : 0));
}

void AcpiPm::read(std::uint64_t offset, std::span<std::byte> data) {
  const std::uint64_t now = ticks();  // Once, so that a dword's bytes belong together.
  for (std::byte& byte : data) byte = std::byte{read_byte(offset++, now)};
}

std::uint8_t AcpiPm::read_byte(std::uint64_t offset, std::uint64_t now) const {
  using namespace acpi;
  const auto in = [offset](std::uint64_t start, std::uint64_t size) {
    return offset >= start && offset - start < size;
  };
  if (in(kPm1Status, 2)) return byte_of(pm1_status(now), offset - kPm1Status);
  if (in(kPm1Enable, 2)) return byte_of(state_.pm1_enable, offset - kPm1Enable);
  if (in(kPm1Control, 2)) return byte_of(state_.pm1_control | kSciEnable, offset - kPm1Control);
  if (in(kPmTimer, kPmTimerLength)) return byte_of(now & kTimerMask, offset - kPmTimer);
  if (in(kGpe0, kGpeBytes)) return state_.gpe_status[offset - kGpe0];
  if (in(kGpe0 + kGpeBytes, kGpeBytes)) return state_.gpe_enable[offset - kGpe0 - kGpeBytes];
  if (in(kSmiEnable, 4)) return byte_of(kSmiApmcEnable, offset - kSmiEnable);
  return 0;
}

void AcpiPm::write(std::uint64_t offset, std::span<const std::byte> data) {
  for (const std::byte byte : data) write_byte(offset++, std::to_integer<std::uint8_t>(byte));
  update_irq();
}

void AcpiPm::write_byte(std::uint64_t offset, std::uint8_t value) {
  using namespace acpi;
  if (offset < kPm1Enable) {
    clear_pm1_status(with_byte(0, offset, value));
  } else if (offset < kPm1Control) {
    const std::uint16_t written = with_byte(state_.pm1_enable, offset - kPm1Enable, value);
    state_.pm1_enable = written & kEnableBits;
  } else if (offset == kPm1Control) {
    state_.pm1_control = with_byte(state_.pm1_control, 0, value) & kControlBits;
  } else if (offset == kPm1Control + 1) {
    write_control_high(value);
  } else if (offset >= kGpe0 && offset < kGpe0 + kGpeBytes) {
    std::uint8_t& status = state_.gpe_status[offset - kGpe0];
    status = static_cast<std::uint8_t>(status & ~value);
  } else if (offset >= kGpe0 + kGpeBytes && offset < kGpe0 + kGpe0Length) {
    state_.gpe_enable[offset - kGpe0 - kGpeBytes] = value;
  }
}

void AcpiPm::clear_pm1_status(std::uint16_t bits) {
  state_.pm1_status = static_cast<std::uint16_t>(state_.pm1_status & ~bits);
  if ((bits & acpi::kTimerBit) != 0) state_.carries_seen = ticks() >> kCarryShift;
}

/// The byte with SLP_TYP and SLP_EN. Only S5 exists; other sleep types are ignored.
void AcpiPm::write_control_high(std::uint8_t value) {
  const std::uint16_t written = with_byte(state_.pm1_control, 1, value);
  state_.pm1_control = written & kControlBits;
  const unsigned sleep_type = written >> acpi::kSleepTypeShift & 0x7u;
  if ((written & acpi::kSleepEnable) != 0 && sleep_type == acpi::kSleepTypeS5) power_.power_off();
}

void AcpiPm::arm_timer(std::uint64_t now) {
  const std::uint64_t carries = now >> kCarryShift;
  if ((state_.pm1_enable & acpi::kTimerBit) == 0 || carries != state_.carries_seen) {
    timer_->disarm();
    return;
  }
  const nanoseconds next = state_.timer_start + to_time((carries + 1) << kCarryShift);
  timer_->arm(std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(next)));
}

void AcpiPm::update_irq() {
  // One moment for both: a carry between them would be in neither the level nor the timer.
  const std::uint64_t now = ticks();
  bool level = (pm1_status(now) & state_.pm1_enable) != 0;
  for (std::size_t i = 0; i < kGpeBytes; ++i) {
    level |= (state_.gpe_status[i] & state_.gpe_enable[i]) != 0;
  }
  sci_.set(level);
  arm_timer(now);
}

}  // namespace minivmm
