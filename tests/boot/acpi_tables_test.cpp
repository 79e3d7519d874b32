#include "boot/acpi_tables.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>

#include "boot/low_memory.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using test::ByteVector;
using test::kMiB;
using test::TestRam;

AcpiConfig q35(unsigned cpus = 2) {
  AcpiConfig config;
  config.cpus = cpus;
  config.ecam = {{0xb000'0000}, 256 * kMiB};
  config.mmio32 = {{0xc000'0000}, 0x3ec0'0000};
  config.mmio64 = {{0x8'0000'0000}, 32768 * kMiB};
  config.pci_io = {{0xc000}, 0x4000};
  config.pm_base = {0x600};
  config.com = {true, false, false, false};
  return config;
}

ByteVector find(const AcpiTables& tables, std::string_view signature) {
  for (const AcpiTable& table : tables.tables) {
    if (table.signature != signature) continue;
    const auto start = tables.bytes.begin() + static_cast<std::ptrdiff_t>(table.offset);
    return {start, start + static_cast<std::ptrdiff_t>(table.size)};
  }
  FAIL("no table " << signature);
  return {};
}

template <typename T>
T get(const ByteVector& bytes, std::size_t offset) {
  T value{};
  REQUIRE(offset + sizeof(T) <= bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

unsigned sum(const ByteVector& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), 0u,
                         [](unsigned total, std::byte byte) {
                           return total + std::to_integer<unsigned>(byte);
                         }) &
         0xff;
}

/// The offsets of a MADT's structures of one type.
std::vector<std::size_t> madt_entries(const ByteVector& madt, std::uint8_t type) {
  std::vector<std::size_t> found;
  for (std::size_t at = 44; at < madt.size(); at += get<std::uint8_t>(madt, at + 1)) {
    if (get<std::uint8_t>(madt, at) == type) found.push_back(at);
  }
  return found;
}

TEST_CASE("every table has its length and a checksum of 0") {
  const AcpiTables tables = build_acpi_tables(q35(), {0xe'0000});

  for (const char* signature : {"DSDT", "FACP", "APIC", "SSDT", "MCFG", "RSDT", "XSDT"}) {
    CAPTURE(signature);
    const ByteVector table = find(tables, signature);
    CHECK(sum(table) == 0);
    CHECK(get<std::uint32_t>(table, 4) == table.size());
  }
  const ByteVector rsdp = find(tables, "RSDP");
  CHECK(sum(rsdp) == 0);
  CHECK(sum(ByteVector(rsdp.begin(), rsdp.begin() + 20)) == 0);
}

TEST_CASE("an OS gets from the RSDP to every table") {
  const AcpiTables tables = build_acpi_tables(q35(), {0xe'0000});
  const auto at = [&tables](std::uint64_t address) {
    return get<std::uint32_t>(tables.bytes, address - tables.base.value);
  };
  const auto signature = [](const char(&text)[5]) {
    std::uint32_t value{};
    std::memcpy(&value, text, 4);
    return value;
  };

  CHECK(tables.rsdp.value == 0xe'0000);
  const ByteVector rsdp = find(tables, "RSDP");
  CHECK(at(get<std::uint32_t>(rsdp, 16)) == signature("RSDT"));
  CHECK(at(get<std::uint64_t>(rsdp, 24)) == signature("XSDT"));
  const ByteVector xsdt = find(tables, "XSDT");
  REQUIRE(xsdt.size() == 36 + 4 * 8);
  CHECK(at(get<std::uint64_t>(xsdt, 36)) == signature("FACP"));
  CHECK(at(get<std::uint64_t>(xsdt, 44)) == signature("APIC"));
  CHECK(at(get<std::uint64_t>(xsdt, 52)) == signature("SSDT"));
  CHECK(at(get<std::uint64_t>(xsdt, 60)) == signature("MCFG"));
  const ByteVector fadt = find(tables, "FACP");
  CHECK(at(get<std::uint32_t>(fadt, 36)) == signature("FACS"));
  CHECK(get<std::uint32_t>(fadt, 36) % 64 == 0);
  CHECK(at(get<std::uint32_t>(fadt, 40)) == signature("DSDT"));
  CHECK(at(get<std::uint64_t>(fadt, 140)) == signature("DSDT"));
}

TEST_CASE("the FADT names the PM ports, the reset port and the absent devices") {
  AcpiConfig config = q35();
  ByteVector fadt = find(build_acpi_tables(config, {0xe'0000}), "FACP");

  CHECK(get<std::uint16_t>(fadt, 46) == 9);
  CHECK(get<std::uint32_t>(fadt, 48) == 0);
  CHECK(get<std::uint32_t>(fadt, 56) == 0x600);
  CHECK(get<std::uint32_t>(fadt, 64) == 0x604);
  CHECK(get<std::uint32_t>(fadt, 76) == 0x608);
  CHECK(get<std::uint32_t>(fadt, 80) == 0x620);
  CHECK(get<std::uint8_t>(fadt, 108) == 0x32);
  CHECK(get<std::uint16_t>(fadt, 109) == 0x5);  // Legacy devices; no 8042; no VGA.
  CHECK((get<std::uint32_t>(fadt, 112) & (1u << 4)) == 0);
  CHECK((get<std::uint32_t>(fadt, 112) & (1u << 10)) != 0);
  CHECK(get<std::uint64_t>(fadt, 120) == 0xcf9);
  CHECK(get<std::uint8_t>(fadt, 128) == 6);

  config.i8042 = config.vga = true;
  fadt = find(build_acpi_tables(config, {0xe'0000}), "FACP");
  CHECK(get<std::uint16_t>(fadt, 109) == 0x3);
}

TEST_CASE("the MADT lists CPUs, the IOAPIC and the overrides of the PIT and the SCI") {
  const ByteVector madt = find(build_acpi_tables(q35(3), {0xe'0000}), "APIC");

  const auto cpus = madt_entries(madt, 0);
  REQUIRE(cpus.size() == 3);
  CHECK(get<std::uint8_t>(madt, cpus[2] + 3) == 2);
  const auto io_apic = madt_entries(madt, 1);
  REQUIRE(io_apic.size() == 1);
  CHECK(get<std::uint8_t>(madt, io_apic[0] + 2) == 3);
  CHECK(get<std::uint32_t>(madt, io_apic[0] + 4) == 0xfec0'0000);
  const auto overrides = madt_entries(madt, 2);
  REQUIRE(overrides.size() == 2);
  CHECK(get<std::uint8_t>(madt, overrides[0] + 3) == 0);
  CHECK(get<std::uint32_t>(madt, overrides[0] + 4) == 2);
  CHECK(get<std::uint8_t>(madt, overrides[1] + 3) == 9);
  CHECK(get<std::uint16_t>(madt, overrides[1] + 8) == 0xd);
  CHECK(madt_entries(madt, 4).size() == 1);
  CHECK(madt_entries(madt, 9).empty());
}

TEST_CASE("CPUs from APIC id 255 on are listed as x2APICs") {
  const ByteVector madt = find(build_acpi_tables(q35(257), {0xe'0000}), "APIC");

  CHECK(madt_entries(madt, 0).size() == 255);
  const auto x2apics = madt_entries(madt, 9);
  REQUIRE(x2apics.size() == 2);
  CHECK(get<std::uint32_t>(madt, x2apics[0] + 4) == 255);
  CHECK(madt_entries(madt, 10).size() == 1);
}

TEST_CASE("the MCFG claims only the buses that exist, and is absent without an ECAM") {
  AcpiConfig config = q35();
  const ByteVector mcfg = find(build_acpi_tables(config, {0xe'0000}), "MCFG");
  CHECK(get<std::uint64_t>(mcfg, 44) == 0xb000'0000);
  CHECK(get<std::uint8_t>(mcfg, 54) == 0);
  CHECK(get<std::uint8_t>(mcfg, 55) == 0);

  config.ecam = {};
  const AcpiTables without = build_acpi_tables(config, {0xe'0000});
  CHECK(std::none_of(without.tables.begin(), without.tables.end(),
                     [](const AcpiTable& table) { return table.signature == "MCFG"; }));
}

TEST_CASE("the tables are written where an OS searches for them") {
  const TestRam ram(2 * kMiB);

  const GuestAddress rsdp = write_acpi_tables(ram.memory(), q35());

  CHECK(rsdp == kAcpiTables.start);
  CHECK(ram.peek_bytes(rsdp.value, 8) == test::text_bytes("RSD PTR "));
}

TEST_CASE("more CPUs than the tables have room for are refused") {
  const TestRam ram(2 * kMiB);

  CHECK_THAT(test::refusal([&] { (void)write_acpi_tables(ram.memory(), q35(8192)); }),
             Catch::Matchers::Contains("use fewer CPUs"));
}

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "acpi-XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What a command prints, and its exit status in the last line.
std::string run(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(("(" + command + ") 2>&1").c_str(), "r"),
                                                   pclose);
  REQUIRE(pipe != nullptr);
  std::string output;
  char buffer[512];
  while (fgets(buffer, sizeof(buffer), pipe.get()) != nullptr) output += buffer;
  return output;
}

TEST_CASE("iasl disassembles every table without an error") {
  if (std::system("iasl -v > /dev/null 2>&1") != 0) {
    WARN("SKIPPED: iasl is not installed (package acpica-tools)");
    return;
  }
  const TemporaryFolder folder;
  const AcpiTables tables = build_acpi_tables(q35(300), {0xe'0000});

  for (const char* signature : {"DSDT", "FACP", "APIC", "SSDT", "MCFG", "RSDT", "XSDT", "FACS"}) {
    CAPTURE(signature);
    const std::filesystem::path file = folder.path() / (std::string(signature) + ".dat");
    const ByteVector table = find(tables, signature);
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(table.data()),
               static_cast<std::streamsize>(table.size()));

    const std::string output = run("iasl -d " + file.string() + "; echo status $?");

    CAPTURE(output);
    CHECK(output.find("status 0") != std::string::npos);
    CHECK(output.find("rror") == std::string::npos);
    CHECK(output.find("Invalid") == std::string::npos);
    CHECK(std::filesystem::exists(std::filesystem::path(file).replace_extension(".dsl")));
  }
}

}  // namespace
}  // namespace minivmm::boot
