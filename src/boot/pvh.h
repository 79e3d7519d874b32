#pragma once
// PVH direct boot. Source: Xen, docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h.

#include <string_view>

#include "boot/boot_parameters.h"
#include "boot/bytes.h"
#include "boot/kernel_image.h"
#include "boot/load_plan.h"
#include "minivmm/cpu_entry.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// What goes where, started at the note's entry, checked. Errors: ConfigError.
[[nodiscard]] LoadPlan plan_pvh(Bytes file, std::string_view name);

/// See loader.h. The initrd is the first module.
[[nodiscard]] CpuEntry load_pvh(const GuestMemory& memory, const KernelImage& image,
                                const BootParameters& parameters);

}  // namespace minivmm::boot
