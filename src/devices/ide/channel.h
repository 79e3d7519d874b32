#pragma once
// One IDE channel: a cable with up to two drives, its ports, its interrupt, its bus master.

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "devices/ide/bus_master.h"
#include "devices/ide/drive.h"
#include "minivmm/guest_memory.h"
#include "minivmm/io_device.h"
#include "minivmm/irq_line.h"

namespace minivmm::ide {

/// What the guest writes goes to both drives, what it reads comes from the selected one
/// (ATA/ATAPI-6, 7.1 and 9.16). Where there is none, all registers are zero, as the host's
/// pull-downs make them.
///
/// Ownership: refers to the drives, the memory and the line.
/// Threads: attach() before the vCPUs run; everything else with the controller's lock held.
class Channel final : public Drive::Cable {
 public:
  static constexpr unsigned kDrives = 2;

  struct Wiring {
    std::mutex& lock;  ///< The controller's.
    const GuestMemory& memory;
    IrqLine& line;
    std::function<bool()> may_master;  ///< Whether COMMAND lets the function use the bus.
  };
  explicit Channel(const Wiring& wiring);

  /// unit: 0 the master, 1 the slave; a slave is only there beside a master.
  void attach(unsigned unit, Drive& drive);

  /// The command block, 8 ports; and the control block, the one at 3F6h or 376h.
  [[nodiscard]] IoDevice& command_block() { return command_block_; }
  [[nodiscard]] IoDevice& control_block() { return control_block_; }
  [[nodiscard]] BusMaster& bus_master() { return bus_master_; }
  [[nodiscard]] const BusMaster& bus_master() const { return bus_master_; }

  /// A drive, the bus master or COMMAND changed: moves what can be moved, drives the line.
  void changed() override;

  /// RESET-: power-on values here and in the drives.
  void reset();

 private:
  class CommandBlock final : public IoDevice {
   public:
    CommandBlock(std::mutex& lock, Channel& channel) : IoDevice(lock), channel_(channel) {}
    void read(std::uint64_t offset, std::span<std::byte> data) override;
    void write(std::uint64_t offset, std::span<const std::byte> data) override;
    [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
    [[nodiscard]] std::vector<RegisterValue> registers() const override;

   private:
    Channel& channel_;
  };
  class ControlBlock final : public IoDevice {
   public:
    ControlBlock(std::mutex& lock, Channel& channel) : IoDevice(lock), channel_(channel) {}
    void read(std::uint64_t offset, std::span<std::byte> data) override;
    void write(std::uint64_t offset, std::span<const std::byte> data) override;
    [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;

   private:
    Channel& channel_;
  };

  [[nodiscard]] Drive* selected() const { return drives_[state_.selected]; }
  [[nodiscard]] std::uint8_t read_register(Register which);
  void write_register(Register which, std::uint8_t value);
  void command(std::uint8_t command);
  void diagnose();
  void write_control(std::uint8_t value);
  void move_data();
  void update_irq();
  [[nodiscard]] std::vector<RegisterValue> list_registers() const;

  // Wiring.
  const Wiring wiring_;
  CommandBlock command_block_;
  ControlBlock control_block_;
  BusMaster bus_master_;
  std::array<Drive*, kDrives> drives_{};

  // State.
  struct State {
    unsigned selected = 0;
    std::uint8_t control = 0;  // As written to DEVICE CONTROL.
    bool line = false;         // Whose rise the bus master remembers.
  } state_;
};

}  // namespace minivmm::ide
