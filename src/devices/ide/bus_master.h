#pragma once
// One channel's bus master: it moves a drive's data by a table of regions in the guest's memory.
// Source: Programming Interface for Bus Master IDE Controller, revision 1.0 (Intel, 1994).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "devices/ide/drive.h"
#include "minivmm/device_registers.h"
#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm::ide {

/// The eight I/O registers of a channel (2.0), and the engine behind them.
///
/// Threads: with the controller's lock held.
class BusMaster {
 public:
  static constexpr std::uint64_t kPorts = 8;

  explicit BusMaster(const GuestMemory& memory) : memory_(memory) {}

  [[nodiscard]] std::uint8_t read(std::uint64_t offset) const;
  void write(std::uint64_t offset, std::uint8_t value);

  /// Whether it would move data.
  [[nodiscard]] bool active() const { return state_.active; }
  /// Moves up to all of data, in the drive's direction; answers how many bytes. Less than all: the
  /// table has ended, or can't be followed, and the engine has stopped (3.1's table of outcomes).
  [[nodiscard]] std::size_t move(std::span<std::byte> data, Direction direction);
  /// The drive raised its interrupt (BMIS bit 2).
  void drive_interrupted() { state_.interrupt = true; }

  void reset() { state_ = {}; }

  [[nodiscard]] static std::string register_at(std::uint64_t offset);
  void list_registers(const std::string& prefix, std::vector<RegisterValue>& values) const;

 private:
  [[nodiscard]] bool next_region();
  [[nodiscard]] bool copy(std::span<std::byte> data, Direction direction) const;
  void write_command(std::uint8_t value);
  [[nodiscard]] std::uint8_t status() const;

  // Wiring.
  const GuestMemory& memory_;

  // State.
  struct State {
    std::uint8_t command = 0;
    bool active = false;
    bool error = false;
    bool interrupt = false;
    std::uint8_t drives_capable = 0;  // Bits 6:5, which software sets for itself.
    std::uint32_t table = 0;

    // Of the transfer that is on: the next descriptor, and what is left of the region.
    std::uint32_t next_descriptor = 0;
    std::uint32_t address = 0;
    std::uint32_t left = 0;
    bool last = false;
  } state_;
};

}  // namespace minivmm::ide
