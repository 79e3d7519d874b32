#pragma once
// Multiboot Specification 0.6.96.

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

/// The header's place in the file: in its first 8192 bytes, 4-aligned, with a right checksum.
[[nodiscard]] std::optional<std::uint32_t> find_multiboot1(Bytes file);

/// Whether the header has the address fields, with which any file can be loaded (flag bit 16).
[[nodiscard]] bool has_multiboot1_addresses(Bytes file, std::uint32_t header_offset);

/// What goes where, checked. Errors: ConfigError for a damaged file, an unknown required flag.
[[nodiscard]] LoadPlan plan_multiboot1(Bytes file, std::uint32_t header_offset,
                                       std::string_view name);

/// See loader.h.
[[nodiscard]] CpuEntry load_multiboot1(const GuestMemory& memory, const KernelImage& image,
                                       const BootParameters& parameters);

}  // namespace minivmm::boot
