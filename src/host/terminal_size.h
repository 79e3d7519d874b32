#pragma once
// How large a terminal is.

#include <cstdint>
#include <optional>

namespace minivmm {

struct TerminalSize {
  std::uint16_t columns = 0;
  std::uint16_t rows = 0;
};

/// nullopt: fd is no terminal, or one that doesn't know. Threads: any.
[[nodiscard]] std::optional<TerminalSize> terminal_size(int fd);

}  // namespace minivmm
