#pragma once
// The one front of all loaders.

#include "boot/boot_parameters.h"
#include "boot/kernel_image.h"
#include "minivmm/cpu_entry.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// Puts the kernel, its initrd and modules and all that its boot protocol hands over into guest
/// memory, and answers how the first vCPU starts. Call it again, on the same memory, after a reset.
///
/// Only memory that the map calls usable is written; ACPI and MP tables are the caller's to write
/// (acpi_tables.h, mp_table.h). No vCPU may run meanwhile.
/// Errors: ConfigError, one line: memory too small for the kernel or the initrd (and how much it
/// needs), a command line that is too long, a header that requires what the machine doesn't have.
[[nodiscard]] CpuEntry load(const GuestMemory& memory, const KernelImage& image,
                            const BootParameters& parameters);

}  // namespace minivmm::boot
