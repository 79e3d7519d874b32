#include "ide/ide_driver.h"

#include "lib/apic.h"
#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/io.h"
#include "lib/print.h"

using namespace guest;

namespace {

// PCI 3.0, appendix D: mass storage, IDE; and a PIIX4's BAR and IDETIM.
constexpr std::uint16_t kIdeClass = 0x0101;
constexpr std::uint8_t kBusMasterBar = 0x20, kIdeTiming = 0x40;
constexpr std::uint16_t kDecodeEnable = 0x8000, kCommandIo = 0x1;

constexpr std::uint16_t kPorts[] = {0x1f0, 0x170}, kControls[] = {0x3f6, 0x376};
constexpr std::uint8_t kIrqs[] = {14, 15};
constexpr std::uint8_t kVectors[] = {0x6e, 0x6f};

// Offsets in the command block.
constexpr std::uint16_t kErrorPort = 1, kCountPort = 2, kLowPort = 3, kMidPort = 4, kHighPort = 5,
                        kDevicePort = 6, kStatusPort = 7;

// BMIC and BMIS.
constexpr std::uint8_t kStart = 0x01, kToMemory = 0x08;
constexpr std::uint8_t kDmaActive = 0x01, kDmaError = 0x02, kDmaInterrupt = 0x04;

struct Region {
  std::uint32_t address, count;
};
constexpr std::uint32_t kLastRegion = 0x8000'0000;
alignas(16) Region tables[2][2];

volatile unsigned interrupts[2] = {0, 0};

GUEST_INTERRUPT void on_primary(InterruptFrame*) {
  interrupts[0] = interrupts[0] + 1;
  lapic_end();
}
GUEST_INTERRUPT void on_secondary(InterruptFrame*) {
  interrupts[1] = interrupts[1] + 1;
  lapic_end();
}

std::uint16_t port(std::uint16_t base, std::uint16_t offset) {
  return static_cast<std::uint16_t>(base + offset);
}

}  // namespace

IdeController find_ide_controller() {
  IdeController found = {};
  bool there = false;
  for_each_pci_function([&](PciAddress address, std::uint32_t) {
    there = pci_read16(address, pci::kClass) == kIdeClass;
    found.address = address;
    return !there;
  });
  check(there, "there is an IDE controller");
  pci_write16(found.address, pci::kCommand, kCommandIo | pci::kCommandMaster);
  const std::uint32_t timing = pci_read32(found.address, kIdeTiming);
  check((timing & timing >> 16 & kDecodeEnable) != 0, "both channels are enabled");
  found.bus_masters =
      static_cast<std::uint16_t>(pci_read32(found.address, kBusMasterBar) & 0xfffcu);
  check(found.bus_masters != 0, "the bus masters have ports");
  lapic_init(PicWire::kOff);
  set_handler(kVectors[0], on_primary);
  set_handler(kVectors[1], on_secondary);
  for (unsigned i = 0; i < 2; ++i)
    io_apic_route(kIrqs[i], kVectors[i], lapic_id(), Trigger::kEdgeHigh);
  return found;
}

IdeChannel::IdeChannel(const IdeController& controller, unsigned index)
    : ports_(kPorts[index]),
      control_(kControls[index]),
      bus_master_(static_cast<std::uint16_t>(controller.bus_masters + 8 * index)),
      index_(index) {
  constexpr std::uint8_t kReset = 0x04;
  out8(control_, kReset);
  out8(control_, 0);
  while ((in8(control_) & kBusy) != 0) pause();
}

void IdeChannel::select(std::uint8_t device) {
  out8(port(ports_, kDevicePort), device);
}

void IdeChannel::set_features(std::uint8_t features) {
  out8(port(ports_, kErrorPort), features);
}

void IdeChannel::set_address(std::uint32_t lba, std::uint8_t count) {
  out8(port(ports_, kCountPort), count);
  out8(port(ports_, kLowPort), static_cast<std::uint8_t>(lba));
  out8(port(ports_, kMidPort), static_cast<std::uint8_t>(lba >> 8));
  out8(port(ports_, kHighPort), static_cast<std::uint8_t>(lba >> 16));
}

void IdeChannel::set_address_ext(std::uint64_t lba, std::uint16_t count) {
  set_address(static_cast<std::uint32_t>(lba >> 24), static_cast<std::uint8_t>(count >> 8));
  set_address(static_cast<std::uint32_t>(lba), static_cast<std::uint8_t>(count));
}

void IdeChannel::set_byte_count(std::uint16_t count) {
  out8(port(ports_, kMidPort), static_cast<std::uint8_t>(count));
  out8(port(ports_, kHighPort), static_cast<std::uint8_t>(count >> 8));
}

std::uint16_t IdeChannel::byte_count() const {
  return static_cast<std::uint16_t>(in8(port(ports_, kMidPort)) | in8(port(ports_, kHighPort))
                                                                      << 8);
}

void IdeChannel::start(Command command) {
  seen_interrupts_ = interrupts[index_];
  out8(port(ports_, kStatusPort), static_cast<std::uint8_t>(command));
}

std::uint8_t IdeChannel::finish(Waiting waiting) {
  if (waiting == Waiting::kInterrupt) {
    while (interrupts[index_] == seen_interrupts_) wait_for_interrupt();
    seen_interrupts_ = interrupts[index_];
  }
  while ((in8(control_) & kBusy) != 0) pause();
  return in8(port(ports_, kStatusPort));
}

std::uint8_t IdeChannel::error() const {
  return in8(port(ports_, kErrorPort));
}

void IdeChannel::read(void* to, std::uint32_t bytes) const {
  std::uint64_t words = bytes / 2;
  asm volatile("rep insw" : "+D"(to), "+c"(words) : "d"(ports_) : "memory");
}

void IdeChannel::write(const void* from, std::uint32_t bytes) const {
  std::uint64_t words = bytes / 2;
  asm volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(ports_) : "memory");
}

void IdeChannel::start_dma(To to, void* buffer, std::uint32_t bytes) {
  const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(buffer));
  const std::uint32_t first = bytes / 4 * 2;
  Region* const table = tables[index_];
  table[0] = {address, first};
  table[1] = {address + first, (bytes - first) | kLastRegion};
  const auto direction = static_cast<std::uint8_t>(to == To::kMemory ? kToMemory : 0);
  out32(port(bus_master_, 4), static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(table)));
  out8(bus_master_, direction);
  out8(port(bus_master_, 2), kDmaError | kDmaInterrupt);
  out8(bus_master_, static_cast<std::uint8_t>(direction | kStart));
}

std::uint8_t IdeChannel::finish_dma() {
  const std::uint8_t status = finish(Waiting::kInterrupt);
  const std::uint8_t outcome = in8(port(bus_master_, 2));
  out8(bus_master_, 0);
  check((outcome & (kDmaActive | kDmaError | kDmaInterrupt)) == kDmaInterrupt,
        "the bus master moved what its table said");
  return status;
}

void IdeChannel::send_packet(const std::uint8_t* packet, std::uint8_t features) {
  constexpr std::uint32_t kPacketBytes = 12;
  set_features(features);
  start(Command::kPacket);
  check((finish() & (kDataRequest | kError)) == kDataRequest, "the drive takes a packet");
  seen_interrupts_ = interrupts[index_];
  write(packet, kPacketBytes);
}
