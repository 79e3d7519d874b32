#include "boot/kernel_image.h"

#include <fmt/core.h>

#include <algorithm>

#include "boot/elf.h"
#include "boot/foreign_file.h"
#include "boot/linux.h"
#include "boot/linux_header.h"
#include "boot/multiboot1.h"
#include "boot/multiboot2.h"
#include "boot/pvh.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

KernelImage sniff_bzimage(Bytes file, std::string_view name) {
  const BzImage bzimage = parse_bzimage(file, name);
  const std::string_view version = bzimage.version;
  const bool is_number = !version.empty() && version.front() >= '0' && version.front() <= '9';
  // "6.1.0-56-amd64 (builder@host) #1 SMP ...": the release is enough. Others name themselves.
  const std::string who = is_number ? fmt::format("Linux {}", version.substr(0, version.find(' ')))
                                    : std::string(version.empty() ? "Linux" : version);
  KernelImage image{KernelKind::kBzImage, std::string(name), {}, file};
  image.description = fmt::format("{} bzImage (boot protocol {}.{:02}, {}-bit entry)", who,
                                  bzimage.header.version >> 8, bzimage.header.version & 0xff,
                                  bzimage.has_64_bit_entry ? 64 : 32);
  return image;
}

KernelImage sniff_elf(Bytes file, std::string_view name) {
  const ElfFile elf = parse_elf(file, name);
  const int bits = elf.is_64_bit ? 64 : 32;
  KernelImage image{KernelKind::kElf64, std::string(name), {}, file};
  if (elf.pvh_entry) {
    image.kind = KernelKind::kPvh;
    image.pvh_entry = static_cast<std::uint32_t>(plan_pvh(file, name).entry);
    image.description = fmt::format("ELF{} kernel (PVH, entry {:#x})", bits, image.pvh_entry);
  } else if (const auto multiboot2 = find_multiboot2(file)) {
    image.kind = KernelKind::kMultiboot2;
    image.header_offset = *multiboot2;
    const std::uint64_t entry = parse_multiboot2(file, *multiboot2, name).plan.entry;
    image.description = fmt::format("ELF{} kernel (multiboot 2, entry {:#x})", bits, entry);
  } else if (const auto multiboot1 = find_multiboot1(file)) {
    image.kind = KernelKind::kMultiboot1;
    image.header_offset = *multiboot1;
    const std::uint64_t entry = plan_multiboot1(file, *multiboot1, name).entry;
    image.description = fmt::format("ELF{} kernel (multiboot 1, entry {:#x})", bits, entry);
  } else if (elf.is_64_bit) {
    const std::uint64_t entry = plan_vmlinux(file, name).entry;
    image.description = fmt::format("ELF64 kernel (Linux's 64-bit entry at {:#x})", entry);
  } else {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is a 32-bit ELF file without a multiboot header or a PVH note, so nothing "
        "says how to start it: add one of them",
        name));
  }
  return image;
}

// A file of any format whose multiboot header has the load addresses.
std::optional<KernelImage> sniff_flat_multiboot(Bytes file, std::string_view name) {
  KernelImage image{KernelKind::kMultiboot2, std::string(name), {}, file};
  if (const auto offset = find_multiboot2(file)) {
    image.header_offset = *offset;
    image.description = fmt::format("flat kernel (multiboot 2, entry {:#x})",
                                    parse_multiboot2(file, *offset, name).plan.entry);
    return image;
  }
  const auto offset = find_multiboot1(file);
  if (!offset || !has_multiboot1_addresses(file, *offset)) return std::nullopt;
  image.kind = KernelKind::kMultiboot1;
  image.header_offset = *offset;
  image.description = fmt::format("flat kernel (multiboot 1, entry {:#x})",
                                  plan_multiboot1(file, *offset, name).entry);
  return image;
}

}  // namespace

KernelImage sniff(std::span<const std::byte> file, std::string_view name) {
  if (file.empty()) {
    throw ConfigError(
        fmt::format("kernel \"{}\" is an empty file: give a bzImage, a vmlinux, or an ELF kernel "
                    "with a PVH note "
                    "or a multiboot header",
                    name));
  }
  if (is_bzimage(file)) return sniff_bzimage(file, name);
  if (is_elf(file)) return sniff_elf(file, name);
  // Disks come before flat multiboot files: GRUB's core image in a disk's first sectors is one.
  refuse_foreign_file(file, name);
  if (auto image = sniff_flat_multiboot(file, name)) return *std::move(image);
  refuse_unknown_file(file, name);
}

}  // namespace minivmm::boot
