#include "lib/acpi.h"

#include "lib/boot_info.h"
#include "lib/paging.h"
#include "lib/text.h"

namespace guest {
namespace {

// ACPI 6.5, 5.2.5.3.
struct __attribute__((packed)) Rsdp {
  char signature[8];
  std::uint8_t checksum;
  char oem_id[6];
  std::uint8_t revision;
  std::uint32_t rsdt, length;
  std::uint64_t xsdt;
};
constexpr std::uint8_t kRevisionWithXsdt = 2;

// ACPI 6.5, 5.2.12.2 to 5.2.12.5.
constexpr std::uint8_t kLocalApic = 0, kIoApic = 1, kSourceOverride = 2;
struct __attribute__((packed)) LocalApicEntry {
  std::uint8_t type, length, processor, apic_id;
  std::uint32_t flags;
};
struct __attribute__((packed)) SourceOverrideEntry {
  std::uint8_t type, length, bus, source;
  std::uint32_t gsi;
};
constexpr std::uint32_t kEnabled = 1;
constexpr std::size_t kMadtEntries = sizeof(AcpiHeader) + 8;

const AcpiHeader* table_at(std::uint64_t address) {
  const auto* table = physical<AcpiHeader>(address);
  map_physical(address, table->length);
  return table;
}

bool sums_to_zero(const AcpiHeader* table) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(table);
  std::uint8_t sum = 0;
  for (std::uint32_t i = 0; i < table->length; ++i) sum = static_cast<std::uint8_t>(sum + bytes[i]);
  return sum == 0;
}

void add_cpu(Madt& madt, const LocalApicEntry& entry) {
  if ((entry.flags & kEnabled) == 0 || madt.cpu_count == kMaxCpus) return;
  madt.apic_ids[madt.cpu_count++] = entry.apic_id;
}

}  // namespace

const AcpiHeader* find_acpi_table(const char* signature) {
  if (rsdp_address() == 0) return nullptr;
  const auto& rsdp = *physical<Rsdp>(rsdp_address());
  const bool wide = rsdp.revision >= kRevisionWithXsdt && rsdp.xsdt != 0;
  const std::size_t entry_size = wide ? 8 : 4;
  const AcpiHeader* root = table_at(wide ? rsdp.xsdt : rsdp.rsdt);
  const auto* entries = reinterpret_cast<const std::uint8_t*>(root + 1);
  const std::size_t count = (root->length - sizeof(AcpiHeader)) / entry_size;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t address = 0;
    memcpy(&address, entries + i * entry_size, entry_size);
    const AcpiHeader* table = table_at(address);
    if (memcmp(table->signature, signature, 4) == 0 && sums_to_zero(table)) return table;
  }
  return nullptr;
}

bool read_madt(Madt& madt) {
  const AcpiHeader* table = find_acpi_table("APIC");
  if (table == nullptr) return false;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(table);
  for (std::size_t at = kMadtEntries; at + 2 <= table->length;) {
    const std::uint8_t type = bytes[at], size = bytes[at + 1];
    if (size < 2) return false;
    if (type == kLocalApic) {
      add_cpu(madt, *reinterpret_cast<const LocalApicEntry*>(bytes + at));
    } else if (type == kIoApic) {
      ++madt.io_apic_count;
    } else if (type == kSourceOverride) {
      const auto& entry = *reinterpret_cast<const SourceOverrideEntry*>(bytes + at);
      if (entry.source == 0) madt.pit_gsi = entry.gsi;
    }
    at += size;
  }
  return true;
}

}  // namespace guest
