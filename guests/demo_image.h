#pragma once
// The guest that is part of the VMM's own executable: what runs when nothing is named.

#include <cstddef>
#include <span>

namespace minivmm {

/// An ELF file with a PVH note, of a few KiB. Lives as long as the program.
[[nodiscard]] std::span<const std::byte> demo_guest();

}  // namespace minivmm
