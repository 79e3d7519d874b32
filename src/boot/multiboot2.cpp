// The loader's half of Multiboot2: placing the kernel, and the information (specification, 3.6).

#include "boot/multiboot2.h"

#include <fmt/core.h>

#include <algorithm>

#include "boot/multiboot2_tags.h"
#include "boot/multiboot_common.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint32_t kLoaderMagic = 0x36d7'6289;

/// The information structure while it grows.
class Information {
 public:
  Information() { append_value(bytes_, mb2::InformationHeader{}); }

  void add(mb2::InformationTag type, Bytes body) {
    append_value(bytes_, mb2::TagHeader{type, static_cast<std::uint32_t>(sizeof(mb2::TagHeader) +
                                                                         body.size())});
    append(bytes_, body);
    bytes_.resize(align_up(bytes_.size(), mb2::kTagAlignment));
  }

  void add_string(mb2::InformationTag type, std::string_view text) {
    std::vector<std::byte> body;
    append_string(body, text);
    add(type, body);
  }

  [[nodiscard]] std::vector<std::byte> finish() {
    add(mb2::kEnd, {});
    const mb2::InformationHeader header{static_cast<std::uint32_t>(bytes_.size()), 0};
    std::memcpy(bytes_.data(), &header, sizeof(header));
    return bytes_;
  }

 private:
  std::vector<std::byte> bytes_;
};

void add_memory(const MemoryMap& map, Information& info) {
  const BasicMemory basic = basic_memory(map);
  info.add(mb2::kBasicMemory, bytes_of(mb2::BasicMemoryBody{basic.lower_kib, basic.upper_kib}));
  std::vector<std::byte> body;
  append_value(body, mb2::MemoryMapBody{sizeof(mb2::MemoryMapEntry), 0});
  for (const MemoryMapEntry& entry : map.entries) {
    append_value(body, mb2::MemoryMapEntry{entry.range.start.value, entry.range.size,
                                           static_cast<std::uint32_t>(entry.type), 0});
  }
  info.add(mb2::kMemoryMap, body);
}

void add_modules(const std::vector<PlacedModule>& modules, Information& info) {
  for (const PlacedModule& module : modules) {
    std::vector<std::byte> body;
    append_value(body, mb2::ModuleBody{module.start, module.end});
    append_string(body, module.cmdline);
    info.add(mb2::kModule, body);
  }
}

void add_sections(const PlacedSections& sections, Information& info) {
  std::vector<std::byte> body;
  append_value(body,
               mb2::ElfSectionsBody{sections.count, sections.entry_size, sections.strings_index});
  append(body, sections.headers);
  info.add(mb2::kElfSections, body);
}

void add_framebuffer(const BootParameters& parameters, Information& info) {
  std::vector<std::byte> body;
  if (const auto& framebuffer = parameters.framebuffer) {
    append_value(body, mb2::FramebufferBody{framebuffer->address.value, framebuffer->pitch,
                                            framebuffer->width, framebuffer->height,
                                            framebuffer->bits_per_pixel, mb2::kFramebufferRgb, 0});
    append_value(body, color_info(*framebuffer));
  } else if (parameters.vga_text) {
    constexpr std::uint32_t kColumns = 80;
    constexpr std::uint32_t kRows = 25;
    append_value(body, mb2::FramebufferBody{kVgaText.value, 2 * kColumns, kColumns, kRows, 16,
                                            mb2::kFramebufferText, 0});
  } else {
    return;
  }
  info.add(mb2::kFramebuffer, body);
}

// 3.6.11 and 12: copies of the RSDP, of 20 bytes for ACPI 1.0 and of 36 for later ones.
void add_rsdp(const GuestMemory& memory, GuestAddress rsdp, Information& info) {
  struct Rsdp {
    std::array<std::byte, 36> bytes;
  };
  constexpr std::size_t kOldSize = 20;
  if (rsdp == GuestAddress{0}) return;
  const auto copy = memory.read<Rsdp>(rsdp);
  if (!copy) return;
  const Bytes bytes(copy->bytes);
  info.add(mb2::kAcpiOld, bytes.first(kOldSize));
  info.add(mb2::kAcpiNew, bytes);
}

void check_screen(const Multiboot2Header& header, const KernelImage& image,
                  const BootParameters& parameters) {
  if (parameters.framebuffer) return;
  const bool has_console = parameters.vga_text && header.has_text_console;
  if (header.requires_framebuffer || (header.requires_console && !has_console)) {
    throw ConfigError(
        fmt::format("kernel \"{}\" requires a {} by its multiboot2 header, and this machine has "
                    "none: mark that "
                    "tag optional",
                    image.name, header.requires_framebuffer ? "framebuffer" : "screen"));
  }
}

// 3.1.12: what to add to every address. A kernel that states no preference stays where it is linked
// as long as that is inside of its limits and free.
std::uint64_t choose_delta(const BootMemory& memory, const Multiboot2Header& header,
                           const KernelImage& image) {
  if (!header.relocation) return 0;
  const Multiboot2Header::Relocation& wish = *header.relocation;
  const std::uint64_t lowest = header.plan.lowest();
  const std::uint64_t size = header.plan.end() - lowest;
  const std::uint64_t alignment = std::max<std::uint64_t>(wish.alignment, 1);
  const bool sane = wish.lowest <= wish.highest && (alignment & (alignment - 1)) == 0;
  const GuestRange limits{{wish.lowest}, sane ? std::uint64_t{wish.highest} - wish.lowest + 1 : 0};
  constexpr std::uint32_t kNoPreference = 0;
  constexpr std::uint32_t kHighest = 2;
  if (wish.preference == kNoPreference && limits.contains({lowest}, size) &&
      memory.is_free({{lowest}, size})) {
    return 0;
  }
  const auto place = wish.preference == kHighest ? memory.highest(size, alignment, limits)
                                                 : memory.lowest(size, alignment, limits);
  if (!place) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" ({} in memory) fits nowhere between {:#x} and {:#x}, where its relocatable "
        "tag wants to be: give the guest more memory (--mem)",
        image.name, human_size(size), wish.lowest, wish.highest));
  }
  return place->value - lowest;
}

}  // namespace

CpuEntry load_multiboot2(const GuestMemory& memory, const KernelImage& image,
                         const BootParameters& parameters) {
  const Multiboot2Header header = parse_multiboot2(image.file, image.header_offset, image.name);
  check_screen(header, image, parameters);
  BootMemory boot(memory, parameters.memory_map);
  const std::uint64_t delta = choose_delta(boot, header, image);
  load_segments(boot, header.plan, image.file, delta, image.name);
  const GuestAddress above{header.plan.end() + delta};

  Information info;
  info.add_string(mb2::kCmdline, parameters.cmdline);
  info.add_string(mb2::kLoaderName, kBootLoaderName);
  add_memory(parameters.memory_map, info);
  add_modules(place_modules(boot, parameters, above), info);
  if (is_elf(image.file)) {
    const ElfFile elf = parse_elf(image.file, image.name);
    if (const auto sections = place_sections(boot, image.file, elf, above, delta)) {
      add_sections(*sections, info);
    }
  }
  add_framebuffer(parameters, info);
  add_rsdp(memory, parameters.rsdp, info);
  if (header.relocation) {
    info.add(mb2::kLoadBase, bytes_of(static_cast<std::uint32_t>(header.plan.lowest() + delta)));
  }
  const GuestAddress at = boot.put_low(info.finish(), mb2::kTagAlignment, "multiboot2 information");
  return multiboot_entry(boot, header.plan.entry + delta, kLoaderMagic, at);
}

}  // namespace minivmm::boot
