#include "boot/multiboot1.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "boot/elf.h"
#include "boot/multiboot_common.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint32_t kHeaderMagic = 0x1bad'b002;
constexpr std::uint32_t kLoaderMagic = 0x2bad'b002;
constexpr std::uint64_t kSearchedBytes = 8192;  // 3.1: the header lies wholly in these.

// 3.1.2: bits 0 to 15 are requirements, 16 to 31 may be ignored.
constexpr std::uint32_t kAlignModules = 1u << 0;
constexpr std::uint32_t kWantMemory = 1u << 1;
constexpr std::uint32_t kWantVideo = 1u << 2;
constexpr std::uint32_t kHasAddresses = 1u << 16;
constexpr std::uint32_t kRequirements = 0xffff;
constexpr std::uint32_t kUnderstood = kAlignModules | kWantMemory | kWantVideo;

constexpr std::uint32_t kGraphicsMode = 0;  // 3.1.4: mode_type, 0 graphics, 1 EGA text.

// 3.1.1; what follows the checksum is there only when its flag is set.
struct Header {
  std::uint32_t magic;
  std::uint32_t flags;
  std::uint32_t checksum;
};
struct HeaderAddresses {  // Directly after Header.
  std::uint32_t header_addr;
  std::uint32_t load_addr;
  std::uint32_t load_end_addr;
  std::uint32_t bss_end_addr;
  std::uint32_t entry_addr;
};
constexpr std::uint64_t kModeTypeOffset = sizeof(Header) + sizeof(HeaderAddresses);
static_assert(kModeTypeOffset == 32);

// 3.3: the information's flags.
constexpr std::uint32_t kInfoMemory = 1u << 0;
constexpr std::uint32_t kInfoCmdline = 1u << 2;
constexpr std::uint32_t kInfoModules = 1u << 3;
constexpr std::uint32_t kInfoSections = 1u << 5;
constexpr std::uint32_t kInfoMemoryMap = 1u << 6;
constexpr std::uint32_t kInfoLoaderName = 1u << 9;
constexpr std::uint32_t kInfoFramebuffer = 1u << 12;

constexpr std::uint8_t kFramebufferRgb = 1;
constexpr std::uint8_t kFramebufferText = 2;

struct [[gnu::packed]] Information {
  std::uint32_t flags;
  std::uint32_t mem_lower;
  std::uint32_t mem_upper;
  std::uint32_t boot_device;
  std::uint32_t cmdline;
  std::uint32_t mods_count;
  std::uint32_t mods_addr;
  std::uint32_t elf_num;
  std::uint32_t elf_size;
  std::uint32_t elf_addr;
  std::uint32_t elf_shndx;
  std::uint32_t mmap_length;
  std::uint32_t mmap_addr;
  std::uint32_t drives_length;
  std::uint32_t drives_addr;
  std::uint32_t config_table;
  std::uint32_t boot_loader_name;
  std::uint32_t apm_table;
  std::uint32_t vbe_control_info;
  std::uint32_t vbe_mode_info;
  std::uint16_t vbe_mode;
  std::uint16_t vbe_interface_seg;
  std::uint16_t vbe_interface_off;
  std::uint16_t vbe_interface_len;
  std::uint64_t framebuffer_addr;
  std::uint32_t framebuffer_pitch;
  std::uint32_t framebuffer_width;
  std::uint32_t framebuffer_height;
  std::uint8_t framebuffer_bpp;
  std::uint8_t framebuffer_type;
  std::uint8_t color_info[6];
};
static_assert(sizeof(Information) == 116);

struct ModuleEntry {
  std::uint32_t mod_start;
  std::uint32_t mod_end;
  std::uint32_t string;
  std::uint32_t reserved;
};

struct [[gnu::packed]] MapEntry {
  std::uint32_t size;  // Of the rest.
  std::uint64_t base_addr;
  std::uint64_t length;
  std::uint32_t type;
};
static_assert(sizeof(MapEntry) == 24);

std::uint32_t pointer(GuestAddress address) {
  return static_cast<std::uint32_t>(address.value);
}

std::uint32_t put_string(BootMemory& memory, const std::string& text, std::string_view what) {
  std::vector<std::byte> bytes;
  append_string(bytes, text);
  return pointer(memory.put_low(bytes, 1, what));
}

void add_memory(BootMemory& memory, const MemoryMap& map, Information& info) {
  const BasicMemory basic = basic_memory(map);
  std::vector<std::byte> bytes;
  for (const MemoryMapEntry& entry : map.entries) {
    append_value(bytes, MapEntry{sizeof(MapEntry) - sizeof(MapEntry::size), entry.range.start.value,
                                 entry.range.size, static_cast<std::uint32_t>(entry.type)});
  }
  info.flags |= kInfoMemory | kInfoMemoryMap;
  info.mem_lower = basic.lower_kib;
  info.mem_upper = basic.upper_kib;
  info.mmap_length = static_cast<std::uint32_t>(bytes.size());
  info.mmap_addr = pointer(memory.put_low(bytes, 8, "memory map"));
}

void add_modules(BootMemory& memory, const BootParameters& parameters, GuestAddress above,
                 Information& info) {
  std::vector<std::byte> bytes;
  const std::vector<PlacedModule> modules = place_modules(memory, parameters, above);
  for (const PlacedModule& module : modules) {
    append_value(bytes,
                 ModuleEntry{module.start, module.end,
                             put_string(memory, module.cmdline, "module's command line"), 0});
  }
  info.flags |= kInfoModules;
  info.mods_count = static_cast<std::uint32_t>(modules.size());
  if (!bytes.empty()) info.mods_addr = pointer(memory.put_low(bytes, 4, "list of modules"));
}

