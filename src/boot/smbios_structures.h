#pragma once
// SMBIOS's structures as they lie in memory, up to what version 2.8 defines. Source: DMTF DSP0134
// 3.6, the section named at each. A string is a number: which of those after the structure.

#include <array>
#include <cstddef>
#include <cstdint>

namespace minivmm::boot::smbios {

using String = std::uint8_t;  ///< From 1; 0: none.

/// 5.2.1: the 32-bit entry point.
struct [[gnu::packed]] EntryPoint {
  std::array<char, 4> anchor;
  std::uint8_t checksum;
  std::uint8_t length;
  std::uint8_t major;
  std::uint8_t minor;
  std::uint16_t largest_structure;  // With its strings, in bytes.
  std::uint8_t revision;
  std::array<std::uint8_t, 5> formatted_area;
  std::array<char, 5> intermediate_anchor;
  std::uint8_t intermediate_checksum;
  std::uint16_t table_length;
  std::uint32_t table_address;
  std::uint16_t structures;
  std::uint8_t bcd_revision;
};
static_assert(sizeof(EntryPoint) == 0x1f);

/// 6.1.2
struct [[gnu::packed]] Header {
  std::uint8_t type;
  std::uint8_t length;
  std::uint16_t handle;
};

/// 7.1
struct [[gnu::packed]] Bios {
  Header header;
  String vendor;
  String version;
  std::uint16_t start_segment;
  String release_date;
  std::uint8_t rom_size;
  std::uint64_t characteristics;
  std::array<std::uint8_t, 2> extension;
  std::array<std::uint8_t, 2> release;
  std::array<std::uint8_t, 2> controller_release;
};
static_assert(sizeof(Bios) == 0x18);

/// 7.2
struct [[gnu::packed]] System {
  Header header;
  String manufacturer;
  String product;
  String version;
  String serial;
  std::array<std::uint8_t, 16> uuid;
  std::uint8_t wake_up;
  String sku;
  String family;
};
static_assert(sizeof(System) == 0x1b);

/// 7.4
struct [[gnu::packed]] Chassis {
  Header header;
  String manufacturer;
  std::uint8_t type;
  String version;
  String serial;
  String asset_tag;
  std::uint8_t boot_state;
  std::uint8_t power_state;
  std::uint8_t thermal_state;
  std::uint8_t security;
  std::uint32_t oem;
  std::uint8_t height;
  std::uint8_t power_cords;
  std::uint8_t elements;
  std::uint8_t element_size;
  String sku;
};
static_assert(sizeof(Chassis) == 0x16);

/// 7.5
struct [[gnu::packed]] Processor {
  Header header;
  String socket;
  std::uint8_t type;
  std::uint8_t family;
  String manufacturer;
  std::uint32_t signature;  // CPUID leaf 1: EAX,
  std::uint32_t features;   // EDX.
  String version;
  std::uint8_t voltage;
  std::uint16_t external_clock;
  std::uint16_t max_speed;
  std::uint16_t current_speed;
  std::uint8_t status;
  std::uint8_t upgrade;
  std::array<std::uint16_t, 3> caches;
  String serial;
  String asset_tag;
  String part;
  std::uint8_t cores;
  std::uint8_t cores_enabled;
  std::uint8_t threads;
  std::uint16_t characteristics;
  std::uint16_t family2;
};
static_assert(sizeof(Processor) == 0x2a);

/// 7.17
struct [[gnu::packed]] MemoryArray {
  Header header;
  std::uint8_t location;
  std::uint8_t use;
  std::uint8_t error_correction;
  std::uint32_t capacity;  // In KiB; 0x80000000: see extended_capacity.
  std::uint16_t error_handle;
  std::uint16_t devices;
  std::uint64_t extended_capacity;  // In bytes.
};
static_assert(sizeof(MemoryArray) == 0x17);

/// 7.18
struct [[gnu::packed]] MemoryDevice {
  Header header;
  std::uint16_t array;
  std::uint16_t error_handle;
  std::uint16_t total_width;
  std::uint16_t data_width;
  std::uint16_t size;  // In MiB; 0x7fff: see extended_size.
  std::uint8_t form_factor;
  std::uint8_t device_set;
  String locator;
  String bank;
  std::uint8_t type;
  std::uint16_t type_detail;
  std::uint16_t speed;
  String manufacturer;
  String serial;
  String asset_tag;
  String part;
  std::uint8_t attributes;
  std::uint32_t extended_size;  // In MiB.
  std::uint16_t clock_speed;
  std::array<std::uint16_t, 3> voltages;
};
static_assert(sizeof(MemoryDevice) == 0x28);

/// 7.20
struct [[gnu::packed]] MappedAddress {
  Header header;
  std::uint32_t start;  // In KiB; 0xffffffff: see the extended ones.
  std::uint32_t last;
  std::uint16_t array;
  std::uint8_t width;
  std::uint64_t extended_start;  // In bytes.
  std::uint64_t extended_last;
};
static_assert(sizeof(MappedAddress) == 0x1f);

/// 7.33
struct [[gnu::packed]] BootInformation {
  Header header;
  std::array<std::uint8_t, 6> reserved;
  std::uint8_t status;
};
static_assert(sizeof(BootInformation) == 0x0b);

}  // namespace minivmm::boot::smbios
