#pragma once
// What kind of kernel a file is, and all that is wrong with it, before a machine is built.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace minivmm::boot {

enum class KernelKind {
  kBzImage,     ///< Linux's boot protocol 2.06 or newer: 64-bit entry, else the 32-bit one.
  kElf64,       ///< vmlinux, entered in long mode with a zero page.
  kPvh,         ///< An ELF with Xen's PHYS32_ENTRY note.
  kMultiboot1,  ///< ELF32, ELF64 or a file with the address fields ("a.out kludge").
  kMultiboot2,  ///< ELF32, ELF64 or a file with an address tag.
};

struct KernelImage {
  KernelKind kind = KernelKind::kBzImage;
  std::string name{};         ///< The file's, for messages.
  std::string description{};  ///< "Linux 6.1.0 bzImage (boot protocol 2.15, 64-bit entry)".
  /// The whole file; belongs to whoever called sniff() and must outlive the image.
  std::span<const std::byte> file{};
  std::uint32_t header_offset = 0;  ///< Multiboot: of the header in the file, in bytes.
  std::uint32_t pvh_entry = 0;      ///< kPvh: the guest-physical address of the entry.
};

/// Finds out what file is. name is only for messages. Pure; threads: any.
/// Errors: ConfigError, one line, for whatever can't be booted directly: an empty file, a text, a
/// truncated or compressed kernel, another machine's, a disk image, ...
/// Sources: Linux Documentation/arch/x86/boot.rst, ELF gABI, Xen docs/misc/pvh.pandoc, Multiboot
/// Specification 0.6.96, Multiboot2 Specification 2.0.
[[nodiscard]] KernelImage sniff(std::span<const std::byte> file, std::string_view name);

}  // namespace minivmm::boot
