#include "devices/cmos_rtc.h"

#include <algorithm>
#include <cassert>

namespace minivmm {

namespace {

using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::seconds;

// Cells ("Address Map").
constexpr std::uint8_t kSeconds = 0x00;
constexpr std::uint8_t kSecondsAlarm = 0x01;
constexpr std::uint8_t kMinutes = 0x02;
constexpr std::uint8_t kMinutesAlarm = 0x03;
constexpr std::uint8_t kHours = 0x04;
constexpr std::uint8_t kHoursAlarm = 0x05;
constexpr std::uint8_t kWeekday = 0x06;
constexpr std::uint8_t kDay = 0x07;
constexpr std::uint8_t kMonth = 0x08;
constexpr std::uint8_t kYear = 0x09;
constexpr std::uint8_t kRegisterA = 0x0a;
constexpr std::uint8_t kRegisterB = 0x0b;
constexpr std::uint8_t kRegisterC = 0x0c;
constexpr std::uint8_t kRegisterD = 0x0d;

// Register A.
constexpr std::uint8_t kUip = 0x80;
constexpr std::uint8_t kDividerReset = 0x60;  // DV2 and DV1: the divider is held in reset.
constexpr std::uint8_t kRate = 0x0f;
constexpr std::uint8_t kInitialA = 0x26;  // A crystal of 32.768 kHz, 1024 Hz.

// Register B.
constexpr std::uint8_t kSet = 0x80;
constexpr std::uint8_t kPeriodicEnable = 0x40;
constexpr std::uint8_t kAlarmEnable = 0x20;
constexpr std::uint8_t kUpdateEnable = 0x10;
constexpr std::uint8_t kSquareWaveEnable = 0x08;
constexpr std::uint8_t kBinary = 0x04;
constexpr std::uint8_t kHours24 = 0x02;
constexpr std::uint8_t kEnables = kPeriodicEnable | kAlarmEnable | kUpdateEnable;

// Register C: flags at the places of their enables, and their sum.
constexpr std::uint8_t kIrqf = 0x80;
constexpr std::uint8_t kPeriodicFlag = kPeriodicEnable;
constexpr std::uint8_t kAlarmFlag = kAlarmEnable;
constexpr std::uint8_t kUpdateFlag = kUpdateEnable;

constexpr std::uint8_t kValidRam = 0x80;  // Register D, VRT: the battery is good.

constexpr std::uint8_t kIndexMask = 0x7f;  // Bit 7 of port 0x70 masks NMIs (ICH9 datasheet 13.7.1).

// UIP is set so long before an update ("Update Cycle", t_BUC).
constexpr microseconds kBeforeUpdate(244);
// After a divider reset the first update comes after this ("Divider Control").
constexpr microseconds kAfterDividerReset(500'000);

constexpr std::int64_t kCrystalHz = 32'768;
constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

/// Periods are powers of two of the crystal's ticks; the answer is the exponent ("Periodic
/// Interrupt Rate and Square Wave Output Frequency", 32.768 kHz). Rates 1 and 2 equal 8 and 9.
std::optional<int> period_shift(std::uint8_t register_a) {
  const int rate = register_a & kRate;
  if (rate == 0) return std::nullopt;
  return rate <= 2 ? rate + 6 : rate - 1;
}

std::int64_t to_ticks(RtcTime time) {
  const auto whole = floor<seconds>(time.time_since_epoch());
  const microseconds part = time.time_since_epoch() - whole;
  return whole.count() * kCrystalHz + part.count() * kCrystalHz / kMicrosecondsPerSecond;
}

/// The first microsecond at which to_ticks() gives ticks.
RtcTime to_time(std::int64_t ticks) {
  const std::int64_t whole = ticks >> 15;  // kCrystalHz is 1 << 15; rounds down.
  const std::int64_t part = ticks - whole * kCrystalHz;
  const std::int64_t up = (part * kMicrosecondsPerSecond + kCrystalHz - 1) / kCrystalHz;
  return RtcTime(seconds(whole) + microseconds(up));
}

bool is_alarm(std::uint8_t cell) {
  return cell == kSecondsAlarm || cell == kMinutesAlarm || cell == kHoursAlarm;
}

bool is_time(std::uint8_t cell) {
  return (cell <= kYear && !is_alarm(cell)) || cell == CmosRtc::kCenturyCell;
}

}  // namespace

CmosRtc::CmosRtc(const CmosMemory& memory, IrqLine& irq, const Clock& clock, EventLoop& loop)
    : irq_(irq), clock_(clock) {
  battery_.cells[kRegisterA] = kInitialA;
  battery_.cells[kRegisterB] = kHours24;
  define_memory_cells(memory);
  state_.seen = now();
  find_alarm(state_.seen);
  timer_ = loop.make_timer([this] {
    const std::lock_guard guard(lock());
    state_.timer_armed = false;
    catch_up(now());
  });
}

void CmosRtc::define_cell(std::uint8_t cell, std::uint8_t value) {
  assert(cell > kRegisterD && cell < kCells);
  battery_.cells[cell] = value;
}

/// The cells that firmware and old kernels take the size of RAM from (Ralf Brown's CMOS memory
/// map; 0x34 and 0x5b on as SeaBIOS reads them).
void CmosRtc::define_memory_cells(const CmosMemory& memory) {
  constexpr std::uint64_t kKiB = 1024;
  constexpr std::uint64_t kUnit = 64 * kKiB;
  constexpr std::uint64_t kMax16 = 0xffff;
  const auto above = [&memory](std::uint64_t start) {
    return memory.below_4g > start ? memory.below_4g - start : 0;
  };
  const auto define = [this](std::uint8_t first, unsigned bytes, std::uint64_t value) {
    for (unsigned i = 0; i < bytes; ++i) {
      define_cell(static_cast<std::uint8_t>(first + i), static_cast<std::uint8_t>(value >> 8 * i));
    }
  };
  const std::uint64_t extended = std::min(above(1024 * kKiB) / kKiB, kMax16);
  define(0x15, 2, 640);       // Base memory in KiB.
  define(0x17, 2, extended);  // Above 1 MiB in KiB,
  define(0x30, 2, extended);  // and again, as found by the power-on test.
  define(0x34, 2, std::min(above(16 * 1024 * kKiB) / kUnit, kMax16));  // Above 16 MiB.
  define(0x5b, 3, memory.above_4g / kUnit);
}

void CmosRtc::reset() {
  state_ = {};
  std::uint8_t& register_b = battery_.cells[kRegisterB];
  register_b = static_cast<std::uint8_t>(register_b & ~(kEnables | kSquareWaveEnable));
  state_.seen = now();
  find_alarm(state_.seen);
  update_irq(state_.seen);
}

std::uint8_t CmosRtc::read_register(std::uint64_t offset) {
  return offset == 1 ? read_cell(state_.index) : kNobody;  // The index is write-only.
}

void CmosRtc::write_register(std::uint64_t offset, std::uint8_t value) {
  if (offset == 0) state_.index = value & kIndexMask;
  if (offset == 1) write_cell(state_.index, value);
}

std::uint8_t CmosRtc::read_cell(std::uint8_t cell) {
  if (is_time(cell)) {
    if (!frozen()) show_time(now());
    return battery_.cells[cell];
  }
  if (cell == kRegisterA) {
    return static_cast<std::uint8_t>(battery_.cells[cell] | (update_in_progress() ? kUip : 0));
  }
  if (cell == kRegisterD) return kValidRam;
  if (cell != kRegisterC) return battery_.cells[cell];

  catch_up(now());
  const unsigned flags = state_.flags;
  const bool requested = (flags & battery_.cells[kRegisterB] & kEnables) != 0;
  state_.flags = 0;  // Reading is what clears them ("Register C").
  update_irq(state_.seen);
  return static_cast<std::uint8_t>(flags | (requested ? kIrqf : 0));
}

void CmosRtc::write_cell(std::uint8_t cell, std::uint8_t value) {
  if (is_time(cell)) {
    write_time(cell, value);
  } else if (cell == kRegisterA || cell == kRegisterB) {
    write_control(cell, value);
  } else if (is_alarm(cell)) {
    catch_up(now());
    battery_.cells[cell] = value;
    find_alarm(state_.seen);
    update_irq(state_.seen);
  } else if (cell != kRegisterC && cell != kRegisterD) {
    battery_.cells[cell] = value;
  }
}

/// A running clock goes on from what is now in the registers, without losing its fraction of a
/// second.
void CmosRtc::write_time(std::uint8_t cell, std::uint8_t value) {
  if (frozen()) {
    battery_.cells[cell] = value;
    return;
  }
  const RtcTime time = now();
  catch_up(time);
  show_time(time);
  battery_.cells[cell] = value;
  take_time(time - floor<seconds>(time));
}

void CmosRtc::write_control(std::uint8_t cell, std::uint8_t value) {
  const bool was_frozen = frozen();
  const bool divider_was_reset = (battery_.cells[kRegisterA] & kDividerReset) == kDividerReset;
  const RtcTime time = now();
  if (!was_frozen) {
    catch_up(time);
    show_time(time);
  }
  unsigned kept = value;
  if (cell == kRegisterA) kept &= ~unsigned{kUip};
  // Setting SET clears UIE ("Register B").
  if (cell == kRegisterB && (value & kSet) != 0) kept &= ~unsigned{kUpdateEnable};
  battery_.cells[cell] = static_cast<std::uint8_t>(kept);

  if (was_frozen && !frozen()) {
    take_time(divider_was_reset ? kAfterDividerReset : time - floor<seconds>(time));
    return;
  }
  find_alarm(state_.seen);
  update_irq(time);
}

bool CmosRtc::frozen() const {
  return (battery_.cells[kRegisterB] & kSet) != 0 ||
         (battery_.cells[kRegisterA] & kDividerReset) == kDividerReset;
}

RtcTime CmosRtc::now() const {
  return floor<microseconds>(clock_.wall()) + battery_.offset;
}

RtcFormat CmosRtc::format() const {
  const std::uint8_t register_b = battery_.cells[kRegisterB];
  return {(register_b & kBinary) != 0, (register_b & kHours24) != 0};
}

bool CmosRtc::update_in_progress() const {
  const RtcTime time = now();
  return !frozen() && floor<seconds>(time) + seconds(1) - time <= kBeforeUpdate;
}

/// Writes a time into the time cells.
void CmosRtc::show_time(RtcTime time) {
  const RtcFields fields = to_fields(time, format());
  battery_.cells[kSeconds] = fields.seconds;
  battery_.cells[kMinutes] = fields.minutes;
  battery_.cells[kHours] = fields.hours;
  battery_.cells[kWeekday] = fields.weekday;
  battery_.cells[kDay] = fields.day;
  battery_.cells[kMonth] = fields.month;
  battery_.cells[kYear] = fields.year;
  battery_.cells[kCenturyCell] = fields.century;
}

/// Makes the time in the cells, plus a fraction of a second, the time that it is now.
void CmosRtc::take_time(microseconds fraction) {
  RtcFields fields;
  fields.seconds = battery_.cells[kSeconds];
  fields.minutes = battery_.cells[kMinutes];
  fields.hours = battery_.cells[kHours];
  fields.day = battery_.cells[kDay];
  fields.month = battery_.cells[kMonth];
  fields.year = battery_.cells[kYear];
  fields.century = battery_.cells[kCenturyCell];
  const RtcTime time = from_fields(fields, format()) + fraction;
  battery_.offset += time - now();
  state_.seen = time;
  find_alarm(time);
  update_irq(time);
}

// --- Interrupts
// -----------------------------------------------------------------------------------

void CmosRtc::catch_up(RtcTime time) {
  const RtcTime before = state_.seen;
  state_.seen = time;
  if (!frozen() && time > before) {
    unsigned flags = state_.flags;
    if (floor<seconds>(time) != floor<seconds>(before)) flags |= kUpdateFlag;
    if (state_.alarm && *state_.alarm <= time) flags |= kAlarmFlag;
    const std::optional<int> shift = period_shift(battery_.cells[kRegisterA]);
    if (shift && to_ticks(time) >> *shift != to_ticks(before) >> *shift) flags |= kPeriodicFlag;
    state_.flags = static_cast<std::uint8_t>(flags);
  }
  // The host's clock may have been set back: then an alarm lies nearer than the one found before.
  const bool passed = state_.alarm && *state_.alarm <= time;
  if (passed || time < before) find_alarm(time);
  update_irq(time);
}

void CmosRtc::find_alarm(RtcTime after) {
  const RtcAlarm alarm = {battery_.cells[kSecondsAlarm], battery_.cells[kMinutesAlarm],
                          battery_.cells[kHoursAlarm]};
  state_.alarm = next_alarm(after, alarm, format());
}

/// When the first enabled interrupt comes that is not pending yet.
std::optional<RtcTime> CmosRtc::next_event(RtcTime time) const {
  const unsigned wanted = battery_.cells[kRegisterB] & kEnables & ~unsigned{state_.flags};
  std::optional<RtcTime> next;
  const auto consider = [&next](RtcTime event) {
    if (!next || event < *next) next = event;
  };
  if ((wanted & kUpdateEnable) != 0) consider(floor<seconds>(time) + seconds(1));
  if ((wanted & kAlarmEnable) != 0 && state_.alarm) consider(*state_.alarm);
  const std::optional<int> shift = period_shift(battery_.cells[kRegisterA]);
  if ((wanted & kPeriodicEnable) != 0 && shift) {
    consider(to_time(((to_ticks(time) >> *shift) + 1) << *shift));
  }
  return next;
}

void CmosRtc::update_irq(RtcTime time) {
  const bool requested = (state_.flags & battery_.cells[kRegisterB] & kEnables) != 0;
  irq_.set(requested);
  // While the line is asserted nothing more can be told; reading register C comes back here.
  const std::optional<RtcTime> next = frozen() || requested ? std::nullopt : next_event(time);
  if (!next) {
    if (state_.timer_armed) timer_->disarm();
    state_.timer_armed = false;
    return;
  }
  // An alarm may lie a day ahead, and the host's wall clock may be set meanwhile: then the callback
  // finds nothing due and comes back here.
  state_.timer_armed = true;
  timer_->arm(std::chrono::steady_clock::time_point(clock_.monotonic() + (*next - time)));
}

}  // namespace minivmm
