#pragma once
// What a PVH loader hands over (Xen, public/arch-x86/hvm/start_info.h), and the options on the
// command line: "name=value name=value word".

#include <cstdint>

namespace guest {

struct MemoryRange {
  std::uint64_t address, size;
  std::uint32_t type;  ///< As in e820: 1 is RAM.
};
inline constexpr std::uint32_t kRam = 1;

/// Whether start_info is what it should be.
bool booted_by_pvh();
const char* command_line();
/// The physical address of ACPI's RSDP; 0 if there is none.
std::uint64_t rsdp_address();
unsigned memory_range_count();
MemoryRange memory_range(unsigned index);

/// The value of NAME=VALUE, up to the next space; `otherwise` if there is none.
std::uint64_t option(const char* name, std::uint64_t otherwise);
/// Whether there is a NAME=VALUE.
bool has_option(const char* name);
/// Whether the value of `name` is `value`.
bool option_is(const char* name, const char* value);
/// Whether `word` stands alone on the command line.
bool option_word(const char* word);

}  // namespace guest
