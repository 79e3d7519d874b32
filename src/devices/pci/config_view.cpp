// Configuration accesses in words: "3:0 BAR0".

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "devices/pci/config_space.h"
#include "devices/pci/function.h"
#include "devices/pci/root_bus.h"

namespace minivmm::pci {

namespace {

struct Field {
  std::uint32_t offset;
  std::string_view name;
};
// The header of type 0 (PCI 3.0, 6.1, figure 6-1); each goes on up to the next.
constexpr std::array<Field, 22> kHeader{{{0x00, "Vendor ID"},
                                         {0x02, "Device ID"},
                                         {0x04, "Command"},
                                         {0x06, "Status"},
                                         {0x08, "Revision ID"},
                                         {0x09, "Class Code"},
                                         {0x0c, "Cache Line Size"},
                                         {0x0d, "Latency Timer"},
                                         {0x0e, "Header Type"},
                                         {0x0f, "BIST"},
                                         {0x10, "BAR0"},
                                         {0x14, "BAR1"},
                                         {0x18, "BAR2"},
                                         {0x1c, "BAR3"},
                                         {0x20, "BAR4"},
                                         {0x24, "BAR5"},
                                         {0x28, "CardBus CIS"},
                                         {0x2c, "Subsystem"},
                                         {0x30, "Expansion ROM"},
                                         {0x34, "Capabilities"},
                                         {0x3c, "Interrupt Line"},
                                         {0x3d, "Interrupt Pin"}}};
constexpr std::uint32_t kHeaderEnd = 0x40;

std::string field_name(std::uint32_t offset) {
  if (offset >= kHeaderEnd) return fmt::format("{:#x}", offset);
  std::string_view name;
  for (const Field& field : kHeader) {
    if (field.offset <= offset) name = field.name;
  }
  return std::string(name);
}

std::string place_name(const ConfigAddress& address) {
  return fmt::format("{}:{}.{} {}", address.bus, address.device, address.function,
                     field_name(address.offset));
}

// "1af4:1042  class 010000  command 0x0006  BAR4 memory 0xc0000000/0x4000".
std::string function_text(const RootBus& bus, const ConfigAddress& at) {
  const auto field = [&](std::uint32_t offset, std::size_t bytes) {
    std::array<std::byte, 4> data{};
    bus.config_read({at.bus, at.device, at.function, offset}, std::span(data).first(bytes));
    return load_le(std::span(data));
  };
  std::string text = fmt::format("{:04x}:{:04x}  class {:06x}  command {:#06x}  status {:#06x}",
                                 field(kVendorId, 2), field(kDeviceId, 2), field(kClassCode, 3),
                                 field(kCommand, 2), field(kStatus, 2));
  const PciFunction& function = *bus.at(at.device, at.function);
  const std::lock_guard guard(function.lock());
  for (const BarInfo& bar : function.bars()) {
    const char* const kind = bar.kind == BarKind::kIo ? "ports" : "memory";
    const std::string name = bar.kind == BarKind::kRom ? "ROM" : fmt::format("BAR{}", bar.index);
    text += bar.mapped ? fmt::format("  {} {} {:#x}/{:#x}", name, kind, bar.mapped->value, bar.size)
                       : fmt::format("  {} off", name);
  }
  return text;
}

}  // namespace

std::string ConfigPorts::register_at(std::uint64_t offset, Access access) const {
  if (offset >= 4) return "CONFIG_DATA " + place_name(target(offset));
  return offset == 1 ? reset_control_.register_at(0, access) : "CONFIG_ADDRESS";
}

std::vector<RegisterValue> ConfigPorts::registers() const {
  return {{.name = "CONFIG_ADDRESS",
           .value = state_.config_address,
           .width = 4,
           .meaning = place_name(target(4))}};
}

// PCIe 4.0, 7.2.2: bus, device, function and offset are parts of the address.
std::string Ecam::register_at(std::uint64_t offset, Access /*access*/) const {
  return place_name({.bus = static_cast<std::uint32_t>(offset >> 20),
                     .device = static_cast<std::uint32_t>(offset >> 15 & 0x1f),
                     .function = static_cast<std::uint32_t>(offset >> 12 & 7),
                     .offset = static_cast<std::uint32_t>(offset & 0xfff)});
}

std::vector<RegisterValue> Ecam::registers() const {
  std::vector<RegisterValue> all;
  for (unsigned device = 0; device < RootBus::kDevices; ++device) {
    for (unsigned function = 0; function < RootBus::kFunctions; ++function) {
      if (bus_.at(device, function) == nullptr) continue;
      const ConfigAddress at{.device = device, .function = function};
      std::array<std::byte, 4> identity{};
      bus_.config_read(at, identity);
      all.push_back({.name = fmt::format("0:{}.{}", device, function),
                     .value = load_le(std::span(identity)),
                     .width = 4,
                     .meaning = function_text(bus_, at)});
    }
  }
  return all;
}

}  // namespace minivmm::pci
