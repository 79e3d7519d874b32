#include "boot/acpi_files.h"

#include <algorithm>
#include <cassert>

#include "boot/acpi_structures.h"
#include "boot/bytes.h"
#include "boot/table_loader.h"

namespace minivmm::boot {
namespace {

using namespace acpi_table;

constexpr std::uint32_t kRsdpAlignment = 16;    // ACPI 6.5, 5.2.5.1.
constexpr std::uint32_t kTablesAlignment = 64;  // The FACS's (5.2.10), which comes first.

/// The tables as they are built for address 0, so that a pointer is an offset, and where the RSDP
/// is cut off.
struct Cut {
  const AcpiTables& tables;
  std::size_t at;

  [[nodiscard]] const char* file(std::size_t offset) const {
    return offset < at ? kRsdpFile : kAcpiTablesFile;
  }
  /// From its start.
  [[nodiscard]] std::size_t in_file(std::size_t offset) const {
    return offset < at ? offset : offset - at;
  }
};

// Pointers lead into the second file; firmware adds that file's address to what they hold.
void make_relative(AcpiTables& tables, std::size_t cut) {
  for (const AcpiPointer& pointer : tables.pointers) {
    std::uint64_t value = 0;
    std::memcpy(&value, tables.bytes.data() + pointer.offset, pointer.size);
    assert(value >= cut);
    value -= cut;
    std::memcpy(tables.bytes.data() + pointer.offset, &value, pointer.size);
  }
}

void add_checksums(const Cut& cut, TableLoader& loader) {
  const auto has_pointer = [&cut](const AcpiTable& table) {
    return std::ranges::any_of(cut.tables.pointers, [&table](const AcpiPointer& pointer) {
      return pointer.offset >= table.offset && pointer.offset < table.offset + table.size;
    });
  };
  for (const AcpiTable& table : cut.tables.tables) {
    if (!has_pointer(table)) continue;
    const std::size_t start = cut.in_file(table.offset);
    if (table.signature != "RSDP") {
      loader.add_checksum(kAcpiTablesFile, start + kChecksumOffset, start, table.size);
      continue;
    }
    // The second one covers the first, so it comes later (5.2.5.3).
    loader.add_checksum(kRsdpFile, start + offsetof(Rsdp, checksum), start, kRsdpOldSize);
    loader.add_checksum(kRsdpFile, start + offsetof(Rsdp, extended_checksum), start, sizeof(Rsdp));
  }
}

}  // namespace

std::vector<FirmwareFile> make_acpi_files(const AcpiConfig& config) {
  AcpiTables tables = build_acpi_tables(config, {});
  assert(tables.tables.size() > 1 && tables.tables[0].signature == "RSDP");
  const Cut cut{tables, tables.tables[1].offset};
  assert(cut.at % kTablesAlignment == 0);
  make_relative(tables, cut.at);

  TableLoader loader;
  loader.allocate(kAcpiTablesFile, kTablesAlignment, TableLoader::Zone::kHigh);
  loader.allocate(kRsdpFile, kRsdpAlignment, TableLoader::Zone::kFSegment);
  for (const AcpiPointer& pointer : tables.pointers)
    loader.add_pointer(cut.file(pointer.offset), cut.in_file(pointer.offset), pointer.size,
                       kAcpiTablesFile);
  add_checksums(cut, loader);

  const auto middle = tables.bytes.begin() + static_cast<std::ptrdiff_t>(cut.at);
  const auto rsdp_end = tables.bytes.begin() + sizeof(Rsdp);
  return {{kRsdpFile, {tables.bytes.begin(), rsdp_end}},
          {kAcpiTablesFile, {middle, tables.bytes.end()}},
          {kTableLoaderFile, loader.bytes()}};
}

}  // namespace minivmm::boot
