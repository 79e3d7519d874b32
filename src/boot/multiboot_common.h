#pragma once
// What multiboot 1 and 2 share: address fields, modules, section headers, the CPU's state.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "boot/boot_memory.h"
#include "boot/boot_parameters.h"
#include "boot/elf.h"
#include "boot/kernel_image.h"
#include "boot/load_plan.h"
#include "minivmm/cpu_entry.h"

namespace minivmm::boot {

/// "minivmm", what a kernel sees as the name of its boot loader.
inline constexpr const char* kBootLoaderName = "minivmm";

/// The header's fields for files that are no ELF (Multiboot 3.1.3; Multiboot2 3.1.5), all
/// guest-physical.
struct AddressFields {
  std::uint32_t header = 0;
  std::uint32_t load = 0;
  std::uint32_t load_end = 0;  ///< 0: the whole file.
  std::uint32_t bss_end = 0;   ///< 0: nothing to zero.
  std::uint32_t entry = 0;
};

/// One segment out of the address fields; header_offset is the header's place in the file.
/// Errors: ConfigError for fields that contradict one another or reach beyond the file.
[[nodiscard]] LoadPlan plan_from_fields(const AddressFields& fields, std::uint32_t header_offset,
                                        Bytes file, std::string_view name);

/// A module as it lies in guest memory.
struct PlacedModule {
  std::uint32_t start = 0;
  std::uint32_t end = 0;  ///< One past the last byte.
  std::string cmdline{};
};

/// Copies initrd and modules to pages above the kernel, below 4 GiB.
/// Errors: ConfigError that says how much memory they need.
[[nodiscard]] std::vector<PlacedModule> place_modules(BootMemory& memory,
                                                      const BootParameters& parameters,
                                                      GuestAddress above);

/// The section headers for the kernel, with the sections that no segment loaded (symbols, strings)
/// copied to memory and their addresses filled in, as GRUB does.
struct PlacedSections {
  std::uint32_t count = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t strings_index = 0;
  std::vector<std::byte> headers{};
};
/// Nothing when the file has no sections. A section without room keeps address 0.
[[nodiscard]] std::optional<PlacedSections> place_sections(BootMemory& memory, Bytes file,
                                                           const ElfFile& elf, GuestAddress above,
                                                           std::uint64_t delta);

/// KiB below 1 MiB and from 1 MiB up to the first hole (Multiboot 3.3, mem_lower and mem_upper).
struct BasicMemory {
  std::uint32_t lower_kib = 0;
  std::uint32_t upper_kib = 0;
};
[[nodiscard]] BasicMemory basic_memory(const MemoryMap& map);

/// Position and size of red, green and blue, as both versions store them for direct colour.
[[nodiscard]] std::array<std::uint8_t, 6> color_info(const Framebuffer& framebuffer);

/// Multiboot 3.2: flat 32-bit protected mode, EAX the magic, EBX the information structure.
[[nodiscard]] CpuEntry multiboot_entry(BootMemory& memory, std::uint64_t entry, std::uint32_t magic,
                                       GuestAddress information);

}  // namespace minivmm::boot
