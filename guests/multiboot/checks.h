#pragma once
// What both versions of Multiboot have to hand over, checked alike.
//
// The kernel wants the command line to hold the word "multiboot-test", and one module, whose
// content starts with "module content" and whose command line holds "module-argument".

#include <cstdint>

void check_command_line(const char* command_line);
void check_module(unsigned index, std::uint64_t start, std::uint64_t end, const char* command_line);

/// Of a memory map, one range after the other.
class MapCheck {
 public:
  void range(std::uint64_t start, std::uint64_t size, std::uint32_t type);
  /// After the last.
  void finish() const;

 private:
  std::uint64_t ram_ = 0;
  bool kernel_in_ram_ = false;
  bool bios_is_ram_ = false;
};
