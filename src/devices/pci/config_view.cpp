// Configuration accesses in words: "3:0 BAR0".

#include <fmt/core.h>

#include <array>
#include <string>
#include <string_view>

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

}  // namespace minivmm::pci
