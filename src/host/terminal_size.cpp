#include "host/terminal_size.h"

#include <sys/ioctl.h>

namespace minivmm {

std::optional<TerminalSize> terminal_size(int fd) {
  winsize window{};
  if (::ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
    return std::nullopt;
  return TerminalSize{.columns = window.ws_col, .rows = window.ws_row};
}

}  // namespace minivmm
