// Checks what a loader of Multiboot 0.6.96 hands over (3.2 and 3.3).

#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/paging.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "multiboot/checks.h"

extern "C" std::uint32_t boot_magic, boot_info_address;

using namespace guest;

namespace {

struct Information {
  std::uint32_t flags, memory_lower, memory_upper, boot_device, command_line;
  std::uint32_t module_count, modules, symbols[4], map_length, map;
};
constexpr std::uint32_t kHasMemory = 1u << 0, kHasCommandLine = 1u << 2, kHasModules = 1u << 3;
constexpr std::uint32_t kHasMap = 1u << 6;
constexpr std::uint32_t kLoaderMagic = 0x2bad'b002;

struct Module {
  std::uint32_t start, end, command_line, reserved;
};

struct __attribute__((packed)) MapEntry {
  std::uint32_t size;  // Of what follows.
  std::uint64_t start, length;
  std::uint32_t type;
};

void check_map(const Information& information) {
  MapCheck map;
  for (std::uint32_t at = 0; at < information.map_length;) {
    const auto& entry = *physical<MapEntry>(information.map + at);
    map.range(entry.start, entry.length, entry.type);
    at += entry.size + 4;
  }
  map.finish();
}

}  // namespace

extern "C" void guest_main() {
  serial_init();
  interrupts_init();
  check(boot_magic == kLoaderMagic, "EAX says that a Multiboot loader was here");
  const auto& information = *physical<Information>(boot_info_address);
  print("flags: {:x}\n", information.flags);
  check((information.flags & kHasMemory) != 0, "the information says how much memory there is");
  check(information.memory_lower >= 512 && information.memory_lower <= 640,
        "lower memory is what a PC has");
  check(information.memory_upper >= 1024, "upper memory starts at 1 MiB");
  check((information.flags & kHasCommandLine) != 0, "the information has a command line");
  check_command_line(physical<char>(information.command_line));
  check((information.flags & kHasMap) != 0, "the information has a memory map");
  check_map(information);
  check((information.flags & kHasModules) != 0, "the information has modules");
  check(information.module_count == 1, "there is one module");
  const auto& module = *physical<Module>(information.modules);
  check_module(0, module.start, module.end, physical<char>(module.command_line));
  succeed();
}
