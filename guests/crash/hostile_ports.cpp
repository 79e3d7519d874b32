#include "crash/hostile.h"
#include "lib/io.h"
#include "lib/paging.h"
#include "lib/pci.h"

using namespace guest;

namespace {

/// Ports whose writes end or stop the guest, as half-open ranges.
struct Range {
  std::uint16_t first, end;
};
constexpr Range kForbidden[] = {
    {0x60, 0x61},    // i8042 data: could be the output port's, with its reset line.
    {0x64, 0x65},    // i8042 commands: pulses the reset line.
    {0x92, 0x93},    // Fast A20 and reset.
    {0xb2, 0xb4},    // System management interrupts.
    {0xe9, 0xea},    // The debug port: output.
    {0xf4, 0xf8},    // isa-debug-exit.
    {0x3f8, 0x3f9},  // The serial line's data: output.
    {0x402, 0x403},  // The firmware's debug port: output.
    {0x514, 0x51c},  // fw_cfg's DMA, which has a test of its own.
    {0x600, 0x680},  // Power management: S5.
    {0xcf9, 0xcfa},  // Reset.
};
/// Where devices are.
constexpr std::uint16_t kInteresting[] = {0x20,  0x40,  0x70,  0xa0,  0x2f8, 0x3c0, 0x3d4,
                                          0x3fb, 0x4d0, 0x510, 0xcf8, 0xcfc, 0x1ce, 0xc000};

bool forbidden(std::uint32_t port, std::uint32_t size) {
  for (const Range& range : kForbidden) {
    if (port < range.end && port + size > range.first) return true;
  }
  return port + size > 0x1'0000;
}

void access_port(std::uint16_t port, std::uint32_t size, bool write, std::uint32_t value) {
  if (size == 1) write ? out8(port, static_cast<std::uint8_t>(value)) : void(in8(port));
  if (size == 2) write ? out16(port, static_cast<std::uint16_t>(value)) : void(in16(port));
  if (size == 4) write ? out32(port, value) : void(in32(port));
}

constexpr std::uint64_t kEcamBus0 = 0xb000'0000;

}  // namespace

void poke_ports(Random& random, std::uint64_t count) {
  constexpr std::uint64_t kPlaces = sizeof(kInteresting) / sizeof(kInteresting[0]);
  while (count-- > 0) {
    const std::uint64_t dice = random.next();
    const std::uint32_t size = 1u << (dice & 3) % 3;
    const std::uint32_t port = (dice & 0x10) != 0
                                   ? kInteresting[random.below(kPlaces)] + (dice >> 8 & 7)
                                   : dice >> 8 & 0xffff;
    if (forbidden(port, size)) continue;
    access_port(static_cast<std::uint16_t>(port), size, (dice & 0x20) != 0,
                static_cast<std::uint32_t>(dice >> 32));
  }
}

void poke_config_space(Random& random, std::uint64_t count) {
  map_physical(kEcamBus0, 1u << 20, Caching::kOff);
  while (count-- > 0) {
    const std::uint64_t dice = random.next();
    const auto value = static_cast<std::uint32_t>(random.next());
    // The ISA bridge is spared: it could move the power management's ports, and their reset.
    const auto slot = static_cast<std::uint8_t>(dice % 31);
    const PciAddress address = {slot, static_cast<std::uint8_t>(dice >> 8 & 7)};
    // The host bridge's PCIEXBAR could move ECAM over RAM: of it, only the standard header.
    const std::uint32_t limit = slot == 0 ? 0x40 : 0x1000;
    const std::uint32_t offset = static_cast<std::uint32_t>(dice >> 16) & (limit - 1);
    const std::uint64_t ecam =
        kEcamBus0 + (std::uint64_t{slot} << 15 | std::uint64_t{address.function} << 12 | offset);
    switch (dice >> 40 & 3) {
      case 0:
        pci_write32(address, static_cast<std::uint8_t>(offset & 0xff & (limit - 1)), value);
        break;
      case 1:
        write32(ecam & ~3ull, value);
        break;
      case 2:
        write8(ecam, static_cast<std::uint8_t>(value));
        break;
      default:
        void(read16(ecam & ~1ull));
        break;
    }
  }
}
