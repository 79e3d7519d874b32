#include "devices/pci/root_bus.h"

#include <cassert>

namespace minivmm::pci {

namespace {

constexpr std::size_t kFunctionSpace = 4096;

// Offsets from port 0xcf8.
constexpr std::uint64_t kConfigAddress = 0;
constexpr std::uint64_t kResetControl = 1;
constexpr std::uint64_t kConfigData = 4;

// CONFIG_ADDRESS (PCI 3.0, figure 3-2).
constexpr std::uint32_t kEnable = 1u << 31;
constexpr std::uint32_t kAddressBits = 0x80ff'fffc;

/// PCIe 4.0, table 7-1.
ConfigAddress ecam_target(std::uint64_t offset) {
  return {static_cast<std::uint32_t>(offset >> 20 & 0xff),
          static_cast<std::uint32_t>(offset >> 15 & 0x1f),
          static_cast<std::uint32_t>(offset >> 12 & 0x7),
          static_cast<std::uint32_t>(offset & 0xfff)};
}

}  // namespace

void RootBus::add(unsigned device, unsigned function, PciFunction& pci_function) {
  assert(device < kDevices && function < kFunctions);
  assert(functions_[device][function] == nullptr);
  functions_[device][function] = &pci_function;
  if (function == 0) return;
  assert(functions_[device][0] != nullptr);
  functions_[device][0]->set_multifunction();
}

PciFunction* RootBus::at(unsigned device, unsigned function) const {
  if (device >= kDevices || function >= kFunctions) return nullptr;
  return functions_[device][function];
}

PciFunction* RootBus::target(const ConfigAddress& address, std::size_t bytes) const {
  if (address.bus != 0 || address.offset >= kFunctionSpace) return nullptr;
  if (bytes > kFunctionSpace - address.offset) return nullptr;
  return at(address.device, address.function);
}

void RootBus::config_read(const ConfigAddress& address, std::span<std::byte> data) const {
  PciFunction* const function = target(address, data.size());
  if (function == nullptr) {
    fill_ones(data);
    return;
  }
  const std::lock_guard guard(function->lock());
  function->config_read(address.offset, data);
}

void RootBus::config_write(const ConfigAddress& address, std::span<const std::byte> data) const {
  PciFunction* const function = target(address, data.size());
  if (function == nullptr) return;
  const std::lock_guard guard(function->lock());
  function->config_write(address.offset, data);
}

void RootBus::reset() {
  for (const auto& device : functions_) {
    for (PciFunction* const function : device) {
      if (function == nullptr) continue;
      const std::lock_guard guard(function->lock());
      function->reset();
    }
  }
}

// --- Mechanism #1
// ---------------------------------------------------------------------------------

ConfigPorts::ConfigPorts(RootBus& bus, IoDevice& reset_control)
    : bus_(bus), reset_control_(reset_control) {}

ConfigAddress ConfigPorts::target(std::uint64_t offset) const {
  const std::uint32_t address = state_.config_address;
  return {address >> 16 & 0xff, address >> 11 & 0x1f, address >> 8 & 0x7,
          (address & 0xfc) + static_cast<std::uint32_t>(offset - kConfigData)};
}

void ConfigPorts::read(std::uint64_t offset, std::span<std::byte> data) {
  if (offset == kConfigAddress && data.size() == 4) {
    store_le(data, state_.config_address);
  } else if (offset < kConfigData) {
    for (std::size_t i = 0; i < data.size(); ++i) read_byte(offset + i, data.subspan(i, 1));
  } else if ((state_.config_address & kEnable) != 0) {
    bus_.config_read(target(offset), data);
  } else {
    fill_ones(data);
  }
}

void ConfigPorts::write(std::uint64_t offset, std::span<const std::byte> data) {
  if (offset == kConfigAddress && data.size() == 4) {
    state_.config_address = static_cast<std::uint32_t>(load_le(data)) & kAddressBits;
  } else if (offset < kConfigData) {
    for (std::size_t i = 0; i < data.size(); ++i) write_byte(offset + i, data.subspan(i, 1));
  } else if ((state_.config_address & kEnable) != 0) {
    bus_.config_write(target(offset), data);
  }
}

void ConfigPorts::read_byte(std::uint64_t offset, std::span<std::byte> byte) {
  if (offset == kResetControl) {
    const std::lock_guard guard(reset_control_.lock());
    reset_control_.read(0, byte);
  } else if (offset < kConfigData) {
    fill_ones(byte);
  } else {
    read(offset, byte);
  }
}

void ConfigPorts::write_byte(std::uint64_t offset, std::span<const std::byte> byte) {
  if (offset == kResetControl) {
    const std::lock_guard guard(reset_control_.lock());
    reset_control_.write(0, byte);
  } else if (offset >= kConfigData) {
    write(offset, byte);
  }
}

// --- ECAM
// -----------------------------------------------------------------------------------------

void Ecam::read(std::uint64_t offset, std::span<std::byte> data) {
  bus_.config_read(ecam_target(offset), data);
}

void Ecam::write(std::uint64_t offset, std::span<const std::byte> data) {
  bus_.config_write(ecam_target(offset), data);
}

}  // namespace minivmm::pci
