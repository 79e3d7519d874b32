// The kernel's half of Multiboot2: its header (specification, 3.1).

#include <fmt/core.h>

#include <algorithm>

#include "boot/elf.h"
#include "boot/multiboot2.h"
#include "boot/multiboot2_tags.h"
#include "boot/multiboot_common.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint32_t kHeaderMagic = 0xe852'50d6;
constexpr std::uint64_t kSearchedBytes = 32768;  // 3.1: the header lies wholly in these.
constexpr std::uint32_t kArchitectureI386 = 0;
constexpr std::uint64_t kTagAlignment = 8;
constexpr std::uint32_t kLoadFromFileStart = 0xffff'ffff;  // 3.1.5, load_addr -1.

// 3.1.3 and on: the header's tags.
enum HeaderTag : std::uint16_t {
  kEnd = 0,
  kInformationRequest = 1,
  kAddress = 2,
  kEntryAddress = 3,
  kConsoleFlags = 4,
  kFramebuffer = 5,
  kModuleAlignment = 6,  // Ours are page-aligned anyway.
  kEfiBootServices = 7,  // 7 to 9 speak to EFI loaders only.
  kEntryEfi32 = 8,
  kEntryEfi64 = 9,
  kRelocatable = 10,
};

struct Header {
  std::uint32_t magic;
  std::uint32_t architecture;
  std::uint32_t header_length;
  std::uint32_t checksum;
};
struct TagHeader {
  std::uint16_t type;
  std::uint16_t flags;
  std::uint32_t size;
};
constexpr std::uint16_t kTagOptional = 1;  // 3.1.3, flags bit 0.

struct AddressTag {
  std::uint32_t header_addr;
  std::uint32_t load_addr;
  std::uint32_t load_end_addr;
  std::uint32_t bss_end_addr;
};
struct RelocatableTag {
  std::uint32_t min_addr;
  std::uint32_t max_addr;
  std::uint32_t align;
  std::uint32_t preference;
};
constexpr std::uint32_t kConsoleRequired = 1u << 0;  // 3.1.9
constexpr std::uint32_t kEgaTextSupported = 1u << 1;

/// The tags' contents while they are read.
struct Reading {
  std::string_view name;
  Multiboot2Header header{};
  std::optional<AddressTag> addresses{};
  std::optional<std::uint32_t> entry{};
};

ConfigError truncated_tag(std::string_view name, std::uint16_t type) {
  return ConfigError(fmt::format(
      "kernel \"{}\" is damaged: tag {} of its multiboot2 header is too short; build or copy it "
      "again",
      name, type));
}

template <typename T>
T tag_body(Bytes body, std::uint16_t type, std::string_view name) {
  const auto value = read_at<T>(body, 0);
  if (!value) throw truncated_tag(name, type);
  return *value;
}

// 3.1.4: the kernel can't do without each of the information tags that it lists.
void check_request(Bytes body, std::string_view name) {
  for (std::uint64_t at = 0; const auto type = read_at<std::uint32_t>(body, at); at += 4) {
    switch (*type) {
      case mb2::kCmdline:
      case mb2::kLoaderName:
      case mb2::kModule:
      case mb2::kBasicMemory:
      case mb2::kMemoryMap:
      case mb2::kFramebuffer:
      case mb2::kElfSections:
      case mb2::kAcpiOld:
      case mb2::kAcpiNew:
      case mb2::kLoadBase:
        break;
      default:
        throw ConfigError(fmt::format(
            "kernel \"{}\" requires the multiboot2 information tag {}, which this machine doesn't "
            "have: make the request optional in its header, or boot it by firmware",
            name, *type));
    }
  }
}

