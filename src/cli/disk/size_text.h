#pragma once
// Sizes for people.

#include <cstdint>
#include <string>

namespace minivmm::cli::disk {

/// "8 GiB", "1.3 GiB", "512 bytes".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace minivmm::cli::disk
