#include "boot/linux_header.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "boot/boot_memory.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kParagraph = 16;

ConfigError truncated(std::string_view name, std::uint64_t needs, std::uint64_t has) {
  return ConfigError(fmt::format(
      "kernel \"{}\" is truncated: its header tells of {} but the file has {}; copy it again", name,
      human_size(needs), human_size(has)));
}

// The header ends where the jump at 0x200 goes to; what an older one lacks stays 0.
SetupHeader read_header(Bytes file) {
  const auto distance = read_at<std::uint8_t>(file, 0x201);
  const std::uint64_t end = 0x202 + std::uint64_t{distance.value_or(0)};
  const std::uint64_t size = std::min<std::uint64_t>(end - kSetupHeaderOffset, sizeof(SetupHeader));
  SetupHeader header{};
  if (const auto bytes = slice(file, kSetupHeaderOffset, size)) {
    std::memcpy(&header, bytes->data(), bytes->size());
  }
  return header;
}

void check_protocol(const SetupHeader& header, std::string_view name) {
  if (header.version < kVersionCmdlineSize) {
    throw ConfigError(
        fmt::format("kernel \"{}\" has Linux boot protocol {}.{:02}, and at least 2.06 is needed: "
                    "take a kernel newer than 2.6.22, or boot it by firmware (--disk)",
                    name, header.version >> 8, header.version & 0xff));
  }
  if ((header.loadflags & kLoadedHigh) == 0) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is a zImage that loads below 1 MiB: build it as a bzImage", name));
  }
}

std::string_view version_string(Bytes file, const SetupHeader& header) {
  constexpr std::uint64_t kLongest = 256;
  if (header.kernel_version == 0) return {};
  const std::uint64_t offset = std::uint64_t{header.kernel_version} + 0x200;
  if (offset >= file.size()) return {};
  const Bytes bytes = file.subspan(offset, std::min(kLongest, file.size() - offset));
  const auto end = std::find(bytes.begin(), bytes.end(), std::byte{0});
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              static_cast<std::size_t>(end - bytes.begin()));
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return printable ? text : std::string_view{};
}

}  // namespace

bool is_bzimage(Bytes file) {
  return read_at<std::uint16_t>(file, 0x1fe) == kBootFlag &&
         read_at<std::uint32_t>(file, 0x202) == kHdrS;
}

BzImage parse_bzimage(Bytes file, std::string_view name) {
  BzImage image;
  image.header = read_header(file);
  check_protocol(image.header, name);

  constexpr std::uint64_t kDefaultSetupSectors = 4;  // boot.rst: 0 means 4, for old kernels.
  const std::uint64_t sectors =
      image.header.setup_sects != 0 ? image.header.setup_sects : kDefaultSetupSectors;
  const std::uint64_t kernel_offset = (sectors + 1) * kSectorBytes;
  const std::uint64_t size = std::uint64_t{image.header.syssize} * kParagraph;
  // syssize is rounded up to whole paragraphs; the file need not be.
  if (size == 0 || kernel_offset >= file.size() ||
      file.size() - kernel_offset + (kParagraph - 1) < size) {
    throw truncated(name, kernel_offset + std::max(size, kParagraph), file.size());
  }
  image.kernel = file.subspan(kernel_offset, std::min(size, file.size() - kernel_offset));
  const std::uint64_t payload_end =
      std::uint64_t{image.header.payload_offset} + image.header.payload_length;
  if (image.header.version >= kVersionPayload && payload_end > image.kernel.size()) {
    throw truncated(name, kernel_offset + payload_end, file.size());
  }

  image.has_64_bit_entry =
      image.header.version >= kVersionXloadflags && (image.header.xloadflags & kXlfKernel64) != 0;
  image.version = version_string(file, image.header);
  // boot.rst: code32_start is 0x100000 in a bzImage. Some boot loaders look like one, and leave 0.
  if (!image.has_64_bit_entry && image.header.code32_start == 0) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" can only be entered in real mode: start it from a disk or CD (--disk)",
        name));
  }
  return image;
}

}  // namespace minivmm::boot
