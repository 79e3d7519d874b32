#pragma once
// PCI bus 0: which function is where, and the two ways by which a guest reaches their
// configuration.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "devices/pci/function.h"
#include "minivmm/io_device.h"

namespace minivmm::pci {

/// Where a configuration access goes (PCI 3.0, 3.2.2.3.2; PCIe 4.0, 7.2.2).
struct ConfigAddress {
  std::uint32_t bus = 0;       ///< 0 to 255; only 0 has functions.
  std::uint32_t device = 0;    ///< 0 to 31.
  std::uint32_t function = 0;  ///< 0 to 7.
  std::uint32_t offset = 0;    ///< 0 to 4095.
};

/// Bus 0.
///
/// Ownership: refers to the functions.
/// Threads: add() before the vCPUs run; config_read() and config_write() from any thread, they take
/// the function's lock (never call them with a function's lock held).
class RootBus {
 public:
  static constexpr unsigned kDevices = 32;
  static constexpr unsigned kFunctions = 8;

  /// Asserts that the place is free. Adding a function above 0 sets the multi-function bit of
  /// function 0, which must have been added before.
  void add(unsigned device, unsigned function, PciFunction& pci_function);

  /// Null when nobody is there.
  [[nodiscard]] PciFunction* at(unsigned device, unsigned function) const;

  /// Nobody there: ones, or ignored (PCI 3.0, 6.1); so is an access across the end of a function's
  /// 4 KiB. data has 1 to 8 bytes.
  void config_read(const ConfigAddress& address, std::span<std::byte> data) const;
  void config_write(const ConfigAddress& address, std::span<const std::byte> data) const;

  /// RST# on the bus: reset() of every function, each under its lock.
  void reset();

 private:
  [[nodiscard]] PciFunction* target(const ConfigAddress& address, std::size_t bytes) const;

  std::array<std::array<PciFunction*, kFunctions>, kDevices> functions_{};
};

/// Configuration mechanism #1 (PCI 3.0, 3.2.2.3.2): CONFIG_ADDRESS at port 0xcf8, CONFIG_DATA at
/// 0xcfc to 0xcff. To be put on the port bus at 0xcf8 with a size of kPorts.
///
/// CONFIG_ADDRESS is only there for 32-bit accesses; narrower ones go to what else is at these
/// ports on an ICH9: RST_CNT at 0xcf9. As ranges on a Bus are disjoint, this device has that
/// register's device behind it and hands such bytes on, taking its lock.
class ConfigPorts final : public IoDevice {
 public:
  static constexpr std::uint64_t kPorts = 8;

  ConfigPorts(RootBus& bus, IoDevice& reset_control);

  void reset() { state_ = {}; }

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

  void read(std::uint64_t offset, std::span<std::byte> data) override;
  void write(std::uint64_t offset, std::span<const std::byte> data) override;

 private:
  [[nodiscard]] ConfigAddress target(std::uint64_t offset) const;
  void read_byte(std::uint64_t offset, std::span<std::byte> byte);
  void write_byte(std::uint64_t offset, std::span<const std::byte> byte);

  // Wiring.
  RootBus& bus_;
  IoDevice& reset_control_;

  // State.
  struct State {
    std::uint32_t config_address = 0;
  } state_;
};

/// The enhanced configuration access mechanism (PCIe 4.0, 7.2.2): 256 MiB of memory, 4 KiB for each
/// function; buses above 0 read as ones.
class Ecam final : public IoDevice {
 public:
  static constexpr std::uint64_t kSize = 256ull << 20;

  explicit Ecam(RootBus& bus) : bus_(bus) {}

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  /// Each function there is: who it is, and where its BARs are.
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

  void read(std::uint64_t offset, std::span<std::byte> data) override;
  void write(std::uint64_t offset, std::span<const std::byte> data) override;

 private:
  // Wiring.
  RootBus& bus_;
};

}  // namespace minivmm::pci
