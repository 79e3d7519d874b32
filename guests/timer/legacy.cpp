#include "timer/legacy.h"

#include "lib/acpi.h"
#include "lib/apic.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/io.h"
#include "lib/pic.h"
#include "lib/print.h"
#include "timer/ticks.h"

namespace {

using namespace guest;

// Intel 8254: control words, and the PC's wiring of channel 2 (port 0x61).
constexpr std::uint16_t kChannel0 = 0x40, kChannel2 = 0x42, kControl = 0x43;
constexpr std::uint8_t kChannel0RateGenerator = 0x34;  // Channel 0, low then high byte, mode 2.
constexpr std::uint8_t kChannel0Terminal = 0x30;       // Mode 0: counts once.
constexpr std::uint8_t kChannel2Terminal = 0xb0;
constexpr std::uint16_t kSystemControl = 0x61;
constexpr std::uint8_t kGate2 = 0x01, kSpeaker = 0x02, kOut2 = 0x20;
constexpr std::uint32_t kPitHz = 1'193'182;

constexpr std::uint8_t kPicBase = kFirstVector;
constexpr std::uint8_t kIoApicVector = 0x40;
constexpr unsigned kTicks = 5;
constexpr std::uint32_t kTicksPerSecond = 200;
/// The first tick may come soon after an earlier programming's phase; the others may not.
constexpr std::uint32_t kLeastMicroseconds = (kTicks - 2) * (1'000'000 / kTicksPerSecond);

void load(std::uint16_t channel, std::uint8_t control, std::uint32_t count) {
  out8(kControl, control);
  out8(channel, static_cast<std::uint8_t>(count));
  out8(channel, static_cast<std::uint8_t>(count >> 8));
}

void start_ticking() {
  ticks = 0;
  load(kChannel0, kChannel0RateGenerator, kPitHz / kTicksPerSecond);
}

/// Mode 0 with the count never written: the output stays low, and no interrupt comes.
void stop_ticking() {
  out8(kControl, kChannel0Terminal);
}

GUEST_INTERRUPT void on_pic_tick(InterruptFrame*) {
  ticks = ticks + 1;
  pic_end(0);
}

GUEST_INTERRUPT void on_io_apic_tick(InterruptFrame*) {
  ticks = ticks + 1;
  lapic_end();
}

}  // namespace

void check_pit_by_pic() {
  lapic_init(PicWire::kToThisCpu);
  pic_init(kPicBase);
  set_handler(kPicBase, on_pic_tick);
  pic_unmask(0);
  start_ticking();
  check(sleep_until_ticks(kTicks, kLeastMicroseconds), "the PIT, by the PIC, isn't too fast");
  stop_ticking();
  pic_mask_all();
  print("PIT by PIC: {} ticks\n", ticks);
}

void check_pit_by_io_apic() {
  Madt madt;
  check(read_madt(madt), "ACPI has a MADT with a right checksum");
  lapic_init(PicWire::kOff);
  set_handler(kIoApicVector, on_io_apic_tick);
  const auto input = static_cast<std::uint8_t>(madt.pit_gsi);
  io_apic_route(input, kIoApicVector, lapic_id(), Trigger::kEdgeHigh);
  start_ticking();
  check(sleep_until_ticks(kTicks, kLeastMicroseconds), "the PIT, by the I/O APIC, isn't too fast");
  stop_ticking();
  io_apic_mask(input);
  print("PIT by I/O APIC, input {}: {} ticks\n", madt.pit_gsi, ticks);
}

void check_pit_channel_2() {
  constexpr std::uint32_t kMilliseconds = 10;
  const auto system = static_cast<std::uint8_t>(in8(kSystemControl) & ~(kSpeaker | kGate2));
  out8(kSystemControl, system | kGate2);
  const std::uint32_t start = pm_timer();
  load(kChannel2, kChannel2Terminal, kPitHz * kMilliseconds / 1000);
  check((in8(kSystemControl) & kOut2) == 0 ||
            pm_ticks(start, pm_timer()) >= kPmTimerHz * (kMilliseconds - 1) / 1000,
        "channel 2 counts before its output rises");
  while ((in8(kSystemControl) & kOut2) == 0) {
  }
  check(pm_ticks(start, pm_timer()) >= kPmTimerHz * (kMilliseconds - 1) / 1000,
        "channel 2's output doesn't rise too early");
  out8(kSystemControl, system);
  print("PIT channel 2: done\n");
}
