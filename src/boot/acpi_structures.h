#pragma once
// ACPI's tables as they lie in memory. Source: ACPI 6.5, the section named at each; MCFG: PCI
// Firmware Specification 3.3, 4.1.2.

#include <array>
#include <cstddef>
#include <cstdint>

namespace minivmm::boot::acpi_table {

/// 5.2.6
struct [[gnu::packed]] Header {
  std::array<char, 4> signature;
  std::uint32_t length;
  std::uint8_t revision;
  std::uint8_t checksum;
  std::array<char, 6> oem_id;
  std::array<char, 8> oem_table_id;
  std::uint32_t oem_revision;
  std::array<char, 4> creator_id;
  std::uint32_t creator_revision;
};
static_assert(sizeof(Header) == 36);
inline constexpr std::size_t kChecksumOffset = offsetof(Header, checksum);

/// 5.2.5.3
struct [[gnu::packed]] Rsdp {
  std::array<char, 8> signature;
  std::uint8_t checksum;  // Of the first 20 bytes.
  std::array<char, 6> oem_id;
  std::uint8_t revision;
  std::uint32_t rsdt_address;
  std::uint32_t length;
  std::uint64_t xsdt_address;
  std::uint8_t extended_checksum;
  std::array<std::uint8_t, 3> reserved;
};
static_assert(sizeof(Rsdp) == 36);
inline constexpr std::size_t kRsdpOldSize = 20;

/// 5.2.3.2: Generic Address Structure.
struct [[gnu::packed]] Address {
  std::uint8_t space_id;
  std::uint8_t bit_width;
  std::uint8_t bit_offset;
  std::uint8_t access_size;
  std::uint64_t address;
};
static_assert(sizeof(Address) == 12);
inline constexpr std::uint8_t kSystemIo = 1;
inline constexpr std::uint8_t kByteAccess = 1;
inline constexpr std::uint8_t kWordAccess = 2;
inline constexpr std::uint8_t kDwordAccess = 3;

/// 5.2.9, revision 6
struct [[gnu::packed]] Fadt {
  Header header;
  std::uint32_t firmware_ctrl;
  std::uint32_t dsdt;
  std::uint8_t reserved0;
  std::uint8_t preferred_pm_profile;
  std::uint16_t sci_int;
  std::uint32_t smi_cmd;
  std::uint8_t acpi_enable;
  std::uint8_t acpi_disable;
  std::uint8_t s4bios_req;
  std::uint8_t pstate_cnt;
  std::uint32_t pm1a_evt_blk;
  std::uint32_t pm1b_evt_blk;
  std::uint32_t pm1a_cnt_blk;
  std::uint32_t pm1b_cnt_blk;
  std::uint32_t pm2_cnt_blk;
  std::uint32_t pm_tmr_blk;
  std::uint32_t gpe0_blk;
  std::uint32_t gpe1_blk;
  std::uint8_t pm1_evt_len;
  std::uint8_t pm1_cnt_len;
  std::uint8_t pm2_cnt_len;
  std::uint8_t pm_tmr_len;
  std::uint8_t gpe0_blk_len;
  std::uint8_t gpe1_blk_len;
  std::uint8_t gpe1_base;
  std::uint8_t cst_cnt;
  std::uint16_t p_lvl2_lat;
  std::uint16_t p_lvl3_lat;
  std::uint16_t flush_size;
  std::uint16_t flush_stride;
  std::uint8_t duty_offset;
  std::uint8_t duty_width;
  std::uint8_t day_alrm;
  std::uint8_t mon_alrm;
  std::uint8_t century;
  std::uint16_t iapc_boot_arch;
  std::uint8_t reserved1;
  std::uint32_t flags;
  Address reset_reg;
  std::uint8_t reset_value;
  std::uint16_t arm_boot_arch;
  std::uint8_t minor_version;
  std::uint64_t x_firmware_ctrl;
  std::uint64_t x_dsdt;
  Address x_pm1a_evt_blk;
  Address x_pm1b_evt_blk;
  Address x_pm1a_cnt_blk;
  Address x_pm1b_cnt_blk;
  Address x_pm2_cnt_blk;
  Address x_pm_tmr_blk;
  Address x_gpe0_blk;
  Address x_gpe1_blk;
  Address sleep_control_reg;
  Address sleep_status_reg;
  std::array<char, 8> hypervisor_vendor;
};
static_assert(sizeof(Fadt) == 276);

// 5.2.9, table 5.10: FADT flags.
inline constexpr std::uint32_t kWbinvd = 1u << 0;
inline constexpr std::uint32_t kProcC1 = 1u << 2;
inline constexpr std::uint32_t kNoFixedSleepButton = 1u << 5;
inline constexpr std::uint32_t kNoFixedRtcWake = 1u << 6;
inline constexpr std::uint32_t kResetRegisterSupported = 1u << 10;

// 5.2.9.3, table 5.11: IA-PC boot architecture flags.
inline constexpr std::uint16_t kLegacyDevices = 1u << 0;
inline constexpr std::uint16_t kHas8042 = 1u << 1;
inline constexpr std::uint16_t kNoVga = 1u << 2;

/// 5.2.10; aligned to 64 bytes, without a checksum.
struct [[gnu::packed]] Facs {
  std::array<char, 4> signature;
  std::uint32_t length;
  std::uint32_t hardware_signature;
  std::uint32_t firmware_waking_vector;
  std::uint32_t global_lock;
  std::uint32_t flags;
  std::uint64_t x_firmware_waking_vector;
  std::uint8_t version;
  std::array<std::uint8_t, 31> reserved;
};
static_assert(sizeof(Facs) == 64);

/// 5.2.12; its structures follow.
struct [[gnu::packed]] Madt {
  Header header;
  std::uint32_t local_apic_address;
  std::uint32_t flags;
};
inline constexpr std::uint32_t kPcatCompat = 1u << 0;  // There are two 8259s as well.

/// 5.2.12.2
struct [[gnu::packed]] MadtLocalApic {
  std::uint8_t type;  // 0
  std::uint8_t length;
  std::uint8_t processor_uid;
  std::uint8_t apic_id;
  std::uint32_t flags;
};
static_assert(sizeof(MadtLocalApic) == 8);
inline constexpr std::uint32_t kApicEnabled = 1u << 0;

/// 5.2.12.3
struct [[gnu::packed]] MadtIoApic {
  std::uint8_t type;  // 1
  std::uint8_t length;
  std::uint8_t io_apic_id;
  std::uint8_t reserved;
  std::uint32_t address;
  std::uint32_t gsi_base;
};
static_assert(sizeof(MadtIoApic) == 12);

/// 5.2.12.5
struct [[gnu::packed]] MadtOverride {
  std::uint8_t type;  // 2
  std::uint8_t length;
  std::uint8_t bus;
  std::uint8_t source;
  std::uint32_t gsi;
  std::uint16_t flags;
};
static_assert(sizeof(MadtOverride) == 10);
inline constexpr std::uint16_t kLevelActiveHigh = 0x000d;  // Table 5.26: trigger 3, polarity 1.

/// 5.2.12.7
struct [[gnu::packed]] MadtLocalApicNmi {
  std::uint8_t type;  // 4
  std::uint8_t length;
  std::uint8_t processor_uid;  // 0xff: all
  std::uint16_t flags;
  std::uint8_t lint;
};
static_assert(sizeof(MadtLocalApicNmi) == 6);

/// 5.2.12.12
struct [[gnu::packed]] MadtLocalX2Apic {
  std::uint8_t type;  // 9
  std::uint8_t length;
  std::uint16_t reserved;
  std::uint32_t x2apic_id;
  std::uint32_t flags;
  std::uint32_t processor_uid;
};
static_assert(sizeof(MadtLocalX2Apic) == 16);

/// 5.2.12.13
struct [[gnu::packed]] MadtLocalX2ApicNmi {
  std::uint8_t type;  // 0xa
  std::uint8_t length;
  std::uint16_t flags;
  std::uint32_t processor_uid;  // 0xffffffff: all
  std::uint8_t lint;
  std::array<std::uint8_t, 3> reserved;
};
static_assert(sizeof(MadtLocalX2ApicNmi) == 12);

struct [[gnu::packed]] Mcfg {
  Header header;
  std::uint64_t reserved;
  std::uint64_t base;  // Of bus 0, whatever the first bus.
  std::uint16_t segment;
  std::uint8_t first_bus;
  std::uint8_t last_bus;
  std::uint32_t reserved1;
};
static_assert(sizeof(Mcfg) == 60);

}  // namespace minivmm::boot::acpi_table
