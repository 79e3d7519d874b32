#pragma once
// The VGA's four planes, and the data path between them and the CPU.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "devices/vga/registers.h"

namespace minivmm::vga {

/// One byte of each plane at the same address: plane 0 in bits 7:0, plane 3 in bits 31:24.
using PlaneWord = std::uint32_t;

/// How the planes lie in the video memory: byte `address` of plane p is byte 4 * address + p. This
/// makes chain-4's bytes consecutive (docs/decisions/0013).
inline constexpr std::uint64_t kPlanes = 4;
/// What the VGA itself addresses of each plane.
inline constexpr std::uint64_t kPlaneSize = 64ull << 10;

/// address is below memory.size() / kPlanes.
[[nodiscard]] inline PlaneWord load_word(std::span<const std::byte> memory, std::uint64_t address) {
  PlaneWord word = 0;
  std::memcpy(&word, &memory[address * kPlanes], sizeof word);
  return word;
}
inline void store_word(std::span<std::byte> memory, std::uint64_t address, PlaneWord word) {
  std::memcpy(&memory[address * kPlanes], &word, sizeof word);
}

/// 0xff in the byte of each plane whose bit is set in planes (bits 3:0).
[[nodiscard]] PlaneWord expand_planes(unsigned planes);

/// What the CPU reads of word, which is also what it latched: one plane's byte (read mode 0), or
/// where the planes show the colour that it compares with (read mode 1).
[[nodiscard]] std::uint8_t read_through(const Registers& registers, PlaneWord word, unsigned plane);

/// What old becomes when the CPU writes value, by the four write modes; planes are those that the
/// address and the map mask select.
[[nodiscard]] PlaneWord write_through(const Registers& registers, PlaneWord latches, PlaneWord old,
                                      std::uint8_t value, unsigned planes);

/// Whether write_through() stores a byte as it is, whatever the latches hold, and read_through()
/// reads it back: the graphics controller is out of the way.
[[nodiscard]] bool passes_through(const Registers& registers);

}  // namespace minivmm::vga
