// Transfers by the bus master (Programming Interface for Bus Master IDE Controller, 1.0).

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/ide_machine.h"

namespace minivmm::ide {
namespace {

using test::Bytes;
using test::IdeMachine;
using test::image_bytes;
using test::kDiscSeed;
using test::kDiskSeed;
using test::kPrimary;
using test::kSecondary;
using Dma = IdeMachine::Dma;

constexpr std::uint8_t kActive = 0x01;
constexpr std::uint8_t kDmaError = 0x02;
constexpr std::uint8_t kDmaInterrupt = 0x04;
constexpr std::uint8_t kOutcome = 0x07;
constexpr std::uint32_t kTarget = 0x1'0000;

Bytes memory_bytes(IdeMachine& machine, std::size_t from, std::size_t size) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i)
    bytes.push_back(std::to_integer<std::uint8_t>(machine.ram[from + i]));
  return bytes;
}

void read_dma(IdeMachine& machine, std::uint32_t lba, std::uint8_t count) {
  machine.set_lba28(kPrimary, lba, count);
  machine.command(kPrimary, kCmdReadDma);
  machine.start_dma(kPrimary, Dma::kToMemory);
}

}  // namespace

TEST_CASE("A read by DMA is in memory when its interrupt comes") {
  IdeMachine machine;
  machine.set_table(kPrimary, {{kTarget, 3 * 512}});
  read_dma(machine, 9, 3);
  CHECK(machine.primary_irq.asserted());
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
  CHECK(machine.status(kPrimary) == (kReady | kSeekComplete));
  CHECK(memory_bytes(machine, kTarget, 3 * 512) == image_bytes(9 * 512, 3 * 512, kDiskSeed));
}

TEST_CASE("Memory is scattered as the table says, and nothing around it changes") {
  IdeMachine machine;
  machine.set_table(kPrimary, {{kTarget, 510}, {kTarget + 0x1002, 2}, {kTarget + 0x2000, 512}});
  read_dma(machine, 0, 2);
  CHECK(memory_bytes(machine, kTarget, 510) == image_bytes(0, 510, kDiskSeed));
  CHECK(memory_bytes(machine, kTarget + 0x1002, 2) == image_bytes(510, 2, kDiskSeed));
  CHECK(memory_bytes(machine, kTarget + 0x2000, 512) == image_bytes(512, 512, kDiskSeed));
  CHECK(memory_bytes(machine, kTarget + 510, 2) == Bytes(2));
  CHECK(memory_bytes(machine, kTarget + 0x1004, 4) == Bytes(4));
}

