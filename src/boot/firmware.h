#pragma once
// A BIOS image: what size it may have, where it lies, how the first vCPU starts in it.

#include <cstddef>
#include <span>
#include <string_view>

#include "minivmm/cpu_entry.h"
#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// Throws ConfigError unless image is a multiple of 64 KiB, at most 16 MiB.
void check_firmware(std::span<const std::byte> image, std::string_view name);

/// The ROM's place: its end is 4 GiB, so that the reset vector lies in its last 16 bytes.
[[nodiscard]] GuestRange firmware_rom(std::span<const std::byte> image);

/// Copies the image's end to below 1 MiB, where a PC's BIOS runs from (at most kFirmwareShadow),
/// and answers how the first vCPU starts: at the reset vector. The ROM itself is the caller's to
/// map, at firmware_rom(). Errors: ConfigError when memory is less than 1 MiB.
[[nodiscard]] CpuEntry load_firmware(const GuestMemory& memory, std::span<const std::byte> image);

}  // namespace minivmm::boot
