#pragma once
// What a loader hands to any kernel, whatever its boot protocol.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "boot/memory_map.h"
#include "minivmm/guest_address.h"

namespace minivmm::boot {

/// A file given to the kernel. Bytes belong to the caller and are copied once, into guest memory.
struct Module {
  std::span<const std::byte> bytes{};
  std::string cmdline{};
};

/// A linear framebuffer in direct colour.
struct Framebuffer {
  struct Field {
    std::uint8_t position = 0;  ///< Of the lowest bit.
    std::uint8_t size = 0;      ///< In bits.
  };
  GuestAddress address{};
  std::uint32_t width = 0;   ///< In pixels.
  std::uint32_t height = 0;  ///< In pixels.
  std::uint32_t pitch = 0;   ///< Bytes from one row to the next.
  std::uint8_t bits_per_pixel = 32;
  Field red{16, 8};
  Field green{8, 8};
  Field blue{0, 8};
};

struct BootParameters {
  std::string cmdline{};
  std::span<const std::byte> initrd{};  ///< Linux and PVH; a multiboot kernel gets it as a module.
  std::vector<Module> modules{};        ///< PVH and multiboot; Linux's own protocol has none.
  MemoryMap memory_map{};
  GuestAddress rsdp{};  ///< 0: the machine has no ACPI tables.
  std::optional<Framebuffer> framebuffer{};
  bool vga_text = false;  ///< The machine has a VGA, in text mode 80x25 at the start.
};

}  // namespace minivmm::boot
