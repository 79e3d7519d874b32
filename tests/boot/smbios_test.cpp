#include "boot/smbios.h"

#include <catch2/catch.hpp>

#include "boot/low_memory.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using test::ByteVector;
using test::kMiB;
using test::TestRam;

SmbiosConfig machine(unsigned cpus = 2) {
  return {.cpus = cpus,
          .cpu_signature = 0x000906ea,
          .cpu_features = 0x1783fbff,
          .ram = {{{0}, 2048 * kMiB}, {{4096 * kMiB}, 1024 * kMiB}}};
}

template <typename T>
T get(const ByteVector& bytes, std::size_t offset) {
  T value{};
  REQUIRE(offset + sizeof(T) <= bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

struct Structure {
  std::size_t offset = 0;
  std::uint8_t type = 0;
  std::vector<std::string> strings{};
};

/// Walks the table as dmidecode does.
std::vector<Structure> walk(const ByteVector& table) {
  std::vector<Structure> all;
  std::size_t at = 0;
  while (at < table.size()) {
    Structure structure{at, get<std::uint8_t>(table, at), {}};
    at += get<std::uint8_t>(table, at + 1);
    const bool no_strings = get<std::uint8_t>(table, at) == 0;
    while (get<std::uint8_t>(table, at) != 0) {
      std::string text;
      while (get<char>(table, at) != 0) text += get<char>(table, at++);
      structure.strings.push_back(text);
      ++at;
    }
    at += no_strings ? 2 : 1;
    all.push_back(structure);
  }
  CHECK(at == table.size());
  return all;
}

const Structure& find(const std::vector<Structure>& all, std::uint8_t type) {
  for (const Structure& structure : all) {
    if (structure.type == type) return structure;
  }
  FAIL("no structure of type " << int{type});
  return all.front();
}

unsigned sum(const ByteVector& bytes, std::size_t start, std::size_t size) {
  unsigned total = 0;
  for (std::size_t i = start; i < start + size; ++i) total += std::to_integer<unsigned>(bytes[i]);
  return total & 0xff;
}

TEST_CASE("the table has the structures that an OS asks for, and an end") {
  const SmbiosTables tables = build_smbios(machine());
  const std::vector<Structure> all = walk(tables.table);

  std::vector<int> types;
  for (const Structure& structure : all) types.push_back(structure.type);
  CHECK(types == std::vector{0, 1, 3, 4, 16, 17, 19, 19, 32, 127});
  CHECK(get<std::uint16_t>(tables.entry_point, 0x1c) == all.size());
  CHECK(get<std::uint16_t>(tables.entry_point, 0x16) == tables.table.size());
}

TEST_CASE("no two structures have the same handle") {
  const SmbiosTables tables = build_smbios(machine());
  std::vector<std::uint16_t> handles;
  for (const Structure& structure : walk(tables.table))
    handles.push_back(get<std::uint16_t>(tables.table, structure.offset + 2));

  std::sort(handles.begin(), handles.end());
  CHECK(std::adjacent_find(handles.begin(), handles.end()) == handles.end());
}

TEST_CASE("the system names its maker, and the BIOS says that it is in a virtual machine") {
  const ByteVector table = build_smbios(machine()).table;
  const std::vector<Structure> all = walk(table);

  CHECK(find(all, 1).strings.at(0) == "minivmm");
  CHECK((get<std::uint8_t>(table, find(all, 0).offset + 0x13) & 1u << 4) != 0);
}

TEST_CASE("processors are the cores of one package") {
  const ByteVector table = build_smbios(machine(6)).table;
  const std::size_t processor = find(walk(table), 4).offset;

  CHECK(get<std::uint32_t>(table, processor + 8) == 0x000906ea);
  CHECK(get<std::uint8_t>(table, processor + 0x23) == 6);
  CHECK(get<std::uint8_t>(table, processor + 0x25) == 6);
}

TEST_CASE("memory has its size and its two ranges") {
  const ByteVector table = build_smbios(machine()).table;
  const std::vector<Structure> all = walk(table);

  CHECK(get<std::uint32_t>(table, find(all, 16).offset + 7) == 3072u * 1024);
  CHECK(get<std::uint16_t>(table, find(all, 17).offset + 12) == 3072);
  CHECK(get<std::uint32_t>(table, all.at(7).offset + 4) == 4u << 20);
  CHECK(get<std::uint32_t>(table, all.at(7).offset + 8) == (5u << 20) - 1);
}

TEST_CASE("memory that the old fields cannot hold is in the new ones") {
  SmbiosConfig config = machine();
  config.ram = {{{0}, 8ull << 40}};
  const ByteVector table = build_smbios(config).table;
  const std::vector<Structure> all = walk(table);

  CHECK(get<std::uint32_t>(table, find(all, 16).offset + 7) == 0x8000'0000);
  CHECK(get<std::uint64_t>(table, find(all, 16).offset + 15) == 8ull << 40);
  CHECK(get<std::uint16_t>(table, find(all, 17).offset + 12) == 0x7fff);
  CHECK(get<std::uint32_t>(table, find(all, 17).offset + 0x1c) == 8u << 20);
  CHECK(get<std::uint32_t>(table, find(all, 19).offset + 4) == 0xffff'ffff);
  CHECK(get<std::uint64_t>(table, find(all, 19).offset + 0x17) == (8ull << 40) - 1);
}

TEST_CASE("a directly booted kernel finds the entry point, and from there the table") {
  const TestRam ram(2 * kMiB);

  write_smbios(ram.memory(), machine());

  const ByteVector entry = ram.peek_bytes(kSmbios.start.value, 0x1f);
  CHECK(kSmbios.start.value % 16 == 0);
  CHECK(ram.peek_bytes(kSmbios.start.value, 4) == test::text_bytes("_SM_"));
  CHECK(sum(entry, 0, 0x1f) == 0);
  CHECK(sum(entry, 0x10, 0xf) == 0);
  const std::uint64_t table = get<std::uint32_t>(entry, 0x18);
  CHECK(ram.peek_bytes(table, build_smbios(machine()).table.size()) ==
        build_smbios(machine()).table);
  CHECK(kSmbios.contains({table}, build_smbios(machine()).table.size()));
}

TEST_CASE("memory of less than 1 MiB has no room for SMBIOS") {
  const TestRam ram(64 * 1024);

  CHECK_THAT(test::refusal([&] { write_smbios(ram.memory(), machine()); }),
             Catch::Matchers::Contains("SMBIOS"));
}

}  // namespace
}  // namespace minivmm::boot
