#include "boot/mp_table.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "boot/low_memory.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using test::kMiB;
using test::TestRam;

constexpr std::uint64_t kPointer = 0xf'0000;
constexpr std::uint64_t kTable = kPointer + 16;
constexpr std::uint64_t kFirstEntry = kTable + 44;

unsigned sum(const test::ByteVector& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), 0u,
                         [](unsigned total, std::byte byte) {
                           return total + std::to_integer<unsigned>(byte);
                         }) &
         0xff;
}

/// The addresses of all entries of one type.
std::vector<std::uint64_t> entries(const TestRam& ram, std::uint8_t type) {
  std::vector<std::uint64_t> found;
  std::uint64_t at = kFirstEntry;
  for (unsigned i = 0; i < ram.peek<std::uint16_t>(kTable + 34); ++i) {
    if (ram.peek<std::uint8_t>(at) == type) found.push_back(at);
    at += ram.peek<std::uint8_t>(at) == 0 ? 20 : 8;
  }
  CHECK(at == kTable + ram.peek<std::uint16_t>(kTable + 4));
  return found;
}

TEST_CASE("the MP floating pointer is found and leads to the table") {
  const TestRam ram(2 * kMiB);

  write_mp_table(ram.memory(), MpConfig{});

  CHECK(kMpTable.start.value == kPointer);
  CHECK(ram.peek_bytes(kPointer, 4) == test::text_bytes("_MP_"));
  CHECK(sum(ram.peek_bytes(kPointer, 16)) == 0);
  CHECK(ram.peek<std::uint32_t>(kPointer + 4) == kTable);
  CHECK(ram.peek_bytes(kTable, 4) == test::text_bytes("PCMP"));
  CHECK(sum(ram.peek_bytes(kTable, ram.peek<std::uint16_t>(kTable + 4))) == 0);
  CHECK(ram.peek<std::uint32_t>(kTable + 36) == 0xfee0'0000);
}

TEST_CASE("the MP table lists CPUs, the first as the boot processor, and the IOAPIC after them") {
  const TestRam ram(2 * kMiB);
  MpConfig config;
  config.cpus = 4;
  config.cpu_signature = 0x806ec;

  write_mp_table(ram.memory(), config);

  const auto cpus = entries(ram, 0);
  REQUIRE(cpus.size() == 4);
  CHECK(ram.peek<std::uint8_t>(cpus[0] + 3) == 3);
  CHECK(ram.peek<std::uint8_t>(cpus[3] + 1) == 3);
  CHECK(ram.peek<std::uint8_t>(cpus[3] + 3) == 1);
  CHECK(ram.peek<std::uint32_t>(cpus[3] + 4) == 0x806ec);
  const auto io_apics = entries(ram, 2);
  REQUIRE(io_apics.size() == 1);
  CHECK(ram.peek<std::uint8_t>(io_apics[0] + 1) == 4);
  CHECK(entries(ram, 1).size() == 2);
  CHECK(entries(ram, 4).size() == 2);
}

TEST_CASE("the MP table wires the PIT to input 2 and PCI slots to inputs 16 to 23") {
  const TestRam ram(2 * kMiB);
  MpConfig config;
  config.pci_slots = {3, 31};

  write_mp_table(ram.memory(), config);

  const auto interrupts = entries(ram, 3);
  REQUIRE(interrupts.size() == 15 + 8);
  CHECK(ram.peek<std::uint8_t>(interrupts[0] + 5) == 0);
  CHECK(ram.peek<std::uint8_t>(interrupts[0] + 7) == 2);
  const std::uint64_t slot_3_intb = interrupts[15 + 1];
  CHECK(ram.peek<std::uint8_t>(slot_3_intb + 4) == 0);
  CHECK(ram.peek<std::uint8_t>(slot_3_intb + 5) == (3 << 2 | 1));
  CHECK(ram.peek<std::uint8_t>(slot_3_intb + 7) == 20);
  CHECK(ram.peek<std::uint8_t>(interrupts[15 + 4] + 7) == 23);
}

TEST_CASE("more CPUs than 8-bit APIC ids are cut, and the table still fits") {
  const TestRam ram(2 * kMiB);
  MpConfig config;
  config.cpus = 1000;

  write_mp_table(ram.memory(), config);

  CHECK(entries(ram, 0).size() == 254);
}

}  // namespace
}  // namespace minivmm::boot
