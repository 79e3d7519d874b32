// Checks what a loader of Multiboot 2 hands over (version 2.0, 3.3 to 3.6).

#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/paging.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "lib/text.h"
#include "multiboot/checks.h"

extern "C" std::uint32_t boot_magic, boot_info_address;

using namespace guest;

namespace {

constexpr std::uint32_t kLoaderMagic = 0x36d7'6289;

enum class TagType : std::uint32_t {
  kEnd = 0,
  kCommandLine = 1,
  kModule = 3,
  kMemory = 4,
  kMap = 6,
  kOldRsdp = 14,
  kNewRsdp = 15,
};
struct Tag {
  TagType type;
  std::uint32_t size;
};
struct ModuleTag {
  Tag tag;
  std::uint32_t start, end;
  char command_line[1];
};
struct MapEntry {
  std::uint64_t start, length;
  std::uint32_t type, reserved;
};
struct MapTag {
  Tag tag;
  std::uint32_t entry_size, entry_version;
};

struct Seen {
  unsigned command_lines = 0, modules = 0, maps = 0, rsdps = 0;
};

void check_map(const MapTag& map) {
  check(map.entry_size >= sizeof(MapEntry), "an entry of the memory map has all its fields");
  MapCheck checks;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&map);
  for (std::uint32_t at = sizeof(MapTag); at < map.tag.size; at += map.entry_size) {
    const auto& entry = *reinterpret_cast<const MapEntry*>(bytes + at);
    checks.range(entry.start, entry.length, entry.type);
  }
  checks.finish();
}

void check_tag(const Tag& tag, Seen& seen) {
  const auto* content = reinterpret_cast<const char*>(&tag + 1);
  if (tag.type == TagType::kCommandLine) {
    ++seen.command_lines;
    check_command_line(content);
  } else if (tag.type == TagType::kModule) {
    const auto& module = reinterpret_cast<const ModuleTag&>(tag);
    check_module(seen.modules++, module.start, module.end, module.command_line);
  } else if (tag.type == TagType::kMap) {
    ++seen.maps;
    check_map(reinterpret_cast<const MapTag&>(tag));
  } else if (tag.type == TagType::kOldRsdp || tag.type == TagType::kNewRsdp) {
    ++seen.rsdps;
    check(after_prefix(content, "RSD PTR ") != nullptr, "ACPI's root pointer is handed over");
  }
}

/// Each tag starts at a multiple of 8.
const Tag& next_tag(const Tag& tag) {
  const auto address = reinterpret_cast<std::uint64_t>(&tag) + tag.size;
  return *reinterpret_cast<const Tag*>((address + 7) & ~7ull);
}

}  // namespace

extern "C" void guest_main() {
  serial_init();
  interrupts_init();
  check(boot_magic == kLoaderMagic, "EAX says that a Multiboot 2 loader was here");
  check(boot_info_address % 8 == 0, "the information starts at a multiple of 8");
  const std::uint32_t size = *physical<std::uint32_t>(boot_info_address);
  map_physical(boot_info_address, size);
  print("information of {} bytes\n", size);
  Seen seen;
  const auto* tag = reinterpret_cast<const Tag*>(std::uint64_t{boot_info_address} + 8);
  for (; tag->type != TagType::kEnd; tag = &next_tag(*tag)) {
    check(tag->size >= sizeof(Tag), "a tag is at least as long as its header");
    check_tag(*tag, seen);
  }
  const auto end = reinterpret_cast<std::uint64_t>(tag) + tag->size;
  check(end == std::uint64_t{boot_info_address} + size, "the end tag is at the end");
  check(seen.command_lines == 1, "there is one command line");
  check(seen.maps == 1, "there is one memory map");
  check(seen.modules == 1, "there is one module");
  check(seen.rsdps > 0, "there is ACPI's root pointer");
  succeed();
}
