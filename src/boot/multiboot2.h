#pragma once
// Multiboot2 Specification 2.0.

#include <cstdint>
#include <optional>
#include <string_view>

#include "boot/boot_parameters.h"
#include "boot/bytes.h"
#include "boot/kernel_image.h"
#include "boot/load_plan.h"
#include "minivmm/cpu_entry.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// The header's place in the file: in its first 32768 bytes, 8-aligned, with a right checksum.
[[nodiscard]] std::optional<std::uint32_t> find_multiboot2(Bytes file);

/// What the kernel's header says, checked.
struct Multiboot2Header {
  /// Tag 10, for kernels that may be moved.
  struct Relocation {
    std::uint32_t lowest = 0;
    std::uint32_t highest = 0;  ///< The last byte's address must not be beyond.
    std::uint32_t alignment = 0;
    std::uint32_t preference = 0;  ///< 0 none, 1 lowest, 2 highest.
  };
  bool has_addresses = false;
  bool requires_framebuffer = false;  ///< Tag 5 without the optional flag.
  bool requires_console = false;      ///< Tag 4, flag 0: one of the kernel's consoles must exist.
  bool has_text_console = false;      ///< Tag 4, flag 1: the kernel can use EGA text.
  std::optional<Relocation> relocation{};
  LoadPlan plan{};
};

/// Errors: ConfigError for a damaged file, an unknown tag or a request that is not optional.
[[nodiscard]] Multiboot2Header parse_multiboot2(Bytes file, std::uint32_t header_offset,
                                                std::string_view name);

/// See loader.h.
[[nodiscard]] CpuEntry load_multiboot2(const GuestMemory& memory, const KernelImage& image,
                                       const BootParameters& parameters);

}  // namespace minivmm::boot
