#include "machine/firmware_items.h"

#include <fmt/core.h>

#include "boot/acpi_files.h"
#include "boot/memory_map.h"
#include "machine/layout.h"
#include "minivmm/acpi_pm_registers.h"

namespace minivmm {
namespace {

using Bytes = std::vector<std::byte>;

// QEMU's numbers for PCs ("architecture-specific items").
constexpr std::uint16_t kIrq0Override = 0x8002;  // The PIT is at the IOAPIC's input 2.

Bytes number(std::uint64_t value, std::size_t size) {
  Bytes bytes(size);
  store_le(bytes, value);
  return bytes;
}

// With its final NUL.
Bytes text_item(const std::string& value) {
  const auto bytes = std::as_bytes(std::span(value.c_str(), value.size() + 1));
  return {bytes.begin(), bytes.end()};
}

void append_e820(Bytes& table, const GuestRange& range, boot::MemoryType type) {
  for (const Bytes& field : {number(range.start.value, 8), number(range.size, 8),
                             number(static_cast<std::uint64_t>(type), 4)})
    table.insert(table.end(), field.begin(), field.end());
}

Bytes e820(const FirmwareFacts& facts) {
  Bytes table;
  for (const MemoryRegion& region : facts.memory.regions())
    append_e820(table, region.range, boot::MemoryType::kUsable);
  for (const GuestRange& range : facts.reserved)
    append_e820(table, range, boot::MemoryType::kReserved);
  return table;
}

// A byte for each of S0 to S5: bit 7 says that the state exists, the others are its SLP_TYP.
Bytes system_states() {
  constexpr std::byte kExists{0x80};
  return {kExists, {}, {}, {}, {}, kExists | std::byte{acpi::kSleepTypeS5}};
}

void describe_start(FwCfg& fw_cfg, const FirmwareFacts& facts) {
  constexpr std::uint64_t kNeverReboot = 0xffff'ffff;
  const MachineConfig& config = facts.config;
  fw_cfg.set_item(FwCfg::kBootMenu, std::uint16_t{config.boot_menu});
  fw_cfg.add_file("bootorder", text_item(boot_order_text(config.boot_order, facts.boot_paths)));
  // A machine without anything to start from stays as it is, with its message.
  fw_cfg.add_file("etc/boot-fail-wait", number(kNeverReboot, 4));
  const bool serial = facts.console == FirmwareConsole::kSerial;
  fw_cfg.set_item(FwCfg::kNoGraphic, std::uint16_t{serial});
  if (serial && facts.acpi.com[0])
    fw_cfg.add_file("etc/sercon-port", number(layout::kCom1.value, 2));
}

}  // namespace

std::string boot_order_text(const std::vector<BootDevice>& order, const BootPaths& paths) {
  std::string text;
  for (const BootDevice device : order) {
    for (const std::string& path : paths.of(device)) text += path + "\n";
  }
  return text + "HALT";
}

void describe_machine(FwCfg& fw_cfg, const FirmwareFacts& facts) {
  const auto cpus = static_cast<std::uint16_t>(facts.config.cpus);
  fw_cfg.set_item(FwCfg::kCpus, cpus);
  fw_cfg.set_item(FwCfg::kMaxCpus, cpus);
  fw_cfg.set_item(kIrq0Override, number(1, 1));
  fw_cfg.add_file("etc/boot-cpus", number(cpus, 2));
  fw_cfg.add_file("etc/e820", e820(facts));
  fw_cfg.add_file("etc/system-states", system_states());
  // Where 64-bit BARs may go, as the ACPI tables have it.
  if (facts.acpi.mmio64.size != 0)
    fw_cfg.add_file("etc/reserved-memory-end", number(facts.acpi.mmio64.start.value, 8));
  boot::SmbiosTables smbios = boot::build_smbios(facts.smbios);
  fw_cfg.add_file("etc/smbios/smbios-anchor", std::move(smbios.entry_point));
  fw_cfg.add_file("etc/smbios/smbios-tables", std::move(smbios.table));
  for (boot::FirmwareFile& file : boot::make_acpi_files(facts.acpi))
    fw_cfg.add_file(file.name, std::move(file.bytes));
  // The ROM is in a BAR too, from where firmware would copy it with an exit for each dword.
  if (!facts.vga_bios.empty())
    fw_cfg.add_file("pci1234,1111.rom", {facts.vga_bios.begin(), facts.vga_bios.end()});
  if (!facts.network_rom.empty())
    fw_cfg.add_file("pci1af4,1041.rom", {facts.network_rom.begin(), facts.network_rom.end()});
  describe_start(fw_cfg, facts);
}

}  // namespace minivmm
