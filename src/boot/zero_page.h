#pragma once
// The page of parameters that Linux is started with, and what it points to.

#include "boot/boot_memory.h"
#include "boot/boot_parameters.h"
#include "boot/linux_header.h"
#include "minivmm/cpu_entry.h"

namespace minivmm::boot {

/// What load_linux's two entries share.
struct LinuxBoot {
  SetupHeader header{};  ///< The image's, or one made up for a vmlinux.
  std::string_view name{};
  GuestRange kernel{};  ///< What the kernel occupies until it has read its memory map.
};

/// Puts initrd, command line and zero page in memory; answers the zero page's address.
/// Errors: ConfigError for a command line that is too long or an initrd that doesn't fit.
[[nodiscard]] GuestAddress put_zero_page(BootMemory& memory, const LinuxBoot& boot,
                                         const BootParameters& parameters);

/// The 64-bit entry: paging on with the first 4 GiB mapped to themselves, RSI the zero page.
[[nodiscard]] CpuEntry linux_entry_64(BootMemory& memory, std::uint64_t rip,
                                      GuestAddress zero_page);
/// The 32-bit entry: flat protected mode, ESI the zero page, EBX, EBP and EDI zero.
[[nodiscard]] CpuEntry linux_entry_32(BootMemory& memory, std::uint64_t eip,
                                      GuestAddress zero_page);

}  // namespace minivmm::boot