void read_tag(Reading& reading, const TagHeader& tag, Bytes body) {
  const bool optional = (tag.flags & kTagOptional) != 0;
  Multiboot2Header& header = reading.header;
  switch (tag.type) {
    case kInformationRequest:
      if (!optional) check_request(body, reading.name);
      break;
    case kAddress:
      reading.addresses = tag_body<AddressTag>(body, tag.type, reading.name);
      break;
    case kEntryAddress:
      reading.entry = tag_body<std::uint32_t>(body, tag.type, reading.name);
      break;
    case kConsoleFlags: {
      const auto flags = tag_body<std::uint32_t>(body, tag.type, reading.name);
      header.requires_console = !optional && (flags & kConsoleRequired) != 0;
      header.has_text_console = (flags & kEgaTextSupported) != 0;
      break;
    }
    case kFramebuffer:
      header.requires_framebuffer = !optional;
      break;
    case kModuleAlignment:
    case kEfiBootServices:
    case kEntryEfi32:
    case kEntryEfi64:
      break;
    case kRelocatable: {
      const auto body_tag = tag_body<RelocatableTag>(body, tag.type, reading.name);
      header.relocation = {body_tag.min_addr, body_tag.max_addr, body_tag.align,
                           body_tag.preference};
      break;
    }
    default:
      if (!optional) {
        throw ConfigError(
            fmt::format("kernel \"{}\" requires the unknown multiboot2 header tag {}: mark it "
                        "optional, or boot "
                        "it by firmware",
                        reading.name, tag.type));
      }
  }
}

void read_tags(Reading& reading, Bytes tags) {
  std::uint64_t offset = 0;
  while (const auto tag = read_at<TagHeader>(tags, offset)) {
    const auto whole = slice(tags, offset, tag->size);
    if (tag->size < sizeof(TagHeader) || !whole) throw truncated_tag(reading.name, tag->type);
    if (tag->type == kEnd) return;
    read_tag(reading, *tag, whole->subspan(sizeof(TagHeader)));
    offset += align_up(tag->size, kTagAlignment);
  }
}

LoadPlan make_plan(const Reading& reading, Bytes file, std::uint32_t header_offset) {
  if (reading.addresses) {
    if (!reading.entry) {
      throw ConfigError(fmt::format(
          "kernel \"{}\" has a multiboot2 address tag without an entry address tag: add one",
          reading.name));
    }
    const AddressTag& addresses = *reading.addresses;
    const std::uint32_t load = addresses.load_addr == kLoadFromFileStart
                                   ? addresses.header_addr - header_offset
                                   : addresses.load_addr;
    return plan_from_fields({addresses.header_addr, load, addresses.load_end_addr,
                             addresses.bss_end_addr, *reading.entry},
                            header_offset, file, reading.name);
  }
  LoadPlan plan = parse_elf(file, reading.name).plan;
  if (reading.entry) plan.entry = *reading.entry;
  check_plan(plan, file, reading.name);
  return plan;
}

}  // namespace

std::optional<std::uint32_t> find_multiboot2(Bytes file) {
  const Bytes searched = file.first(std::min<std::uint64_t>(file.size(), kSearchedBytes));
  for (std::uint32_t offset = 0; offset < searched.size(); offset += 8) {
    const auto header = read_at<Header>(searched, offset);
    if (!header) return std::nullopt;
    if (header->magic == kHeaderMagic && header->architecture == kArchitectureI386 &&
        header->magic + header->architecture + header->header_length + header->checksum == 0) {
      return offset;
    }
  }
  return std::nullopt;
}

Multiboot2Header parse_multiboot2(Bytes file, std::uint32_t header_offset, std::string_view name) {
  const auto header = read_at<Header>(file, header_offset);
  const auto whole = header ? slice(file, header_offset, header->header_length) : std::nullopt;
  if (!whole || whole->size() < sizeof(Header)) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is truncated: its multiboot2 header ends beyond the file; copy or build it "
        "again",
        name));
  }
  Reading reading{name};
  read_tags(reading, whole->subspan(sizeof(Header)));
  reading.header.has_addresses = reading.addresses.has_value();
  if (!reading.addresses && !is_elf(file)) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is no ELF file and its multiboot2 header has no address tag: add one",
        name));
  }
  reading.header.plan = make_plan(reading, file, header_offset);
  return reading.header;
}

}  // namespace minivmm::boot
