#include "lib/boot_info.h"

#include "lib/paging.h"
#include "lib/text.h"

extern "C" std::uint32_t boot_info_address;

namespace guest {
namespace {

struct StartInfo {
  std::uint32_t magic, version, flags, module_count;
  std::uint64_t modules, command_line, rsdp;
  std::uint64_t memory_map;  // From version 1 on.
  std::uint32_t memory_map_entries, reserved;
};
constexpr std::uint32_t kStartMagic = 0x336ec578;

struct MemoryMapEntry {
  std::uint64_t address, size;
  std::uint32_t type, reserved;
};

const StartInfo& start_info() {
  return *physical<StartInfo>(boot_info_address);
}

bool ends_word(char character) {
  return character == 0 || character == ' ';
}

/// Behind "NAME=", or null.
const char* find_value(const char* name) {
  const char* text = command_line();
  while (*text != 0) {
    const char* rest = after_prefix(text, name);
    if (rest != nullptr && *rest == '=') return rest + 1;
    while (!ends_word(*text)) ++text;
    while (*text == ' ') ++text;
  }
  return nullptr;
}

}  // namespace

bool booted_by_pvh() {
  return start_info().magic == kStartMagic;
}

const char* command_line() {
  return start_info().command_line != 0 ? physical<char>(start_info().command_line) : "";
}

std::uint64_t rsdp_address() {
  return start_info().rsdp;
}

unsigned memory_range_count() {
  return start_info().version >= 1 ? start_info().memory_map_entries : 0;
}

MemoryRange memory_range(unsigned index) {
  const std::uint64_t address = start_info().memory_map + index * sizeof(MemoryMapEntry);
  const auto& entry = *physical<MemoryMapEntry>(address);
  return {entry.address, entry.size, entry.type};
}

std::uint64_t option(const char* name, std::uint64_t otherwise) {
  const char* value = find_value(name);
  return value != nullptr ? to_number(value) : otherwise;
}

bool has_option(const char* name) {
  return find_value(name) != nullptr;
}

bool option_is(const char* name, const char* value) {
  const char* found = find_value(name);
  const char* rest = found != nullptr ? after_prefix(found, value) : nullptr;
  return rest != nullptr && ends_word(*rest);
}

bool option_word(const char* word) {
  const char* text = command_line();
  while (*text != 0) {
    const char* rest = after_prefix(text, word);
    if (rest != nullptr && ends_word(*rest)) return true;
    while (!ends_word(*text)) ++text;
    while (*text == ' ') ++text;
  }
  return false;
}

}  // namespace guest
