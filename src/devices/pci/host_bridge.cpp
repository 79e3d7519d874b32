#include "devices/pci/host_bridge.h"

#include <cassert>

#include "devices/pci/root_bus.h"

namespace minivmm::pci {

namespace {

constexpr Identity kIdentity = {.vendor = 0x8086, .device = 0x29c0, .class_code = 0x06'00'00};

// Intel 3 Series Express Chipset Family datasheet (316966), 5.1.
constexpr std::uint32_t kPciExBar = 0x60;           // 8 bytes.
constexpr std::uint32_t kPciExBarEnable = 1u << 0;  // Length, bits 2:1: 0 for 256 MiB.
constexpr std::uint32_t kPam0 = 0x90;               // PAM0 to PAM6, a byte each.
constexpr std::uint32_t kPamRegisters = 7;
constexpr std::uint32_t kPamBits = 0x33;  // Read enable and write enable of two segments.

}  // namespace

HostBridge::HostBridge(GuestRange ecam) : PciFunction(kIdentity, {}) {
  assert(ecam.size == Ecam::kSize && ecam.start.value % ecam.size == 0);
  config().define(kPciExBar, 4, static_cast<std::uint32_t>(ecam.start.value) | kPciExBarEnable);
  config().define(kPciExBar + 4, 4, static_cast<std::uint32_t>(ecam.start.value >> 32));
  // Firmware opens the memory from 0xc0000 by the PAM registers. It is RAM here at all times, with
  // the firmware already in it: that is what they say at power-on, which saves firmware a copy.
  // From then on they only keep what was written.
  for (std::uint32_t i = 0; i < kPamRegisters; ++i) {
    config().define(kPam0 + i, 1, kPamBits);
    config().allow_writes(kPam0 + i, 1, kPamBits);
  }
}

}  // namespace minivmm::pci
