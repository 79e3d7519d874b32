#include "boot/multiboot_common.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "boot/gdt.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

// Modules and sections go between the kernel and 4 GiB: multiboot's pointers have 32 bits.
GuestRange above_kernel(GuestAddress above) {
  const std::uint64_t start = std::max(above.value, kOneMiB.value);
  return {{start}, start < kFourGiB.value ? kFourGiB.value - start : 0};
}

PlacedModule place_module(BootMemory& memory, Bytes bytes, const std::string& cmdline,
                          GuestAddress above) {
  const auto address = memory.lowest(bytes.size(), kPageSize, above_kernel(above));
  if (!address) {
    const std::uint64_t end = std::max(memory.usable_end(kFourGiB).value, above.value);
    throw ConfigError(fmt::format(
        "no room for the module \"{}\" ({}) in the guest's memory: give it at least {}", cmdline,
        human_size(bytes.size()), memory_option(end + align_up(bytes.size(), kPageSize))));
  }
  memory.put({*address, bytes.size()}, bytes);
  const auto start = static_cast<std::uint32_t>(address->value);
  return {start, static_cast<std::uint32_t>(start + bytes.size()), cmdline};
}

}  // namespace

LoadPlan plan_from_fields(const AddressFields& fields, std::uint32_t header_offset, Bytes file,
                          std::string_view name) {
  const auto refuse = [name](const char* why) {
    return ConfigError(fmt::format(
        "kernel \"{}\" has wrong load addresses in its multiboot header ({}): check its linker "
        "script",
        name, why));
  };
  if (fields.header < fields.load) throw refuse("the header is below the load address");
  const std::uint32_t before_header = fields.header - fields.load;
  if (before_header > header_offset) throw refuse("the load address is before the file's start");

  Segment segment;
  segment.file_offset = header_offset - before_header;
  segment.address = fields.load;
  segment.file_size = file.size() - segment.file_offset;
  if (fields.load_end != 0) {
    if (fields.load_end <= fields.load) throw refuse("the load end is below the load address");
    segment.file_size = fields.load_end - fields.load;
  }
  segment.memory_size = segment.file_size;
  if (fields.bss_end != 0) {
    if (fields.bss_end < fields.load || fields.bss_end - fields.load < segment.file_size) {
      throw refuse("the bss ends before the loaded part");
    }
    segment.memory_size = fields.bss_end - fields.load;
  }
  LoadPlan plan{{segment}, fields.entry};
  check_plan(plan, file, name);
  return plan;
}

std::vector<PlacedModule> place_modules(BootMemory& memory, const BootParameters& parameters,
                                        GuestAddress above) {
  std::vector<PlacedModule> placed;
  if (!parameters.initrd.empty()) {
    placed.push_back(place_module(memory, parameters.initrd, "initrd", above));
  }
  for (const Module& module : parameters.modules) {
    placed.push_back(place_module(memory, module.bytes, module.cmdline, above));
  }
  return placed;
}

std::optional<PlacedSections> place_sections(BootMemory& memory, Bytes file, const ElfFile& elf,
                                             GuestAddress above, std::uint64_t delta) {
  const ElfSectionTable& table = elf.sections;
  if (table.count == 0) return std::nullopt;
  const auto headers = slice(file, table.offset, std::uint64_t{table.count} * table.entry_size);
  PlacedSections placed{
      table.count, table.entry_size, table.strings_index, {headers->begin(), headers->end()}};

  const SectionAddressField field = section_address_field(elf);
  for (std::uint32_t i = 0; i < table.count; ++i) {
    const auto section = read_section(file, elf, i);
    std::uint64_t address = section->address + (section->address != 0 ? delta : 0);
    if (address == 0 && section->type != kElfSectionNoBits && section->size != 0) {
      const auto bytes = slice(file, section->offset, section->size);
      const auto place =
          bytes ? memory.lowest(bytes->size(), kPageSize, above_kernel(above)) : std::nullopt;
      if (!place) continue;
      memory.put({*place, bytes->size()}, *bytes);
      address = place->value;
    }
    std::byte* const at =
        placed.headers.data() + std::uint64_t{i} * table.entry_size + field.offset;
    std::memcpy(at, &address, field.size);
  }
  return placed;
}

BasicMemory basic_memory(const MemoryMap& map) {
  constexpr std::uint64_t kKiB = 1024;
  BasicMemory basic;
  for (const MemoryMapEntry& entry : map.entries) {
    if (entry.type != MemoryType::kUsable) continue;
    const std::uint64_t kib =
        std::min<std::uint64_t>(entry.range.size / kKiB, std::numeric_limits<std::uint32_t>::max());
    if (entry.range.start == GuestAddress{0}) basic.lower_kib = static_cast<std::uint32_t>(kib);
    if (entry.range.start == kOneMiB) basic.upper_kib = static_cast<std::uint32_t>(kib);
  }
  return basic;
}

std::array<std::uint8_t, 6> color_info(const Framebuffer& framebuffer) {
  const Framebuffer::Field& red = framebuffer.red;
  const Framebuffer::Field& green = framebuffer.green;
  const Framebuffer::Field& blue = framebuffer.blue;
  return {red.position, red.size, green.position, green.size, blue.position, blue.size};
}

CpuEntry multiboot_entry(BootMemory& memory, std::uint64_t entry, std::uint32_t magic,
                         GuestAddress information) {
  if (entry >= kFourGiB.value) {
    throw ConfigError(fmt::format(
        "the multiboot kernel's entry point {:#x} is above 4 GiB, where 32-bit mode can't go: link "
        "it lower",
        entry));
  }
  CpuEntry cpu;
  cpu.mode = CpuEntry::Mode::kProtected32;
  cpu.rip = entry;
  cpu.rax = magic;
  cpu.rbx = information.value;
  put_flat32_gdt(memory, cpu);
  return cpu;
}

}  // namespace minivmm::boot
