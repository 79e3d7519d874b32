#include "boot/zero_page.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "boot/gdt.h"
#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

using ZeroPage = std::array<std::byte, kPageSize>;

// zero-page.rst: offsets in struct boot_params.
constexpr std::size_t kScreenInfo = 0x000;
constexpr std::size_t kAcpiRsdpAddr = 0x070;
constexpr std::size_t kExtRamdiskImage = 0x0c0;
constexpr std::size_t kExtRamdiskSize = 0x0c4;
constexpr std::size_t kE820Entries = 0x1e8;
constexpr std::size_t kE820Table = 0x2d0;
constexpr std::size_t kE820MaxEntries = 128;

constexpr std::uint16_t kBootCs = 0x10;  // __BOOT_CS; __BOOT_DS is the next, 0x18.

struct [[gnu::packed]] E820Entry {
  std::uint64_t addr;
  std::uint64_t size;
  std::uint32_t type;
};
static_assert(sizeof(E820Entry) == 20);
static_assert(kE820Table + kE820MaxEntries * sizeof(E820Entry) <= kPageSize);

// include/uapi/linux/screen_info.h, the fields that we fill.
constexpr std::size_t kOrigVideoMode = 0x06;
constexpr std::size_t kOrigVideoCols = 0x07;
constexpr std::size_t kOrigVideoLines = 0x0e;
constexpr std::size_t kOrigVideoIsVga = 0x0f;
constexpr std::size_t kOrigVideoPoints = 0x10;
constexpr std::size_t kLfbWidth = 0x12;
constexpr std::size_t kLfbHeight = 0x14;
constexpr std::size_t kLfbDepth = 0x16;
constexpr std::size_t kLfbBase = 0x18;
constexpr std::size_t kLfbSize = 0x1c;  // In 64 KiB.
constexpr std::size_t kLfbLineLength = 0x24;
constexpr std::size_t kColorFields = 0x26;  // Size, then position, of red, green, blue, reserved.
constexpr std::size_t kExtLfbBase = 0x3a;
constexpr std::size_t kCapabilities = 0x36;
constexpr std::uint32_t kCapability64BitBase = 1u << 1;
constexpr std::uint8_t kVideoTypeVgaColor = 0x22;
constexpr std::uint8_t kVideoTypeVesaLinear = 0x23;

template <typename T>
void store(ZeroPage& page, std::size_t offset, T value) {
  std::memcpy(page.data() + offset, &value, sizeof(T));
}

void store_framebuffer(ZeroPage& page, const Framebuffer& framebuffer) {
  constexpr std::uint64_t kLfbUnit = 0x1'0000;
  const std::uint64_t size = std::uint64_t{framebuffer.pitch} * framebuffer.height;
  store(page, kScreenInfo + kOrigVideoIsVga, kVideoTypeVesaLinear);
  store(page, kScreenInfo + kLfbWidth, static_cast<std::uint16_t>(framebuffer.width));
  store(page, kScreenInfo + kLfbHeight, static_cast<std::uint16_t>(framebuffer.height));
  store(page, kScreenInfo + kLfbDepth, std::uint16_t{framebuffer.bits_per_pixel});
  store(page, kScreenInfo + kLfbBase, static_cast<std::uint32_t>(framebuffer.address.value));
  store(page, kScreenInfo + kExtLfbBase,
        static_cast<std::uint32_t>(framebuffer.address.value >> 32));
  store(page, kScreenInfo + kCapabilities, kCapability64BitBase);
  store(page, kScreenInfo + kLfbSize,
        static_cast<std::uint32_t>(align_up(size, kLfbUnit) / kLfbUnit));
  store(page, kScreenInfo + kLfbLineLength, static_cast<std::uint16_t>(framebuffer.pitch));
  std::size_t offset = kScreenInfo + kColorFields;
  for (const auto& field : {framebuffer.red, framebuffer.green, framebuffer.blue}) {
    store(page, offset, field.size);
    store(page, offset + 1, field.position);
    offset += 2;
  }
  // What is left of a pixel, above the colours; Linux tells XRGB8888 from 24 bits by it.
  const auto colors = static_cast<std::uint8_t>(framebuffer.red.size + framebuffer.green.size +
                                                framebuffer.blue.size);
  store(page, offset, static_cast<std::uint8_t>(framebuffer.bits_per_pixel - colors));
  store(page, offset + 1, colors);
}

void store_text_screen(ZeroPage& page) {
  store(page, kScreenInfo + kOrigVideoMode, std::uint8_t{3});
  store(page, kScreenInfo + kOrigVideoCols, std::uint8_t{80});
  store(page, kScreenInfo + kOrigVideoLines, std::uint8_t{25});
  store(page, kScreenInfo + kOrigVideoIsVga, kVideoTypeVgaColor);
  store(page, kScreenInfo + kOrigVideoPoints, std::uint16_t{16});
}

void store_memory_map(ZeroPage& page, const MemoryMap& map) {
  const std::size_t count = std::min(map.entries.size(), kE820MaxEntries);
  store(page, kE820Entries, static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const MemoryMapEntry& entry = map.entries[i];
    store(page, kE820Table + i * sizeof(E820Entry),
          E820Entry{entry.range.start.value, entry.range.size,
                    static_cast<std::uint32_t>(entry.type)});
  }
}

