#pragma once
// From what the user said of a serial port to what stands behind it.

#include <functional>
#include <memory>
#include <string>

#include "minivmm/char_backend.h"
#include "minivmm/event_loop.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// What happens on the host's side of a line, told on the loop's thread; each may be empty.
struct CharEvents {
  std::function<void()> on_quit{};    ///< kStdio: the user typed Ctrl-A x.
  std::function<void()> on_hangup{};  ///< kStdio: the terminal went away (its window was closed).
  std::function<void()> on_debug{};   ///< kStdio: the user typed Ctrl-A d.
  bool ctrl_c_is_debug = false;       ///< kStdio: Ctrl-C, too; on_debug isn't empty.
  /// kPty: the terminal to attach to, "/dev/pts/7"; called before the function returns.
  std::function<void(const std::string&)> on_name{};
};

/// Never null. Ownership: refers to loop, which must outlive it. Destroyed on the loop's thread, or
/// when the loop isn't running.
/// Errors: ConfigError for a path that can't be used; HostError.
[[nodiscard]] std::unique_ptr<CharBackend> make_char_backend(const CharConfig& config,
                                                             EventLoop& loop, CharEvents events);

}  // namespace minivmm
