#include "top/full_screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace minivmm::top {
namespace {

// Control sequences of ECMA-48, and xterm's private modes 25 (the cursor) and 1049 (the second
// screen), which every terminal of today has.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kEraseToEndOfRow = "\x1b[K";
constexpr std::string_view kPlain = "\x1b[m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kReverse = "\x1b[7m";

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // Nobody sees it any more.
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string_view begin_of(Row::Look look) {
  switch (look) {
    case Row::Look::kTitle:
      return kReverse;
    case Row::Look::kHeading:
      return kBold;
    case Row::Look::kPlain:
      break;
  }
  return kPlain;
}

}  // namespace

FullScreen::FullScreen() {
  if (::isatty(STDIN_FILENO) == 1) keys_.emplace(STDIN_FILENO);
  write_all(kEnter);
}

FullScreen::~FullScreen() {
  write_all(kLeave);
}

Size FullScreen::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0)
    return {};
  return {.columns = window.ws_col, .rows = window.ws_row};
}

void FullScreen::show(const std::vector<Row>& rows) {
  write_all(painted(rows));
}

std::string painted(const std::vector<Row>& rows) {
  std::string text(kHome);
  for (const Row& row : rows) {
    if (&row != &rows.front()) text += "\r\n";
    // Before the text: behind a row's last column the cursor stands on that column still.
    text.append(kPlain).append(kEraseToEndOfRow);
    text.append(begin_of(row.look)).append(row.text).append(kPlain);
  }
  return text;
}

}  // namespace minivmm::top
