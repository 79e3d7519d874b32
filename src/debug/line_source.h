#pragma once
// Where commands come from: a terminal with editing, history and completion; or plain lines.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "debug/completion.h"

namespace minivmm::debug {

/// Threads: one.
class LineSource {
 public:
  enum class End { kNone, kInputOver, kWoken };
  struct Line {
    std::string text{};
    End end = End::kNone;  ///< Not kNone: there is no line.
  };
  virtual ~LineSource() = default;
  /// Waits for a line, or until wake_fd is readable.
  [[nodiscard]] virtual Line next(std::string_view prompt, int wake_fd) = 0;
};

using Completer = std::function<Completion(std::string_view typed)>;

/// Lines of a descriptor that the caller owns; each is told on standard output as if it had been
/// typed, so that what a script leaves reads as a session.
[[nodiscard]] std::unique_ptr<LineSource> plain_lines(int fd);
/// A terminal on standard input and output, by libedit; plain lines with a prompt where libedit is
/// not installed.
[[nodiscard]] std::unique_ptr<LineSource> edited_lines(Completer completer);

}  // namespace minivmm::debug
