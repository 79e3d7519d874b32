#include "crash/hostile.h"
#include "lib/io.h"
#include "lib/print.h"
#include "lib/virtio_pci.h"

using namespace guest;

namespace {

/// All memory that a device may write to, whatever it is told.
alignas(4096) std::uint8_t arena[16384];

/// An address in the arena, or one where there is no RAM at all.
std::uint64_t nonsense_address(Random& random) {
  const std::uint64_t dice = random.next();
  if ((dice & 3) == 0) return dice | 1ull << 46;
  if ((dice & 3) == 1) return 0xffff'ffff'ffff'0000 | (dice >> 8 & 0xffff);
  return reinterpret_cast<std::uint64_t>(arena) + (dice >> 8) % (sizeof(arena) / 2);
}

/// Lengths stay within the arena, behind its addresses, or are too large for any RAM.
std::uint32_t nonsense_length(Random& random) {
  const std::uint64_t dice = random.next();
  return (dice & 3) == 0 ? static_cast<std::uint32_t>(dice >> 32) | 0xf000'0000
                         : static_cast<std::uint32_t>(dice >> 32) % (sizeof(arena) / 2);
}

Virtqueue ring;
Descriptor tables[4][4];

/// Indirect tables with nonsense in them, some of it pointing around in circles.
void fill_tables(Random& random) {
  for (auto& table : tables) {
    for (Descriptor& descriptor : table) {
      descriptor = {.address = nonsense_address(random),
                    .length = nonsense_length(random),
                    .flags = static_cast<std::uint16_t>(random.next() & 7),
                    .next = static_cast<std::uint16_t>(random.below(6))};
    }
  }
}

void fill_ring(Random& random) {
  for (unsigned i = 0; i < ring.size(); ++i) {
    const std::uint64_t dice = random.next();
    Descriptor& descriptor = ring.descriptor(i);
    descriptor.flags = static_cast<std::uint16_t>(dice & 7);
    descriptor.next = static_cast<std::uint16_t>(dice >> 16 & 15);
    descriptor.address = nonsense_address(random);
    descriptor.length = nonsense_length(random);
    if ((descriptor.flags & kDescriptorIndirect) != 0) {
      descriptor.address = reinterpret_cast<std::uint64_t>(tables[dice >> 32 & 3]);
      descriptor.length = dice >> 40 & 0x3f;
    }
  }
}

/// A device set up as it should be, given chains as they should not be.
void poke_rings(VirtioDevice& device, Random& random) {
  device.reset();
  if (!device.negotiate(device.features())) return;
  ring.init(16, Notifications::kByFlags);
  fill_tables(random);
  fill_ring(random);
  void(device.enable_queue(0, ring, kNoVector));
  device.driver_ok();
  for (unsigned i = 0; i < 8; ++i) {
    ring.add(static_cast<std::uint16_t>(random.next() & ((i & 4) != 0 ? 0xffff : 15)));
  }
  void(ring.publish());
  device.notify(0);
}

/// The common configuration's registers, anything in any of them. Queue addresses are spared: the
/// device may write through them to wherever they point.
void poke_registers(const VirtioDevice& device, Random& random) {
  constexpr std::uint32_t kWritable = 0x20;
  for (unsigned i = 0; i < 8; ++i) {
    const std::uint64_t dice = random.next();
    const std::uint32_t offset = dice & (kWritable - 1);
    if ((dice & 0x100) != 0) {
      write8(device.common() + offset, static_cast<std::uint8_t>(dice >> 32));
    } else if ((dice & 0x200) != 0) {
      write16(device.common() + (offset & ~1u), static_cast<std::uint16_t>(dice >> 32));
    } else {
      write32(device.common() + (offset & ~3u), static_cast<std::uint32_t>(dice >> 32));
    }
    void(read32(device.common() + (dice >> 16 & 0x3c)));
  }
}

}  // namespace

void poke_virtio(Random& random, std::uint64_t count) {
  constexpr std::uint16_t kKinds[] = {kVirtioNet, kVirtioBlock, kVirtioEntropy};
  for (const std::uint16_t kind : kKinds) {
    VirtioDevice device;
    if (!device.find(kind, 0)) continue;
    for (std::uint64_t i = 0; i < count; i += 8) {
      poke_rings(device, random);
      poke_registers(device, random);
    }
    device.reset();
  }
}

void poke_fw_cfg(Random& random, std::uint64_t count) {
  // QEMU, docs/specs/fw_cfg.rst: the DMA interface's address, and its structure, all big-endian.
  constexpr std::uint16_t kAddressHigh = 0x514, kAddressLow = 0x518;
  struct Access {
    std::uint32_t control, length;
    std::uint64_t address;
  };
  auto& access = *reinterpret_cast<Access*>(arena + sizeof(arena) - sizeof(Access));
  while (count-- > 0) {
    access.control = __builtin_bswap32(static_cast<std::uint32_t>(random.next()) & 0x003f'001f);
    access.length = __builtin_bswap32(nonsense_length(random));
    access.address = __builtin_bswap64(nonsense_address(random));
    const std::uint64_t at = random.below(4) == 0 ? random.next() | 1ull << 46
                                                  : reinterpret_cast<std::uint64_t>(&access);
    out32(kAddressHigh, __builtin_bswap32(static_cast<std::uint32_t>(at >> 32)));
    out32(kAddressLow, __builtin_bswap32(static_cast<std::uint32_t>(at)));
  }
}
