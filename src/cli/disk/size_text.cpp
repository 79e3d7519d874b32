#include "cli/disk/size_text.h"

#include <fmt/core.h>

#include <array>

namespace minivmm::cli::disk {

std::string size_text(std::uint64_t bytes) {
  static constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  double number = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (number >= 1024 && unit + 1 < kUnits.size()) {
    number /= 1024;
    ++unit;
  }
  const bool whole = bytes % (std::uint64_t{1024} << 10 * unit) == 0;
  return whole ? fmt::format("{:.0f} {}", number, kUnits[unit])
               : fmt::format("{:.1f} {}", number, kUnits[unit]);
}

}  // namespace minivmm::cli::disk
