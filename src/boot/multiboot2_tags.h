#pragma once
// The tags of the information that a Multiboot2 loader gives (specification, 3.6).

#include <cstdint>

namespace minivmm::boot::mb2 {

enum InformationTag : std::uint32_t {
  kEnd = 0,
  kCmdline = 1,
  kLoaderName = 2,
  kModule = 3,
  kBasicMemory = 4,
  kMemoryMap = 6,
  kFramebuffer = 8,
  kElfSections = 9,
  kAcpiOld = 14,
  kAcpiNew = 15,
  kLoadBase = 21,
};

inline constexpr std::uint64_t kTagAlignment = 8;

struct InformationHeader {
  std::uint32_t total_size;
  std::uint32_t reserved;
};

struct TagHeader {
  std::uint32_t type;
  std::uint32_t size;  // With this header, without the padding.
};

struct ModuleBody {  // The command line follows.
  std::uint32_t mod_start;
  std::uint32_t mod_end;
};

struct BasicMemoryBody {
  std::uint32_t mem_lower;
  std::uint32_t mem_upper;
};

struct MemoryMapBody {  // The entries follow.
  std::uint32_t entry_size;
  std::uint32_t entry_version;
};

struct MemoryMapEntry {
  std::uint64_t base_addr;
  std::uint64_t length;
  std::uint32_t type;
  std::uint32_t reserved;
};
static_assert(sizeof(MemoryMapEntry) == 24);

struct FramebufferBody {  // For direct colour, color_info() follows.
  std::uint64_t address;
  std::uint32_t pitch;
  std::uint32_t width;
  std::uint32_t height;
  std::uint8_t bits_per_pixel;
  std::uint8_t type;
  std::uint16_t reserved;
};
static_assert(sizeof(FramebufferBody) == 24);

inline constexpr std::uint8_t kFramebufferRgb = 1;
inline constexpr std::uint8_t kFramebufferText = 2;

struct ElfSectionsBody {  // The section headers follow.
  std::uint32_t num;
  std::uint32_t entsize;
  std::uint32_t shndx;
};

}  // namespace minivmm::boot::mb2
