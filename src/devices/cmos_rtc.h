#pragma once
// The PC's clock and its battery-backed memory: Motorola's MC146818 (datasheet of 1984, sections of
// which are named below) with 128 bytes, at ports 0x70 and 0x71.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "devices/byte_device.h"
#include "devices/rtc_calendar.h"
#include "minivmm/clock.h"
#include "minivmm/event_loop.h"
#include "minivmm/irq_line.h"

namespace minivmm {

/// What the CMOS memory says of the machine's RAM, in bytes.
struct CmosMemory {
  std::uint64_t below_4g = 0;  ///< From address 0, the holes below 1 MiB included.
  std::uint64_t above_4g = 0;
};

/// The clock runs with the host's wall clock in UTC, plus what the guest made of it by setting it.
/// An update takes no time: UIP is set for the 244 us before each new second, and the new time is
/// there with the second. While SET is set, or the divider held in reset, the clock stands still;
/// after a divider reset the next second begins after half a second ("Divider Control").
///
/// Interrupts are computed from the time that has passed since register C was read; the loop's
/// timer is only armed while an enabled one lies ahead.
///
/// Put on the port bus with two ports.
/// Threads: as IoDevice; the timer's callback takes lock() itself.
class CmosRtc final : public ByteDevice {
 public:
  static constexpr std::uint64_t kPorts = 2;
  static constexpr std::uint8_t kCells = 128;
  static constexpr std::uint8_t kCenturyCell = 0x32;  ///< For the FADT's CENTURY field.

  /// irq is IRQ 8; all outlive the device.
  CmosRtc(const CmosMemory& memory, IrqLine& irq, const Clock& clock, EventLoop& loop);

  /// Sets a cell of the memory from 0x0e on as a BIOS would. Before the guest runs.
  void define_cell(std::uint8_t cell, std::uint8_t value);

  /// RESET#: no interrupts enabled or pending; time and memory stay (section "RESET").
  void reset();

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

 protected:
  [[nodiscard]] std::uint8_t read_register(std::uint64_t offset) override;
  void write_register(std::uint64_t offset, std::uint8_t value) override;

 private:
  [[nodiscard]] std::uint8_t read_cell(std::uint8_t cell);
  void write_cell(std::uint8_t cell, std::uint8_t value);
  void write_time(std::uint8_t cell, std::uint8_t value);
  void write_control(std::uint8_t cell, std::uint8_t value);

  void define_memory_cells(const CmosMemory& memory);

  /// Stands still: SET, or the divider in reset.
  [[nodiscard]] bool frozen() const;
  [[nodiscard]] RtcTime now() const;
  [[nodiscard]] RtcFormat format() const;
  [[nodiscard]] bool update_in_progress() const;
  void show_time(RtcTime time);
  void take_time(std::chrono::microseconds fraction);

  /// Sets the flags of what happened up to time, then the line and the timer.
  void catch_up(RtcTime time);
  void update_irq(RtcTime time);
  void find_alarm(RtcTime after);
  [[nodiscard]] std::optional<RtcTime> next_event(RtcTime time) const;

  // Wiring.
  IrqLine& irq_;
  const Clock& clock_;

  // State, kept by the battery.
  struct Battery {
    std::array<std::uint8_t, kCells> cells{};
    std::chrono::microseconds offset{0};  // The guest's time less the host's.
  } battery_;

  // State.
  struct State {
    std::uint8_t index = 0;
    std::uint8_t flags = 0;          // Register C without IRQF.
    RtcTime seen{};                  // Up to when flags are true.
    std::optional<RtcTime> alarm{};  // The next match after seen.
    bool timer_armed = false;
  } state_;

  std::unique_ptr<EventLoop::Timer> timer_;  // Last: its callback uses all of the above.
};

}  // namespace minivmm
