#pragma once
// The IDE function of Intel's PIIX4 (82371AB): 8086:7111, two channels at the ports of a PC/AT.
// Source: Intel 82371AB datasheet (290562), chapter 6, "the datasheet" below.

#include <array>
#include <cstdint>
#include <deque>

#include "bus/bus.h"
#include "devices/ide/channel.h"
#include "devices/pci/function.h"
#include "minivmm/guest_memory.h"
#include "minivmm/irq_line.h"

namespace minivmm::ide {

/// In compatibility mode, which is the only one that a PIIX4 has: 1F0h, 3F6h and IRQ 14; 170h, 376h
/// and IRQ 15; the bus masters' registers in BAR 4.
///
/// A channel's ports answer while COMMAND's I/O bit and its IDETIM's decode bit are set, which is
/// firmware's to do (datasheet 6.1.9); enable_as_firmware() does it for a guest without one.
///
/// Ownership: refers to the lines, the memory and the drives.
/// Threads: as PciFunction.
class Controller final : public pci::PciFunction {
 public:
  static constexpr unsigned kChannels = 2;

  struct Pins {
    Bus& mmio;
    Bus& ports;
    const GuestMemory& memory;
    std::array<IrqLine*, kChannels> lines{};  ///< IRQ 14 and 15.
  };
  explicit Controller(const Pins& pins);
  ~Controller() override;

  /// Before the vCPUs run.
  [[nodiscard]] Channel& channel(unsigned index) { return channels_.at(index); }
  [[nodiscard]] const IoDevice& bus_masters() const { return bus_masters_; }
  void enable_as_firmware();

  void reset() override;

 protected:
  void after_config_write(std::uint32_t offset, std::uint32_t bytes) override;

 private:
  /// BAR 4: both channels' registers, one after the other.
  class BusMasters final : public IoDevice {
   public:
    BusMasters(std::mutex& lock, Controller& controller)
        : IoDevice(lock), controller_(controller) {}
    void read(std::uint64_t offset, std::span<std::byte> data) override;
    void write(std::uint64_t offset, std::span<const std::byte> data) override;
    [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
    [[nodiscard]] std::vector<RegisterValue> registers() const override;

   private:
    Controller& controller_;
  };

  void update_decode();
  void decode(unsigned channel, bool wanted);

  // Wiring.
  Bus& ports_;
  BusMasters bus_masters_;
  std::deque<Channel> channels_;

  // State: beside the configuration space,
  std::array<bool, kChannels> decoded_{};  // whose ports are on the bus.
};

}  // namespace minivmm::ide
