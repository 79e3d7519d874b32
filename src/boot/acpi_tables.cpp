// Placing and linking the tables.

#include "boot/acpi_tables.h"

#include <fmt/core.h>

#include <algorithm>

#include "boot/acpi_parts.h"
#include "boot/low_memory.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

using namespace acpi_table;

/// Tables one after another, each at its alignment.
class Layout {
 public:
  explicit Layout(GuestAddress base) { result_.base = base; }

  GuestAddress add(std::string_view signature, const TableBytes& table, std::size_t alignment) {
    const std::uint64_t address = align_up(result_.base.value + result_.bytes.size(), alignment);
    const std::size_t offset = address - result_.base.value;
    result_.bytes.resize(offset);
    append(result_.bytes, table);
    result_.tables.push_back({std::string(signature), offset, table.size()});
    return {address};
  }

  void replace_first(const TableBytes& table) {
    std::copy(table.begin(), table.end(), result_.bytes.begin());
  }

  /// Notes that the table at address has a pointer in its field at offset.
  void add_pointer(GuestAddress table, std::size_t offset, std::size_t size) {
    result_.pointers.push_back({table.value - result_.base.value + offset, size});
  }

  [[nodiscard]] AcpiTables take() { return std::move(result_); }

 private:
  AcpiTables result_;
};

// 5.2.7 and 5.2.8: the same list, with pointers of 4 and of 8 bytes.
template <typename Pointer>
TableBytes make_list(const Header& header, const std::vector<GuestAddress>& tables) {
  TableBytes list;
  append_value(list, header);
  for (const GuestAddress table : tables) append_value(list, static_cast<Pointer>(table.value));
  finish_table(list);
  return list;
}

TableBytes make_rsdp(GuestAddress rsdt, GuestAddress xsdt) {
  Rsdp rsdp{};
  rsdp.signature = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
  rsdp.oem_id = acpi_header("RSDT", 1).oem_id;
  rsdp.revision = 2;
  rsdp.rsdt_address = static_cast<std::uint32_t>(rsdt.value);
  rsdp.length = sizeof(Rsdp);
  rsdp.xsdt_address = xsdt.value;
  rsdp.checksum = std::to_integer<std::uint8_t>(checksum(bytes_of(rsdp).first(kRsdpOldSize)));
  rsdp.extended_checksum = std::to_integer<std::uint8_t>(checksum(bytes_of(rsdp)));
  TableBytes table;
  append_value(table, rsdp);
  return table;
}

void add_pointers_of_rsdp(Layout& layout, GuestAddress rsdp) {
  layout.add_pointer(rsdp, offsetof(Rsdp, rsdt_address), sizeof(Rsdp::rsdt_address));
  layout.add_pointer(rsdp, offsetof(Rsdp, xsdt_address), sizeof(Rsdp::xsdt_address));
}

void add_pointers_of_fadt(Layout& layout, GuestAddress fadt) {
  layout.add_pointer(fadt, offsetof(Fadt, firmware_ctrl), sizeof(Fadt::firmware_ctrl));
  layout.add_pointer(fadt, offsetof(Fadt, dsdt), sizeof(Fadt::dsdt));
  layout.add_pointer(fadt, offsetof(Fadt, x_dsdt), sizeof(Fadt::x_dsdt));
}

void add_pointers_of_list(Layout& layout, GuestAddress list, std::size_t count, std::size_t size) {
  for (std::size_t i = 0; i < count; ++i) layout.add_pointer(list, sizeof(Header) + i * size, size);
}

}  // namespace

AcpiTables build_acpi_tables(const AcpiConfig& config, GuestAddress base) {
  constexpr std::size_t kAlignment = 16;
  constexpr std::size_t kFacsAlignment = 64;  // 5.2.10
  Layout layout(base);
  // Its place comes first, where a search finds it at once; its contents when all else is placed.
  const GuestAddress rsdp = layout.add("RSDP", TableBytes(sizeof(Rsdp)), kAlignment);
  const GuestAddress facs = layout.add("FACS", make_facs(), kFacsAlignment);
  const GuestAddress dsdt = layout.add("DSDT", make_dsdt(), kAlignment);
  std::vector<GuestAddress> tables{
      layout.add("FACP", make_fadt(config, facs, dsdt), kAlignment),
      layout.add("APIC", make_madt(config), kAlignment),
      layout.add("SSDT", make_config_ssdt(config), kAlignment),
  };
  if (config.ecam.size != 0) tables.push_back(layout.add("MCFG", make_mcfg(config), kAlignment));
  const GuestAddress rsdt =
      layout.add("RSDT", make_list<std::uint32_t>(acpi_header("RSDT", 1), tables), kAlignment);
  const GuestAddress xsdt =
      layout.add("XSDT", make_list<std::uint64_t>(acpi_header("XSDT", 1), tables), kAlignment);
  layout.replace_first(make_rsdp(rsdt, xsdt));
  add_pointers_of_rsdp(layout, rsdp);
  add_pointers_of_fadt(layout, tables.front());
  add_pointers_of_list(layout, rsdt, tables.size(), sizeof(std::uint32_t));
  add_pointers_of_list(layout, xsdt, tables.size(), sizeof(std::uint64_t));
  AcpiTables result = layout.take();
  result.rsdp = rsdp;
  return result;
}

GuestAddress write_acpi_tables(const GuestMemory& memory, const AcpiConfig& config) {
  const AcpiTables tables = build_acpi_tables(config, kAcpiTables.start);
  if (tables.bytes.size() > kAcpiTables.size) {
    throw ConfigError(
        fmt::format("the ACPI tables for {} CPUs take {} bytes, and there is room for "
                    "{}: use fewer CPUs",
                    config.cpus, tables.bytes.size(), kAcpiTables.size));
  }
  if (!memory.copy_out(tables.base, tables.bytes)) {
    throw ConfigError("the guest's memory has no room for ACPI tables: give it at least --mem 1M");
  }
  return tables.rsdp;
}

}  // namespace minivmm::boot
