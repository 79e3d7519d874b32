#include "boot/foreign_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::uint64_t offset;
  std::string_view bytes;
  std::string_view what;
  std::string_view remedy;
};

constexpr std::string_view kUncompress = "uncompress it first";
constexpr std::string_view kGiveAsDisk = "it needs firmware to boot; give it as --disk";
constexpr std::string_view kConvert = "convert it to a raw image and give that as --disk";

// Sources: RFC 1952, RFC 8878, the xz, bzip2, lz4 and lzop formats; ECMA-119 8.1; the headers of
// QEMU's and VirtualBox's images; Linux Documentation/arch/arm64/booting.rst; the PE format.
constexpr std::array<Magic, 14> kMagics{{
    {0, "\x1f\x8b"sv, "a gzip-compressed file", kUncompress},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "an xz-compressed file", kUncompress},
    {0, "\x28\xb5\x2f\xfd"sv, "a zstd-compressed file", kUncompress},
    {0, "BZh"sv, "a bzip2-compressed file", kUncompress},
    {0, "\x02\x21\x4c\x18"sv, "an lz4-compressed file", kUncompress},
    {0, "\x04\x22\x4d\x18"sv, "an lz4-compressed file", kUncompress},
    {0, "\x89LZO"sv, "an lzop-compressed file", kUncompress},
    {0, "PK\x03\x04"sv, "a zip archive", kUncompress},
    {0x8001, "CD001"sv, "an ISO image", kGiveAsDisk},
    {0, "QFI\xfb"sv, "a qcow2 disk image", kConvert},
    {0, "KDMV"sv, "a VMDK disk image", kConvert},
    {0x40, "\x7f\x10\xda\xbe"sv, "a VDI disk image", kConvert},
    {0x38, "ARM\x64"sv, "a Linux kernel for 64-bit ARM", "take the one for x86"},
    {0, "MZ"sv, "an EFI or Windows program", "it needs firmware to run; give its disk as --disk"},
}};

bool has_magic(Bytes file, const Magic& magic) {
  const auto part = slice(file, magic.offset, magic.bytes.size());
  const Bytes wanted = bytes_of(magic.bytes);
  return part && std::equal(part->begin(), part->end(), wanted.begin());
}

// The signature at the end of a first sector, in a file of whole sectors.
bool is_boot_disk(Bytes file) {
  return file.size() % 512 == 0 && read_at<std::uint16_t>(file, 510) == 0xaa55;
}

bool is_text(Bytes file) {
  constexpr std::size_t kLooked = 4096;
  const Bytes head = file.first(std::min(file.size(), kLooked));
  return std::all_of(head.begin(), head.end(), [](std::byte byte) {
    const auto c = std::to_integer<unsigned>(byte);
    return (c >= ' ' && c != 0x7f) || (c >= '\t' && c <= '\r') || c == 0x1b;
  });
}

[[noreturn]] void refuse(std::string_view name, std::string_view what, std::string_view remedy) {
  throw ConfigError(fmt::format("\"{}\" is {}, not a kernel: {}", name, what, remedy));
}

}  // namespace

void refuse_foreign_file(Bytes file, std::string_view name) {
  for (const Magic& magic : kMagics) {
    if (has_magic(file, magic)) refuse(name, magic.what, magic.remedy);
  }
  if (is_boot_disk(file)) refuse(name, "a disk image with a boot sector", kGiveAsDisk);
}

void refuse_unknown_file(Bytes file, std::string_view name) {
  constexpr std::string_view kGiveKernel =
      "give a bzImage, a vmlinux, or an ELF kernel with a PVH note or a multiboot header";
  if (is_text(file)) refuse(name, "a text file", kGiveKernel);
  throw ConfigError(fmt::format("\"{}\" is no kernel that minivmm knows: {}", name, kGiveKernel));
}

}  // namespace minivmm::boot