// As high as the kernel allows, so that its own early allocations find contiguous low memory.
GuestAddress place_initrd(BootMemory& memory, const LinuxBoot& boot, Bytes initrd) {
  const GuestRange allowed{kOneMiB,
                           std::uint64_t{boot.header.initrd_addr_max} + 1 >= kOneMiB.value
                               ? std::uint64_t{boot.header.initrd_addr_max} + 1 - kOneMiB.value
                               : 0};
  auto place = memory.highest(initrd.size(), kPageSize, allowed);
  if (!place && (boot.header.xloadflags & kXlfCanBeLoadedAbove4G) != 0) {
    const GuestRange anywhere{kOneMiB, UINT64_MAX - kOneMiB.value};
    place = memory.highest(initrd.size(), kPageSize, anywhere);
  }
  if (!place) {
    const std::uint64_t needed = boot.kernel.end().value + align_up(initrd.size(), kPageSize);
    const bool allowed_there = needed <= allowed.end().value;
    throw ConfigError(fmt::format(
        "the initrd ({}) does not fit beside kernel \"{}\" into the guest's memory: {}",
        human_size(initrd.size()), boot.name,
        allowed_there ? fmt::format("give it at least {}", memory_option(needed + kPageSize))
                      : fmt::format("this kernel takes none above {:#x}; make it smaller",
                                    allowed.end().value)));
  }
  memory.put({*place, initrd.size()}, initrd);
  return *place;
}

void add_initrd(BootMemory& memory, const LinuxBoot& boot, Bytes initrd, ZeroPage& page,
                SetupHeader& header) {
  const std::uint64_t address = place_initrd(memory, boot, initrd).value;
  header.ramdisk_image = static_cast<std::uint32_t>(address);
  header.ramdisk_size = static_cast<std::uint32_t>(initrd.size());
  store(page, kExtRamdiskImage, static_cast<std::uint32_t>(address >> 32));
  store(page, kExtRamdiskSize, static_cast<std::uint32_t>(std::uint64_t{initrd.size()} >> 32));
}

GuestAddress put_cmdline(BootMemory& memory, const LinuxBoot& boot, const std::string& cmdline) {
  if (cmdline.size() > boot.header.cmdline_size) {
    throw ConfigError(fmt::format(
        "the command line has {} characters, and kernel \"{}\" takes {} at most: shorten it",
        cmdline.size(), boot.name, std::uint32_t{boot.header.cmdline_size}));
  }
  std::vector<std::byte> bytes;
  append_string(bytes, cmdline);
  return memory.put_low(bytes, 16, "command line");
}

// 4-level paging, 2 MiB pages (Intel SDM vol. 3, 4.5): PML4, PDPT, and a page directory per GiB.
GuestAddress put_identity_map(BootMemory& memory) {
  constexpr std::size_t kEntries = 512;
  constexpr std::size_t kGigabytes = 4;
  constexpr std::uint64_t kPresentWritable = 0x3;
  constexpr std::uint64_t kLargePage = 0x80;
  constexpr std::uint64_t kLargePageSize = 2ull << 20;
  using Table = std::array<std::uint64_t, kEntries>;
  std::array<Table, 2 + kGigabytes> tables{};

  const auto place = memory.lowest(sizeof(tables), kPageSize, kBootArea);
  const std::uint64_t base = place ? place->value : 0;  // put_low() below reports the lack.
  tables[0][0] = (base + kPageSize) | kPresentWritable;
  for (std::size_t gigabyte = 0; gigabyte < kGigabytes; ++gigabyte) {
    tables[1][gigabyte] = (base + (2 + gigabyte) * kPageSize) | kPresentWritable;
    for (std::size_t i = 0; i < kEntries; ++i) {
      tables[2 + gigabyte][i] =
          (gigabyte * kEntries + i) * kLargePageSize | kPresentWritable | kLargePage;
    }
  }
  return memory.put_low(std::as_bytes(std::span(tables)), kPageSize, "page tables");
}

// The protocol needs no stack, but a page of one is kinder to kernels that use it at once.
std::uint64_t put_stack(BootMemory& memory) {
  const ZeroPage stack{};
  return memory.put_low(stack, kPageSize, "stack").value + kPageSize;
}

}  // namespace

GuestAddress put_zero_page(BootMemory& memory, const LinuxBoot& boot,
                           const BootParameters& parameters) {
  ZeroPage page{};
  SetupHeader header = boot.header;
  header.type_of_loader = kUndefinedLoader;
  header.cmd_line_ptr =
      static_cast<std::uint32_t>(put_cmdline(memory, boot, parameters.cmdline).value);
  if (!parameters.initrd.empty()) add_initrd(memory, boot, parameters.initrd, page, header);
  store(page, kSetupHeaderOffset, header);
  store(page, kAcpiRsdpAddr, parameters.rsdp.value);
  store_memory_map(page, parameters.memory_map);
  if (parameters.framebuffer) {
    store_framebuffer(page, *parameters.framebuffer);
  } else if (parameters.vga_text) {
    store_text_screen(page);
  }
  return memory.put_low(page, kPageSize, "zero page");
}

CpuEntry linux_entry_64(BootMemory& memory, std::uint64_t rip, GuestAddress zero_page) {
  CpuEntry entry;
  entry.mode = CpuEntry::Mode::kLong64;
  entry.rip = rip;
  entry.rsi = zero_page.value;
  entry.rsp = put_stack(memory);
  entry.page_table = put_identity_map(memory);
  put_gdt(memory, std::array<std::uint64_t, 4>{0, 0, kFlatCode64, kFlatData}, entry, kBootCs);
  return entry;
}

CpuEntry linux_entry_32(BootMemory& memory, std::uint64_t eip, GuestAddress zero_page) {
  CpuEntry entry;
  entry.mode = CpuEntry::Mode::kProtected32;
  entry.rip = eip;
  entry.rsi = zero_page.value;
  entry.rsp = put_stack(memory);
  put_gdt(memory, std::array<std::uint64_t, 4>{0, 0, kFlatCode32, kFlatData}, entry, kBootCs);
  return entry;
}

}  // namespace minivmm::boot
