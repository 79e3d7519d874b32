#pragma once
// The window's program, started by the machine.

#include <functional>
#include <memory>
#include <string>

#include "host/unique_fd.h"
#include "minivmm/event_loop.h"

namespace minivmm::view {

/// The file descriptor that a viewer finds its socket at, and says so: --fd 3.
inline constexpr int kViewerFd = 3;

/// Whether windows can be shown at all: DISPLAY or WAYLAND_DISPLAY is set.
[[nodiscard]] bool host_has_display();

/// A running viewer. It lives for itself: neither its death nor its silence matters to anybody but
/// its user, and when this object goes it stays until its socket closes.
///
/// Threads: the loop's alone, or any while the loop doesn't run.
class ViewerProcess {
 public:
  /// on_exit: how it ended, as waitpid(2) says. Throws HostError when program can't be started.
  ViewerProcess(EventLoop& loop, const std::string& program, std::function<void(int)> on_exit);
  ViewerProcess(const ViewerProcess&) = delete;
  ViewerProcess& operator=(const ViewerProcess&) = delete;

  /// Our end of its socket; once.
  [[nodiscard]] UniqueFd take_socket() { return std::move(socket_); }

 private:
  void reap();

  const std::function<void(int)> on_exit_;
  UniqueFd socket_;
  pid_t pid_ = 0;
  UniqueFd process_;  // A pidfd: readable when it has ended.
  std::unique_ptr<Subscription> watch_;
};

}  // namespace minivmm::view
