#include "boot/pvh.h"

#include <fmt/core.h>

#include "boot/elf.h"
#include "boot/gdt.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint32_t kStartMagic = 0x336e'c578;
constexpr std::uint32_t kStartVersion = 1;  // The version that has a memory map.

struct StartInfo {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t flags;
  std::uint32_t nr_modules;
  std::uint64_t modlist_paddr;
  std::uint64_t cmdline_paddr;
  std::uint64_t rsdp_paddr;
  std::uint64_t memmap_paddr;
  std::uint32_t memmap_entries;
  std::uint32_t reserved;
};
static_assert(sizeof(StartInfo) == 56);

struct ModlistEntry {
  std::uint64_t paddr;
  std::uint64_t size;
  std::uint64_t cmdline_paddr;
  std::uint64_t reserved;
};
static_assert(sizeof(ModlistEntry) == 32);

struct MemmapEntry {
  std::uint64_t addr;
  std::uint64_t size;
  std::uint32_t type;
  std::uint32_t reserved;
};
static_assert(sizeof(MemmapEntry) == 24);

std::uint64_t put_string(BootMemory& memory, const std::string& text, std::string_view what) {
  std::vector<std::byte> bytes;
  append_string(bytes, text);
  return memory.put_low(bytes, 1, what).value;
}

// Linux keeps the initrd where it lies, so high memory leaves the kernel the most room. It takes
// only 32 bits of its address.
ModlistEntry place_module(BootMemory& memory, const Module& module, const char* what) {
  const GuestRange below_4g{kOneMiB, kFourGiB.value - kOneMiB.value};
  const auto place = memory.highest(module.bytes.size(), kPageSize, below_4g);
  if (!place) {
    const std::uint64_t end = memory.usable_end(kFourGiB).value;
    throw ConfigError(
        fmt::format("no room for the {} ({}) in the guest's memory: give it at least {}", what,
                    human_size(module.bytes.size()),
                    memory_option(end + align_up(module.bytes.size(), kPageSize))));
  }
  memory.put({*place, module.bytes.size()}, module.bytes);
  const std::uint64_t cmdline =
      module.cmdline.empty() ? 0 : put_string(memory, module.cmdline, "module's command line");
  return {place->value, module.bytes.size(), cmdline, 0};
}

void add_modules(BootMemory& memory, const BootParameters& parameters, StartInfo& info) {
  std::vector<std::byte> list;
  if (!parameters.initrd.empty()) {
    append_value(list, place_module(memory, {parameters.initrd, {}}, "initrd"));
  }
  for (const Module& module : parameters.modules) {
    append_value(list, place_module(memory, module, "module"));
  }
  if (list.empty()) return;
  info.nr_modules = static_cast<std::uint32_t>(list.size() / sizeof(ModlistEntry));
  info.modlist_paddr = memory.put_low(list, 8, "list of modules").value;
}

void add_memory_map(BootMemory& memory, const MemoryMap& map, StartInfo& info) {
  std::vector<std::byte> bytes;
  for (const MemoryMapEntry& entry : map.entries) {
    append_value(bytes, MemmapEntry{entry.range.start.value, entry.range.size,
                                    static_cast<std::uint32_t>(entry.type), 0});
  }
  info.memmap_entries = static_cast<std::uint32_t>(map.entries.size());
  info.memmap_paddr = memory.put_low(bytes, 8, "memory map").value;
}

}  // namespace

LoadPlan plan_pvh(Bytes file, std::string_view name) {
  const ElfFile elf = parse_elf(file, name);
  if (!elf.pvh_entry) {
    throw ConfigError(fmt::format("kernel \"{}\" has no PVH note: link it with one", name));
  }
  LoadPlan plan = elf.plan;
  plan.entry = *elf.pvh_entry;
  check_plan(plan, file, name);
  return plan;
}

CpuEntry load_pvh(const GuestMemory& memory, const KernelImage& image,
                  const BootParameters& parameters) {
  const LoadPlan plan = plan_pvh(image.file, image.name);
  BootMemory boot(memory, parameters.memory_map);
  load_segments(boot, plan, image.file, 0, image.name);

  StartInfo info{};
  info.magic = kStartMagic;
  info.version = kStartVersion;
  info.rsdp_paddr = parameters.rsdp.value;
  info.cmdline_paddr = put_string(boot, parameters.cmdline, "command line");
  add_modules(boot, parameters, info);
  add_memory_map(boot, parameters.memory_map, info);

  CpuEntry entry;
  entry.mode = CpuEntry::Mode::kProtected32;
  entry.rip = plan.entry;
  entry.rbx = boot.put_low(bytes_of(info), 8, "PVH start information").value;
  put_flat32_gdt(boot, entry);
  return entry;
}

}  // namespace minivmm::boot
