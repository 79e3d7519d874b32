#pragma once
// What the loaders' fuzz targets share: a small guest, and every loader's promise.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "boot/loader.h"
#include "minivmm/error.h"

namespace minivmm::boot {

/// RAM of 4 MiB and 64 KiB above 4 GiB.
class FuzzRam {
 public:
  FuzzRam()
      : low_(kLowSize),
        high_(kHighSize),
        memory_({{{{0}, kLowSize}, low_.data()}, {{{1ull << 32}, kHighSize}, high_.data()}}) {}

  [[nodiscard]] const GuestMemory& memory() const { return memory_; }

 private:
  static constexpr std::size_t kLowSize = 4u << 20;
  static constexpr std::size_t kHighSize = 64u << 10;
  std::vector<std::byte> low_;
  std::vector<std::byte> high_;
  GuestMemory memory_;
};

/// Whatever a file holds, it is loaded or refused with one line; nothing else.
inline void load_hostile_file(const std::uint8_t* data, std::size_t size) {
  static const FuzzRam ram;
  static const std::vector<std::byte> initrd(5000, std::byte{1});
  BootParameters parameters;
  parameters.memory_map = make_memory_map(ram.memory(), {});
  parameters.cmdline = "console=ttyS0";
  parameters.initrd = initrd;
  parameters.modules = {{initrd, "a module"}};
  parameters.rsdp = {0xe'0000};
  try {
    const KernelImage image = sniff(std::as_bytes(std::span(data, size)), "fuzz");
    const CpuEntry entry = load(ram.memory(), image, parameters);
    // A 32-bit entry point and the structures that are handed over have 32-bit addresses.
    if (entry.rip >= 1ull << 32 || entry.rbx >= 1ull << 32) __builtin_trap();
  } catch (const ConfigError& error) {
    if (std::string_view(error.what()).empty()) __builtin_trap();
  }
}

}  // namespace minivmm::boot
