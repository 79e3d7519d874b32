#include "boot/linux.h"

#include <fmt/core.h>

#include <algorithm>

#include "boot/elf.h"
#include "boot/linux_header.h"
#include "boot/zero_page.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint64_t kEntry64Offset = 0x200;  // boot.rst, "64-bit boot protocol".

/// Where the kernel may go, from its header.
struct Wishes {
  std::uint64_t preferred = 0;
  std::uint64_t size = 0;  ///< What it needs there until it reads its memory map.
  std::uint64_t alignment = 0;
  bool relocatable = false;
};

Wishes wishes_of(const BzImage& image) {
  const SetupHeader& header = image.header;
  Wishes wishes;
  const bool knows_size = header.version >= kVersionInitSize;
  wishes.preferred = knows_size ? std::uint64_t{header.pref_address} : kOneMiB.value;
  wishes.size = std::max<std::uint64_t>(knows_size ? header.init_size : 0, image.kernel.size());
  wishes.alignment = header.kernel_alignment;
  const bool power_of_two =
      wishes.alignment != 0 && (wishes.alignment & (wishes.alignment - 1)) == 0;
  wishes.relocatable = header.relocatable_kernel != 0 && power_of_two;
  return wishes;
}

std::uint64_t choose_address(const BootMemory& memory, const Wishes& wishes,
                             std::string_view name) {
  const GuestRange preferred{{wishes.preferred}, wishes.size};
  const bool reachable =
      wishes.preferred < kFourGiB.value && wishes.size <= kFourGiB.value - wishes.preferred;
  if (reachable && memory.is_free(preferred)) return wishes.preferred;
  if (wishes.relocatable) {
    const GuestRange mapped{kOneMiB, kFourGiB.value - kOneMiB.value};
    if (const auto place = memory.lowest(wishes.size, wishes.alignment, mapped)) {
      return place->value;
    }
  }
  const std::uint64_t start =
      wishes.relocatable ? align_up(kOneMiB.value, wishes.alignment) : wishes.preferred;
  throw ConfigError(fmt::format(
      "kernel \"{}\" needs {} from {:#x}, and the guest has too little memory: give it at least {}",
      name, human_size(wishes.size), start, memory_option(start + wishes.size)));
}

// A vmlinux has no setup header: this is what a bzImage of the same kernel would say.
SetupHeader made_up_header() {
  SetupHeader header{};
  header.boot_flag = kBootFlag;
  header.header = kHdrS;
  header.version = 0x020f;
  header.loadflags = kLoadedHigh;
  header.vid_mode = 0xffff;        // boot.rst, special command line options: "normal".
  header.cmdline_size = 2048 - 1;  // arch/x86/include/asm/setup.h: COMMAND_LINE_SIZE.
  header.initrd_addr_max = 0x7fff'ffff;
  header.kernel_alignment = 0x100'0000;
  header.xloadflags = kXlfKernel64 | kXlfCanBeLoadedAbove4G;
  return header;
}

}  // namespace

CpuEntry load_bzimage(const GuestMemory& memory, const KernelImage& image,
                      const BootParameters& parameters) {
  const BzImage linux = parse_bzimage(image.file, image.name);
  const Wishes wishes = wishes_of(linux);
  BootMemory boot(memory, parameters.memory_map);
  const std::uint64_t address = choose_address(boot, wishes, image.name);
  // Only the file's bytes are written: the rest of init_size is the kernel's to use, not to read.
  boot.put({{address}, linux.kernel.size()}, linux.kernel);
  const GuestRange kernel{{address}, wishes.size};
  boot.take(kernel);

  LinuxBoot linux_boot{linux.header, image.name, kernel};
  linux_boot.header.code32_start = static_cast<std::uint32_t>(address);
  const GuestAddress zero_page = put_zero_page(boot, linux_boot, parameters);
  return linux.has_64_bit_entry ? linux_entry_64(boot, address + kEntry64Offset, zero_page)
                                : linux_entry_32(boot, address, zero_page);
}

LoadPlan plan_vmlinux(Bytes file, std::string_view name) {
  LoadPlan plan = parse_elf(file, name).plan;
  check_plan(plan, file, name);
  return plan;
}

CpuEntry load_vmlinux(const GuestMemory& memory, const KernelImage& image,
                      const BootParameters& parameters) {
  const LoadPlan plan = plan_vmlinux(image.file, image.name);
  BootMemory boot(memory, parameters.memory_map);
  load_segments(boot, plan, image.file, 0, image.name);
  if (plan.entry >= kFourGiB.value) {
    throw ConfigError(
        fmt::format("kernel \"{}\" starts at {:#x}, above the 4 GiB that are mapped at the start: "
                    "link it lower",
                    image.name, plan.entry));
  }
  const GuestRange kernel{{plan.lowest()}, plan.end() - plan.lowest()};
  const LinuxBoot linux_boot{made_up_header(), image.name, kernel};
  return linux_entry_64(boot, plan.entry, put_zero_page(boot, linux_boot, parameters));
}

}  // namespace minivmm::boot