TEST_CASE("A count of 0 in a descriptor is 64 KiB, and a transfer goes over several of them") {
  IdeMachine machine;
  machine.set_table(kPrimary, {{0x10'0000, 0},
                               {0x11'0000, 0},
                               {0x12'0000, 0},
                               {0x13'0000, 0},
                               {0x14'0000, 0},
                               {0x15'0000, 0}});
  constexpr std::uint16_t kCount = 6 * 128;
  machine.set_lba48(kPrimary, 0, kCount);
  machine.command(kPrimary, kCmdReadDmaExt);
  machine.start_dma(kPrimary, Dma::kToMemory);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
  CHECK(memory_bytes(machine, 0x10'0000, kCount * 512) == image_bytes(0, kCount * 512, kDiskSeed));
}

TEST_CASE("A write by DMA is on the disk when its interrupt comes") {
  IdeMachine machine;
  std::fill_n(machine.ram.begin() + kTarget, 1024, std::byte{0x5a});
  machine.set_table(kPrimary, {{kTarget, 1024}});
  machine.set_lba28(kPrimary, 40, 2);
  machine.command(kPrimary, kCmdWriteDma);
  machine.start_dma(kPrimary, Dma::kFromMemory);
  CHECK(machine.primary_irq.asserted());
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
  const auto* written = machine.disk.contents().data() + 40 * 512;
  CHECK(std::all_of(written, written + 1024, [](std::byte b) { return b == std::byte{0x5a}; }));
}

TEST_CASE("The bus master may be started before the command is there") {
  IdeMachine machine;
  machine.set_table(kPrimary, {{kTarget, 512}});
  machine.start_dma(kPrimary, Dma::kToMemory);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kActive);
  machine.set_lba28(kPrimary, 1, 1);
  machine.command(kPrimary, kCmdReadDma);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
  CHECK(memory_bytes(machine, kTarget, 512) == image_bytes(512, 512, kDiskSeed));
}

TEST_CASE("A table that is longer than the transfer leaves the bus master active") {
  IdeMachine machine;
  machine.set_table(kPrimary, {{kTarget, 1024}});
  read_dma(machine, 0, 1);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == (kActive | kDmaInterrupt));
  machine.out8(kPrimary.bus_master, 0);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
}

TEST_CASE("A table that is shorter stops the bus master, and the drive waits for another") {
  IdeMachine machine;
  machine.set_table(kPrimary, {{kTarget, 512}});
  read_dma(machine, 0, 2);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == 0);
  CHECK_FALSE(machine.primary_irq.asserted());
  CHECK((machine.alternate_status(kPrimary) & kBusy) != 0);

  machine.out8(kPrimary.bus_master, 0);
  machine.set_table(kPrimary, {{kTarget + 512, 512}});
  machine.start_dma(kPrimary, Dma::kToMemory);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
  CHECK(memory_bytes(machine, kTarget, 1024) == image_bytes(0, 1024, kDiskSeed));
}

TEST_CASE("A region or a table outside of memory is an error of the bus master") {
  IdeMachine machine;
  const bool table = GENERATE(false, true);
  machine.set_table(kPrimary, {{0xf000'0000, 512}});
  if (table) test::store<std::uint32_t>(machine.ports, kPrimary.bus_master + 4u, 0xfff0'0000);
  read_dma(machine, 0, 1);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaError);
  CHECK_FALSE(machine.primary_irq.asserted());
  machine.out8(kPrimary.bus_master + 2, kDmaError);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == 0);

  machine.out8(kPrimary.control, kSoftwareReset);
  machine.out8(kPrimary.control, 0);
  machine.out8(kPrimary.bus_master, 0);
  machine.set_table(kPrimary, {{kTarget, 512}});
  read_dma(machine, 0, 1);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
}

TEST_CASE("A direction that the command hasn't is an error, and memory stays as it is") {
  IdeMachine machine;
  machine.set_table(kPrimary, {{kTarget, 512}});
  machine.set_lba28(kPrimary, 0, 1);
  machine.command(kPrimary, kCmdReadDma);
  machine.start_dma(kPrimary, Dma::kFromMemory);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaError);
  CHECK(memory_bytes(machine, kTarget, 512) == Bytes(512));
}

TEST_CASE("A table without an end wraps in its 64 KiB, and the transfer still ends") {
  IdeMachine machine;
  for (std::uint32_t at = 0x2'0000; at < 0x3'0000; at += 8) {
    machine.poke(at, kTarget);
    machine.poke(at + 4, 2);
  }
  test::store<std::uint32_t>(machine.ports, kPrimary.bus_master + 4u, 0x2'fff8);
  read_dma(machine, 0, 0);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == (kActive | kDmaInterrupt));
}

TEST_CASE("Nothing moves while the function may not use the bus") {
  IdeMachine machine;
  const auto set_command = [&](std::uint16_t value) {
    std::byte bytes[2];
    store_le(bytes, value);
    const std::lock_guard guard(machine.controller.lock());
    machine.controller.config_write(pci::kCommand, bytes);
  };
  set_command(pci::kCommandIo);
  machine.set_table(kPrimary, {{kTarget, 512}});
  read_dma(machine, 0, 1);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kActive);
  set_command(pci::kCommandIo | pci::kCommandBusMaster);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
}

TEST_CASE("A disc is read by DMA") {
  IdeMachine machine;
  machine.settle_cd();
  machine.set_table(kSecondary, {{kTarget, 3 * 2048}});
  machine.packet({0x28, 0, 0, 0, 0, 2, 0, 0, 3}, 0, IdeMachine::By::kDma);
  machine.start_dma(kSecondary, Dma::kToMemory);
  CHECK(machine.secondary_irq.asserted());
  CHECK((machine.dma_status(kSecondary) & kOutcome) == kDmaInterrupt);
  CHECK(machine.status(kSecondary) == (kReady | kSeekComplete));
  CHECK(machine.reg(kSecondary, 2) == 3);
  CHECK(memory_bytes(machine, kTarget, 3 * 2048) == image_bytes(2 * 2048, 3 * 2048, kDiscSeed));
}

TEST_CASE("A drive's interrupt is in BMIS until the driver writes a one") {
  IdeMachine machine;
  machine.command(kPrimary, kCmdCheckPowerMode);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
  machine.status(kPrimary);
  CHECK((machine.dma_status(kPrimary) & kOutcome) == kDmaInterrupt);
  machine.out8(kPrimary.bus_master + 2, 0x60 | kDmaInterrupt);
  CHECK(machine.dma_status(kPrimary) == 0x60);
}

}  // namespace minivmm::ide
