#include "boot/loader.h"

#include "boot/linux.h"
#include "boot/multiboot1.h"
#include "boot/multiboot2.h"
#include "boot/pvh.h"

namespace minivmm::boot {

CpuEntry load(const GuestMemory& memory, const KernelImage& image,
              const BootParameters& parameters) {
  switch (image.kind) {
    case KernelKind::kBzImage:
      return load_bzimage(memory, image, parameters);
    case KernelKind::kElf64:
      return load_vmlinux(memory, image, parameters);
    case KernelKind::kPvh:
      return load_pvh(memory, image, parameters);
    case KernelKind::kMultiboot1:
      return load_multiboot1(memory, image, parameters);
    case KernelKind::kMultiboot2:
      return load_multiboot2(memory, image, parameters);
  }
  return {};
}

}  // namespace minivmm::boot
