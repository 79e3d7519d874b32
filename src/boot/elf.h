#pragma once
// ELF executables of x86, 32 and 64 bits, as far as a boot loader reads them. Every value of the
// file is taken for hostile. Source: System V gABI, chapters 4 and 5; AMD64 psABI.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "boot/bytes.h"
#include "boot/load_plan.h"

namespace minivmm::boot {

/// The section header table, as it stands in the file.
struct ElfSectionTable {
  std::uint64_t offset = 0;
  std::uint32_t count = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t strings_index = 0;  ///< e_shstrndx.
};

struct ElfSection {
  std::uint32_t type = 0;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct ElfFile {
  bool is_64_bit = false;
  bool has_interpreter = false;  ///< PT_INTERP: a program for a running system, not a kernel.
  /// Not yet checked (check_plan()), since multiboot's address fields may replace it. The entry is
  /// translated to a physical address.
  LoadPlan plan{};
  std::optional<std::uint32_t> pvh_entry{};  ///< XEN_ELFNOTE_PHYS32_ENTRY.
  ElfSectionTable sections{};                ///< Count 0 when there is none, or it is truncated.
};

inline constexpr std::uint32_t kElfSectionNoBits = 8;  // SHT_NOBITS: occupies no bytes in the file.

/// Whether file begins with ELF's magic.
[[nodiscard]] bool is_elf(Bytes file);

/// Errors: ConfigError for another machine's or byte order's file, for one that is no executable or
/// needs a dynamic linker, and for headers beyond the file's end.
[[nodiscard]] ElfFile parse_elf(Bytes file, std::string_view name);

/// Section number index of elf.sections.
[[nodiscard]] std::optional<ElfSection> read_section(Bytes file, const ElfFile& elf,
                                                     std::uint32_t index);

/// Byte position of sh_addr in a section header, and its width.
struct SectionAddressField {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
[[nodiscard]] SectionAddressField section_address_field(const ElfFile& elf);

}  // namespace minivmm::boot
