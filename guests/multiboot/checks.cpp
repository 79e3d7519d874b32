#include "multiboot/checks.h"

#include "lib/exit.h"
#include "lib/paging.h"
#include "lib/print.h"
#include "lib/text.h"

extern "C" const char image_start[], image_end[];

using namespace guest;

namespace {

bool contains(const char* text, const char* word) {
  for (; *text != 0; ++text) {
    if (after_prefix(text, word) != nullptr) return true;
  }
  return false;
}

}  // namespace

void check_command_line(const char* command_line) {
  print("command line: \"{}\"\n", command_line);
  check(contains(command_line, "multiboot-test"), "the command line is handed over");
}

void check_module(unsigned index, std::uint64_t start, std::uint64_t end,
                  const char* command_line) {
  print("module {}: {:x} to {:x}, \"{}\"\n", index, start, end, command_line);
  check(start % 4096 == 0, "a module starts at a page, as the header asks");
  check(end > start && end - start >= length("module content"), "a module has its content");
  check(start >= reinterpret_cast<std::uint64_t>(image_end) ||
            end <= reinterpret_cast<std::uint64_t>(image_start),
        "a module doesn't lie over the kernel");
  map_physical(start, end - start);
  check(after_prefix(reinterpret_cast<const char*>(start), "module content") != nullptr,
        "a module's content is what its file holds");
  check(contains(command_line, "module-argument"), "a module has its command line");
}

void MapCheck::range(std::uint64_t start, std::uint64_t size, std::uint32_t type) {
  print("memory {:016x} + {:016x} type {}\n", start, size, type);
  constexpr std::uint32_t kRam = 1;
  constexpr std::uint64_t kBios = 0xf'0000;
  check(size > 0, "no range of memory is empty");
  if (type != kRam) return;
  ram_ += size;
  const auto first = reinterpret_cast<std::uint64_t>(image_start);
  const auto last = reinterpret_cast<std::uint64_t>(image_end) - 1;
  kernel_in_ram_ = kernel_in_ram_ || (first >= start && last - start < size);
  bios_is_ram_ = bios_is_ram_ || (kBios >= start && kBios - start < size);
}

void MapCheck::finish() const {
  print("{} KiB of RAM\n", ram_ / 1024);
  check(kernel_in_ram_, "the memory map has the kernel in RAM");
  check(!bios_is_ram_, "the memory map leaves out where a PC has its BIOS");
}
