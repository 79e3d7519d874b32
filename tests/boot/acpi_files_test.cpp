// Runs the script of the table loader as firmware does, and compares what comes out with the tables
// that a kernel without firmware gets.

#include "boot/acpi_files.h"

#include <catch2/catch.hpp>
#include <map>
#include <numeric>

#include "boot/table_loader.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using test::ByteVector;
using test::kMiB;

constexpr std::uint64_t kRsdpAt = 0xf'5b00;
constexpr std::uint64_t kTablesAt = 0x1fff'e000;

AcpiConfig q35(unsigned cpus = 2) {
  AcpiConfig config;
  config.cpus = cpus;
  config.ecam = {{0xb000'0000}, 256 * kMiB};
  config.mmio32 = {{0xc000'0000}, 0x3ec0'0000};
  config.pci_io = {{0xc000}, 0x4000};
  config.pm_base = {0x600};
  config.fw_cfg = {0x510};
  return config;
}

template <typename T>
T get(const ByteVector& bytes, std::size_t offset) {
  T value{};
  REQUIRE(offset + sizeof(T) <= bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// Firmware that places files and runs commands. Every command is checked as strictly as it can be.
class Firmware {
 public:
  explicit Firmware(const std::vector<FirmwareFile>& files) {
    for (const FirmwareFile& file : files) files_[file.name] = file.bytes;
    script_ = files_.at(kTableLoaderFile);
  }

  void run() {
    REQUIRE(script_.size() % TableLoader::kEntrySize == 0);
    for (std::size_t at = 0; at < script_.size(); at += TableLoader::kEntrySize) {
      const auto command = get<std::uint32_t>(script_, at);
      if (command == 1)
        allocate(at);
      else if (command == 2)
        add_pointer(at);
      else if (command == 3)
        add_checksum(at);
      else
        FAIL("unknown command " << command);
    }
  }
  const ByteVector& loaded(const std::string& name) const { return loaded_.at(name); }
  std::uint32_t alignment(const std::string& name) const { return alignments_.at(name); }

 private:
  std::string name(std::size_t at) const {
    CHECK(script_[at + 55] == std::byte{0});
    return reinterpret_cast<const char*>(script_.data() + at);
  }
  void allocate(std::size_t at) {
    const std::string file = name(at + 4);
    alignments_[file] = get<std::uint32_t>(script_, at + 60);
    CHECK(get<std::uint8_t>(script_, at + 64) == (file == kRsdpFile ? 2 : 1));
    CHECK(loaded_.count(file) == 0);
    loaded_[file] = files_.at(file);
  }
  void add_pointer(std::size_t at) {
    ByteVector& file = loaded_.at(name(at + 4));
    CHECK(name(at + 60) == kAcpiTablesFile);
    const auto offset = get<std::uint32_t>(script_, at + 116);
    const auto size = get<std::uint8_t>(script_, at + 120);
    REQUIRE((size == 4 || size == 8));
    REQUIRE(offset + size <= file.size());
    std::uint64_t value = 0;
    std::memcpy(&value, file.data() + offset, size);
    CHECK(value < loaded_.at(kAcpiTablesFile).size());
    value += kTablesAt;
    std::memcpy(file.data() + offset, &value, size);
  }
  void add_checksum(std::size_t at) {
    ByteVector& file = loaded_.at(name(at + 4));
    const auto offset = get<std::uint32_t>(script_, at + 60);
    const auto start = get<std::uint32_t>(script_, at + 64);
    const auto length = get<std::uint32_t>(script_, at + 68);
    REQUIRE(start + length <= file.size());
    REQUIRE((offset >= start && offset < start + length));
    unsigned sum = 0;
    for (std::size_t i = start; i < start + length; ++i) sum += std::to_integer<unsigned>(file[i]);
    file[offset] = static_cast<std::byte>(std::to_integer<unsigned>(file[offset]) - sum);
  }

  std::map<std::string, ByteVector> files_;
  ByteVector script_;
  std::map<std::string, ByteVector> loaded_;
  std::map<std::string, std::uint32_t> alignments_;
};

TEST_CASE("firmware gets the same tables as a kernel without firmware") {
  const unsigned cpus = GENERATE(1u, 8u, 300u);
  Firmware firmware(make_acpi_files(q35(cpus)));

  firmware.run();

  // Built for where the firmware put them; only the RSDP lies elsewhere.
  const AcpiTables direct = build_acpi_tables(q35(cpus), {kTablesAt - 64});
  REQUIRE(direct.tables.at(1).offset == 64);
  const ByteVector rest(direct.bytes.begin() + 64, direct.bytes.end());
  CHECK(firmware.loaded(kAcpiTablesFile) == rest);
  const ByteVector rsdp(direct.bytes.begin(), direct.bytes.begin() + 36);
  CHECK(firmware.loaded(kRsdpFile) == rsdp);
}

TEST_CASE("firmware is asked to align the tables as the FACS needs it, and the RSDP as a search") {
  Firmware firmware(make_acpi_files(q35()));

  firmware.run();

  CHECK(firmware.alignment(kAcpiTablesFile) == 64);
  CHECK(firmware.alignment(kRsdpFile) == 16);
}

TEST_CASE("every pointer of the tables is on the list of what moves with them") {
  const AcpiTables here = build_acpi_tables(q35(), {0xe'0000});
  const AcpiTables there = build_acpi_tables(q35(), {0xe'1000});
  ByteVector moved = here.bytes;

  for (const AcpiPointer& pointer : here.pointers) {
    std::uint64_t value = 0;
    std::memcpy(&value, moved.data() + pointer.offset, pointer.size);
    value += 0x1000;
    std::memcpy(moved.data() + pointer.offset, &value, pointer.size);
  }

  // Only checksums still differ: one for each table with a pointer, two for the RSDP.
  std::size_t different = 0;
  for (std::size_t i = 0; i < moved.size(); ++i) different += moved[i] != there.bytes[i] ? 1 : 0;
  CHECK(different <= 5);
}

}  // namespace
}  // namespace minivmm::boot
