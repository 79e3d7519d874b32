#pragma once
// The machine's devices by name, for people who look into it.

#include <optional>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "devices/pci/function.h"
#include "minivmm/debug_target.h"
#include "minivmm/device_registers.h"
#include "minivmm/io_device.h"

namespace minivmm {

/// Ownership: refers to the buses and the devices.
/// Threads: add() before the vCPUs run; everything else from any thread, it takes devices' locks.
class DeviceDirectory {
 public:
  DeviceDirectory(const Bus& ports, const Bus& mmio) : ports_(ports), mmio_(mmio) {}

  /// Several devices may have one name: the parts of one chip or card, whose registers are shown
  /// together.
  void add(const std::string& name, const IoDevice& device);
  /// Everything that answers in the function's BARs.
  void add(const std::string& name, const pci::PciFunction& function);

  /// In the order in which they were added.
  [[nodiscard]] std::vector<std::string> names() const;
  /// By address, ports first.
  [[nodiscard]] std::vector<DeviceRange> ranges() const;
  [[nodiscard]] DevicePlace place(AddressSpace space, std::uint64_t address, Access access) const;
  /// nullopt: there is no device of that name.
  [[nodiscard]] std::optional<std::vector<RegisterValue>> registers(const std::string& name) const;
  [[nodiscard]] std::vector<QueueView> queues(const std::string& name) const;

 private:
  struct Entry {
    std::string name;
    const IoDevice* device;
  };
  [[nodiscard]] const std::string* name_of(const IoDevice* device) const;
  void append_ranges(std::vector<DeviceRange>& ranges, AddressSpace space, const Bus& bus) const;

  // Wiring.
  const Bus& ports_;
  const Bus& mmio_;

  std::vector<Entry> entries_;
};

}  // namespace minivmm