void add_sections(BootMemory& memory, Bytes file, GuestAddress above, std::string_view name,
                  Information& info) {
  const auto sections = place_sections(memory, file, parse_elf(file, name), above, 0);
  if (!sections) return;
  info.flags |= kInfoSections;
  info.elf_num = sections->count;
  info.elf_size = sections->entry_size;
  info.elf_shndx = sections->strings_index;
  info.elf_addr = pointer(memory.put_low(sections->headers, 8, "section headers"));
}

void add_framebuffer(const BootParameters& parameters, Information& info) {
  if (const auto& framebuffer = parameters.framebuffer) {
    info.flags |= kInfoFramebuffer;
    info.framebuffer_addr = framebuffer->address.value;
    info.framebuffer_pitch = framebuffer->pitch;
    info.framebuffer_width = framebuffer->width;
    info.framebuffer_height = framebuffer->height;
    info.framebuffer_bpp = framebuffer->bits_per_pixel;
    info.framebuffer_type = kFramebufferRgb;
    const std::array<std::uint8_t, 6> colors = color_info(*framebuffer);
    std::copy(colors.begin(), colors.end(), info.color_info);
  } else if (parameters.vga_text) {
    info.flags |= kInfoFramebuffer;
    info.framebuffer_addr = kVgaText.value;
    info.framebuffer_pitch = 160;  // 80 characters of 2 bytes.
    info.framebuffer_width = 80;
    info.framebuffer_height = 25;
    info.framebuffer_bpp = 16;
    info.framebuffer_type = kFramebufferText;
  }
}

// A kernel that asks for text mode runs without a screen too; one that asks for graphics may not.
void check_video(const KernelImage& image, const BootParameters& parameters) {
  const auto header = read_at<Header>(image.file, image.header_offset);
  if (!header || (header->flags & kWantVideo) == 0 || parameters.framebuffer) return;
  const auto mode = read_at<std::uint32_t>(image.file, image.header_offset + kModeTypeOffset);
  if (mode == kGraphicsMode) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" requires a graphics mode (multiboot header flag 2), and this machine has no "
        "screen: give it one with --vga on",
        image.name));
  }
}

}  // namespace

std::optional<std::uint32_t> find_multiboot1(Bytes file) {
  const Bytes searched = file.first(std::min<std::uint64_t>(file.size(), kSearchedBytes));
  for (std::uint32_t offset = 0; offset < searched.size(); offset += 4) {
    const auto header = read_at<Header>(searched, offset);
    if (!header) return std::nullopt;
    if (header->magic == kHeaderMagic && header->magic + header->flags + header->checksum == 0) {
      return offset;
    }
  }
  return std::nullopt;
}

bool has_multiboot1_addresses(Bytes file, std::uint32_t header_offset) {
  const auto header = read_at<Header>(file, header_offset);
  return header && (header->flags & kHasAddresses) != 0;
}

LoadPlan plan_multiboot1(Bytes file, std::uint32_t header_offset, std::string_view name) {
  const auto header = read_at<Header>(file, header_offset);
  const std::uint32_t unknown = header ? header->flags & kRequirements & ~kUnderstood : 0;
  if (unknown != 0) {
    throw ConfigError(
        fmt::format("kernel \"{}\" requires features that no multiboot loader knows (header flags "
                    "{:#x}): build "
                    "it for Multiboot 0.6.96",
                    name, unknown));
  }
  if (has_multiboot1_addresses(file, header_offset)) {
    const auto addresses = read_at<HeaderAddresses>(file, header_offset + sizeof(Header));
    if (!addresses) {
      throw ConfigError(fmt::format(
          "kernel \"{}\" is truncated: it ends inside of its multiboot header; copy or build it "
          "again",
          name));
    }
    return plan_from_fields({addresses->header_addr, addresses->load_addr, addresses->load_end_addr,
                             addresses->bss_end_addr, addresses->entry_addr},
                            header_offset, file, name);
  }
  LoadPlan plan = parse_elf(file, name).plan;
  check_plan(plan, file, name);
  return plan;
}

CpuEntry load_multiboot1(const GuestMemory& memory, const KernelImage& image,
                         const BootParameters& parameters) {
  check_video(image, parameters);
  BootMemory boot(memory, parameters.memory_map);
  const LoadPlan plan = plan_multiboot1(image.file, image.header_offset, image.name);
  load_segments(boot, plan, image.file, 0, image.name);
  const GuestAddress above{plan.end()};

  Information info{};
  add_modules(boot, parameters, above, info);
  if (is_elf(image.file)) add_sections(boot, image.file, above, image.name, info);
  add_memory(boot, parameters.memory_map, info);
  add_framebuffer(parameters, info);
  info.flags |= kInfoCmdline | kInfoLoaderName;
  info.cmdline = put_string(boot, parameters.cmdline, "command line");
  info.boot_loader_name = put_string(boot, kBootLoaderName, "boot loader's name");
  const GuestAddress at = boot.put_low(bytes_of(info), 8, "multiboot information");
  return multiboot_entry(boot, plan.entry, kLoaderMagic, at);
}

}  // namespace minivmm::boot
