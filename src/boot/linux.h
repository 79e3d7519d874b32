#pragma once
// Linux's own boot protocol: bzImage by its 64-bit or 32-bit entry, vmlinux by its 64-bit entry.
// Source: Linux, Documentation/arch/x86/boot.rst.

#include <string_view>

#include "boot/boot_parameters.h"
#include "boot/bytes.h"
#include "boot/kernel_image.h"
#include "boot/load_plan.h"
#include "minivmm/cpu_entry.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// See loader.h.
[[nodiscard]] CpuEntry load_bzimage(const GuestMemory& memory, const KernelImage& image,
                                    const BootParameters& parameters);

/// What goes where, checked, for an ELF64 that is entered in long mode. Errors: ConfigError.
[[nodiscard]] LoadPlan plan_vmlinux(Bytes file, std::string_view name);

/// See loader.h.
[[nodiscard]] CpuEntry load_vmlinux(const GuestMemory& memory, const KernelImage& image,
                                    const BootParameters& parameters);

}  // namespace minivmm::boot
