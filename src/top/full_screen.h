#pragma once
// A terminal taken over as a whole, and given back as it was.

#include <optional>
#include <string>
#include <vector>

#include "host/terminal.h"
#include "top/layout.h"

namespace minivmm::top {

/// Standard output's terminal: its second screen while this object lives, without a cursor. Keys
/// come one by one where standard input is a terminal too.
///
/// Threads: one. Errors: the constructor throws HostError.
class FullScreen {
 public:
  FullScreen();
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  /// As it is now: a person may have changed it.
  [[nodiscard]] Size size() const;
  void show(const std::vector<Row>& rows);

 private:
  std::optional<RawTerminal> keys_;
};

/// What show() writes: the rows from the top of the screen on.
[[nodiscard]] std::string painted(const std::vector<Row>& rows);

}  // namespace minivmm::top
