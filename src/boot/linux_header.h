#pragma once
// Linux's setup header and zero page. Source: Linux, Documentation/arch/x86/boot.rst and
// zero-page.rst; arch/x86/include/uapi/asm/bootparam.h.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "boot/bytes.h"

namespace minivmm::boot {

/// At 0x1f1 of a bzImage and of the zero page; names as in boot.rst.
struct [[gnu::packed]] SetupHeader {
  std::uint8_t setup_sects;             // 0x1f1, in 512 bytes
  std::uint16_t root_flags;             // 0x1f2
  std::uint32_t syssize;                // 0x1f4, in 16 bytes
  std::uint16_t ram_size;               // 0x1f8
  std::uint16_t vid_mode;               // 0x1fa
  std::uint16_t root_dev;               // 0x1fc
  std::uint16_t boot_flag;              // 0x1fe
  std::uint8_t jump_opcode;             // 0x200
  std::uint8_t jump_distance;           // 0x201, to the end of this header
  std::uint32_t header;                 // 0x202
  std::uint16_t version;                // 0x206
  std::uint32_t realmode_swtch;         // 0x208
  std::uint16_t start_sys_seg;          // 0x20c
  std::uint16_t kernel_version;         // 0x20e, of a string, less 0x200
  std::uint8_t type_of_loader;          // 0x210
  std::uint8_t loadflags;               // 0x211
  std::uint16_t setup_move_size;        // 0x212
  std::uint32_t code32_start;           // 0x214
  std::uint32_t ramdisk_image;          // 0x218
  std::uint32_t ramdisk_size;           // 0x21c
  std::uint32_t bootsect_kludge;        // 0x220
  std::uint16_t heap_end_ptr;           // 0x224
  std::uint8_t ext_loader_ver;          // 0x226
  std::uint8_t ext_loader_type;         // 0x227
  std::uint32_t cmd_line_ptr;           // 0x228
  std::uint32_t initrd_addr_max;        // 0x22c, the last byte's
  std::uint32_t kernel_alignment;       // 0x230
  std::uint8_t relocatable_kernel;      // 0x234
  std::uint8_t min_alignment;           // 0x235, a power of two
  std::uint16_t xloadflags;             // 0x236
  std::uint32_t cmdline_size;           // 0x238, without the final NUL
  std::uint32_t hardware_subarch;       // 0x23c
  std::uint64_t hardware_subarch_data;  // 0x240
  std::uint32_t payload_offset;         // 0x248
  std::uint32_t payload_length;         // 0x24c
  std::uint64_t setup_data;             // 0x250
  std::uint64_t pref_address;           // 0x258
  std::uint32_t init_size;              // 0x260
  std::uint32_t handover_offset;        // 0x264
  std::uint32_t kernel_info_offset;     // 0x268
};
inline constexpr std::uint64_t kSetupHeaderOffset = 0x1f1;
static_assert(kSetupHeaderOffset + offsetof(SetupHeader, version) == 0x206);
static_assert(kSetupHeaderOffset + offsetof(SetupHeader, cmd_line_ptr) == 0x228);
static_assert(kSetupHeaderOffset + offsetof(SetupHeader, xloadflags) == 0x236);
static_assert(kSetupHeaderOffset + offsetof(SetupHeader, init_size) == 0x260);
static_assert(kSetupHeaderOffset + sizeof(SetupHeader) == 0x26c);

inline constexpr std::uint16_t kBootFlag = 0xaa55;
inline constexpr std::uint32_t kHdrS = 0x5372'6448;
inline constexpr std::uint8_t kLoadedHigh = 1u << 0;    // loadflags
inline constexpr std::uint16_t kXlfKernel64 = 1u << 0;  // xloadflags, from 2.12
inline constexpr std::uint16_t kXlfCanBeLoadedAbove4G = 1u << 1;
inline constexpr std::uint8_t kUndefinedLoader = 0xff;  // type_of_loader

// Protocol versions by what they brought.
inline constexpr std::uint16_t kVersionCmdlineSize = 0x0206;
inline constexpr std::uint16_t kVersionPayload = 0x0208;
inline constexpr std::uint16_t kVersionInitSize = 0x020a;
inline constexpr std::uint16_t kVersionXloadflags = 0x020c;

/// A bzImage, taken apart and checked.
struct BzImage {
  SetupHeader header{};  ///< Fields newer than the image's protocol are 0.
  Bytes kernel{};        ///< The protected-mode part.
  bool has_64_bit_entry = false;
  std::string_view version{};  ///< The kernel's own version string; may be empty.
};

/// Whether the file has the boot sector's and the setup header's magic numbers.
[[nodiscard]] bool is_bzimage(Bytes file);

/// Errors: ConfigError for a truncated image or a protocol before 2.06.
[[nodiscard]] BzImage parse_bzimage(Bytes file, std::string_view name);

}  // namespace minivmm::boot
