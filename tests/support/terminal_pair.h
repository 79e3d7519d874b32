#pragma once
// A terminal as a user's window makes it: the window's end and the program's end.

#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "host/unique_fd.h"

namespace minivmm::test {

struct TerminalPair {
  UniqueFd window;   ///< What the user sees and types.
  UniqueFd program;  ///< The terminal of the program.

  TerminalPair() {
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0)
      throw std::runtime_error("openpty");
    window.reset(master);
    program.reset(slave);
  }

  [[nodiscard]] termios settings() const {
    termios result{};
    ::tcgetattr(program.get(), &result);
    return result;
  }

  /// What the program wrote, at least that many bytes.
  [[nodiscard]] std::string read_window(std::size_t size) const {
    std::string text;
    while (text.size() < size) {
      char buffer[256];
      const ssize_t got = ::read(window.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }

  void type(const std::string& keys) const {
    if (::write(window.get(), keys.data(), keys.size()) < 0) throw std::runtime_error("write");
  }
};

/// Whether two terminals' settings are the same in all that a user notices.
[[nodiscard]] inline bool same_settings(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag &&
         a.c_lflag == b.c_lflag && std::memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0;
}

[[nodiscard]] inline bool is_raw(const termios& settings) {
  return (settings.c_lflag & (ICANON | ECHO | ISIG)) == 0 && (settings.c_oflag & OPOST) == 0;
}

}  // namespace minivmm::test
