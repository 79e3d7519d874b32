// FADT, FACS, MADT and MCFG.

#include <algorithm>

#include "boot/acpi_parts.h"
#include "minivmm/acpi_pm_registers.h"

namespace minivmm::boot {
namespace {

using namespace acpi_table;

constexpr std::uint32_t kFirstX2ApicOnlyId = 255;  // 5.2.12.12: below, a local APIC structure.
constexpr std::uint8_t kIsaIrqOfPit = 0;
constexpr std::uint32_t kGsiOfPit = 2;
constexpr std::uint8_t kNmiLint = 1;

/// A block of ports, in both of FADT's forms.
struct PortBlock {
  std::uint32_t port = 0;
  Address address{};
};

PortBlock port_block(const AcpiConfig& config, std::uint16_t offset, std::uint8_t length,
                     std::uint8_t access) {
  const std::uint32_t port = std::uint32_t{config.pm_base.value} + offset;
  return {port, {kSystemIo, static_cast<std::uint8_t>(length * 8), 0, access, port}};
}

void set_pm_blocks(const AcpiConfig& config, Fadt& fadt) {
  const PortBlock event = port_block(config, acpi::kPm1Status, acpi::kPm1EventLength, kWordAccess);
  const PortBlock control =
      port_block(config, acpi::kPm1Control, acpi::kPm1ControlLength, kWordAccess);
  const PortBlock timer = port_block(config, acpi::kPmTimer, acpi::kPmTimerLength, kDwordAccess);
  const PortBlock gpe0 = port_block(config, acpi::kGpe0, acpi::kGpe0Length, kByteAccess);
  fadt.pm1a_evt_blk = event.port;
  fadt.x_pm1a_evt_blk = event.address;
  fadt.pm1_evt_len = acpi::kPm1EventLength;
  fadt.pm1a_cnt_blk = control.port;
  fadt.x_pm1a_cnt_blk = control.address;
  fadt.pm1_cnt_len = acpi::kPm1ControlLength;
  fadt.pm_tmr_blk = timer.port;
  fadt.x_pm_tmr_blk = timer.address;
  fadt.pm_tmr_len = acpi::kPmTimerLength;
  fadt.gpe0_blk = gpe0.port;
  fadt.x_gpe0_blk = gpe0.address;
  fadt.gpe0_blk_len = acpi::kGpe0Length;
}

void add_local_apics(unsigned cpus, TableBytes& madt) {
  for (std::uint32_t id = 0; id < cpus; ++id) {
    if (id < kFirstX2ApicOnlyId) {
      append_value(madt, MadtLocalApic{0, sizeof(MadtLocalApic), static_cast<std::uint8_t>(id),
                                       static_cast<std::uint8_t>(id), kApicEnabled});
    } else {
      append_value(madt, MadtLocalX2Apic{9, sizeof(MadtLocalX2Apic), 0, id, kApicEnabled, id});
    }
  }
}

void add_nmis(unsigned cpus, TableBytes& madt) {
  append_value(madt, MadtLocalApicNmi{4, sizeof(MadtLocalApicNmi), 0xff, 0, kNmiLint});
  if (cpus > kFirstX2ApicOnlyId) {
    append_value(madt,
                 MadtLocalX2ApicNmi{0xa, sizeof(MadtLocalX2ApicNmi), 0, 0xffff'ffff, kNmiLint, {}});
  }
}

}  // namespace

Header acpi_header(const char (&signature)[5], std::uint8_t revision) {
  Header header{};
  std::copy_n(signature, header.signature.size(), header.signature.begin());
  header.revision = revision;
  header.oem_id = {'M', 'I', 'N', 'I', 'V', 'M'};
  header.oem_table_id = {'M', 'I', 'N', 'I', 'V', 'M', 'M', ' '};
  header.oem_revision = 1;
  header.creator_id = {'M', 'V', 'M', 'M'};
  header.creator_revision = 1;
  return header;
}

void finish_table(TableBytes& table) {
  const auto length = static_cast<std::uint32_t>(table.size());
  std::memcpy(table.data() + offsetof(Header, length), &length, sizeof(length));
  table[kChecksumOffset] = std::byte{0};
  table[kChecksumOffset] = checksum(table);
}

TableBytes make_facs() {
  Facs facs{};
  facs.signature = {'F', 'A', 'C', 'S'};
  facs.length = sizeof(Facs);
  facs.version = 2;
  TableBytes table;
  append_value(table, facs);
  return table;
}

TableBytes make_fadt(const AcpiConfig& config, GuestAddress facs, GuestAddress dsdt) {
  constexpr std::uint16_t kNoC2 = 101;   // Microseconds; above 100 the state does not exist.
  constexpr std::uint16_t kNoC3 = 1001;  // Likewise above 1000.
  constexpr std::uint8_t kCmosCentury = 0x32;
  Fadt fadt{};
  fadt.header = acpi_header("FACP", 6);
  fadt.minor_version = 5;
  // X_FIRMWARE_CTRL stays 0: only one of the two may be used, and every OS knows this one.
  fadt.firmware_ctrl = static_cast<std::uint32_t>(facs.value);
  fadt.dsdt = static_cast<std::uint32_t>(dsdt.value);
  fadt.x_dsdt = dsdt.value;
  fadt.sci_int = static_cast<std::uint16_t>(config.sci.value);
  // SMI_CMD 0: the machine is always in ACPI mode (4.8.2.5).
  set_pm_blocks(config, fadt);
  fadt.p_lvl2_lat = kNoC2;
  fadt.p_lvl3_lat = kNoC3;
  fadt.century = kCmosCentury;
  fadt.iapc_boot_arch = static_cast<std::uint16_t>(kLegacyDevices | (config.i8042 ? kHas8042 : 0) |
                                                   (config.vga ? 0 : kNoVga));
  // PWR_BUTTON clear: the power button is a fixed one (4.8.3.1.1). TMR_VAL_EXT clear: 24 bits.
  static_assert(acpi::kPmTimerBits == 24);
  fadt.flags = kWbinvd | kProcC1 | kNoFixedSleepButton | kNoFixedRtcWake | kResetRegisterSupported;
  fadt.reset_reg = {kSystemIo, 8, 0, kByteAccess, config.reset.value};
  fadt.reset_value = config.reset_value;
  fadt.hypervisor_vendor = {'M', 'I', 'N', 'I', 'V', 'M', 'M', '\0'};
  TableBytes table;
  append_value(table, fadt);
  finish_table(table);
  return table;
}

TableBytes make_madt(const AcpiConfig& config) {
  Madt madt{};
  madt.header = acpi_header("APIC", 5);
  madt.local_apic_address = static_cast<std::uint32_t>(config.local_apic.value);
  madt.flags = kPcatCompat;
  TableBytes table;
  append_value(table, madt);
  add_local_apics(config.cpus, table);
  // The id after the CPUs', where 8 bits have one left.
  const auto io_apic_id =
      static_cast<std::uint8_t>(config.cpus < kFirstX2ApicOnlyId ? config.cpus : 0);
  append_value(table, MadtIoApic{1, sizeof(MadtIoApic), io_apic_id, 0,
                                 static_cast<std::uint32_t>(config.io_apic.value), 0});
  append_value(table, MadtOverride{2, sizeof(MadtOverride), 0, kIsaIrqOfPit, kGsiOfPit, 0});
  append_value(table,
               MadtOverride{2, sizeof(MadtOverride), 0, static_cast<std::uint8_t>(config.sci.value),
                            config.sci.value, kLevelActiveHigh});
  add_nmis(config.cpus, table);
  finish_table(table);
  return table;
}

TableBytes make_mcfg(const AcpiConfig& config) {
  Mcfg mcfg{};
  mcfg.header = acpi_header("MCFG", 1);
  mcfg.base = config.ecam.start.value;
  mcfg.last_bus = config.last_bus;
  TableBytes table;
  append_value(table, mcfg);
  finish_table(table);
  return table;
}

}  // namespace minivmm::boot
