// The DSDT, compiled from ASL, and the SSDT with the values that it refers to.

#include <string_view>

#include "boot/acpi_parts.h"
#include "dsdt.hex"
#include "minivmm/acpi_pm_registers.h"

namespace minivmm::boot {
namespace {

// ACPI 6.5, 20.2: the byte code of AML.
constexpr std::uint8_t kNameOp = 0x08;
constexpr std::uint8_t kRootChar = '\\';
constexpr std::uint8_t kQWordPrefix = 0x0e;
constexpr std::uint8_t kBytePrefix = 0x0a;
constexpr std::uint8_t kPackageOp = 0x12;

void add_name(TableBytes& aml, std::string_view name) {
  append_value(aml, kNameOp);
  append_value(aml, kRootChar);
  append(aml, bytes_of(name));
}

void add_integer(TableBytes& aml, std::string_view name, std::uint64_t value) {
  add_name(aml, name);
  append_value(aml, kQWordPrefix);
  append_value(aml, value);
}

// Name (\_S5, Package () {type, type, 0, 0}): 7.4.2, the sleep types of PM1a and PM1b.
void add_s5(TableBytes& aml) {
  constexpr std::uint8_t kElements = 4;
  constexpr std::uint8_t kPackageLength = 1 + 1 + 2 * kElements;  // 20.2.4: with itself.
  add_name(aml, "_S5_");
  for (const std::uint8_t byte : {kPackageOp, kPackageLength, kElements}) append_value(aml, byte);
  for (const std::uint8_t element :
       {acpi::kSleepTypeS5, acpi::kSleepTypeS5, std::uint8_t{0}, std::uint8_t{0}}) {
    append_value(aml, kBytePrefix);
    append_value(aml, element);
  }
}

}  // namespace

TableBytes make_dsdt() {
  const auto bytes = std::as_bytes(std::span(dsdt_aml_code));
  return {bytes.begin(), bytes.end()};
}

TableBytes make_config_ssdt(const AcpiConfig& config) {
  std::uint64_t com_ports = 0;
  for (std::size_t i = 0; i < config.com.size(); ++i) {
    if (config.com[i]) com_ports |= 1u << i;
  }
  TableBytes table;
  append_value(table, acpi_header("SSDT", 2));
  add_integer(table, "ECMB", config.ecam.start.value);
  add_integer(table, "ECML", config.ecam.size);
  add_integer(table, "M32B", config.mmio32.start.value);
  add_integer(table, "M32L", config.mmio32.size);
  add_integer(table, "M64B", config.mmio64.start.value);
  add_integer(table, "M64L", config.mmio64.size);
  add_integer(table, "PIOB", config.pci_io.start.value);
  add_integer(table, "PIOL", config.pci_io.size);
  add_integer(table, "PMIO", config.pm_base.value);
  add_integer(table, "PMIL", acpi::kPmBlockSize);
  add_integer(table, "COMS", com_ports);
  add_integer(table, "KBDC", config.i8042 ? 1 : 0);
  add_integer(table, "FWCF", config.fw_cfg.value);
  add_s5(table);
  finish_table(table);
  return table;
}

}  // namespace minivmm::boot
