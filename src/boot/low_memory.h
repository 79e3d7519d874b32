#pragma once
// Where the first MiB of a directly booted guest holds what: one table for all of boot/.

#include <cstdint>

#include "minivmm/guest_address.h"

namespace minivmm::boot {

inline constexpr std::uint64_t kPageSize = 4096;

/// Below are the real-mode vectors and the BIOS data area; a page is left to them.
/// GDT, page tables, zero page, command line and every other structure that a loader hands over
/// takes the lowest free place here, beside whatever the kernel's own segments occupy.
inline constexpr GuestRange kBootArea{{0x1000}, 0x9'e000};

/// The extended BIOS data area: reserved, and where old kernels look for the MP table first.
inline constexpr GuestRange kEbda{{0x9'fc00}, 0x400};
/// The VGA window and the option ROMs: a PC's BIOS tells nobody of RAM there, though GuestMemory
/// may have some.
inline constexpr GuestRange kVgaAndOptionRoms{{0xa'0000}, 0x4'0000};
/// Text of a VGA in mode 3.
inline constexpr GuestAddress kVgaText{0xb'8000};

/// ACPI's tables, the RSDP first: OSPM searches 0xe0000..0xfffff for it (ACPI 6.5, 5.2.5.1).
inline constexpr GuestRange kAcpiTables{{0xe'0000}, 0x1'0000};
/// The MP floating pointer and its table: searched for in 0xf0000..0xfffff (MP 1.4, 4.1).
inline constexpr GuestRange kMpTable{{0xf'0000}, 0xf000};
/// SMBIOS's entry point and its table: searched for in the same 64 KiB (DSP0134 3.6, 5.2.1).
inline constexpr GuestRange kSmbios{{0xf'f000}, 0x1000};
/// What a PC's BIOS occupies: holds the three above.
inline constexpr GuestRange kBiosArea{{0xe'0000}, 0x2'0000};

/// What firmware finds of its own image below 1 MiB, where a PC's host bridge shows it the ROM or,
/// shadowed, RAM: all that the bridge's PAM registers govern.
inline constexpr GuestRange kFirmwareShadow{{0xc'0000}, 0x4'0000};

/// Where kernels go at the earliest.
inline constexpr GuestAddress kOneMiB{0x10'0000};
inline constexpr GuestAddress kFourGiB{0x1'0000'0000};

}  // namespace minivmm::boot
