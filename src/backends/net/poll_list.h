#pragma once
// What a network's thread waits for: eventfds that stay, and fds that change from wait to wait.

#include <poll.h>

#include <cstddef>
#include <vector>

namespace minivmm::net {

/// Threads: one at a time.
class PollList {
 public:
  /// An eventfd, for every wait until forget().
  void watch(int event_fd);
  void forget();

  /// Before each wait: all but the eventfds goes.
  void clear() { fds_.resize(events_); }
  /// Answers its index for ready().
  std::size_t add(int fd, short events);
  [[nodiscard]] bool has_more() const { return fds_.size() > events_; }

  /// Until something is ready or so much time is over, in milliseconds; -1: for ever. Eventfds are
  /// reset. Throws HostError.
  void wait(int milliseconds);
  /// What poll(2) said of it; 0 before the wait.
  [[nodiscard]] short ready(std::size_t index) const { return fds_.at(index).revents; }

 private:
  std::vector<pollfd> fds_;  // The eventfds come first.
  std::size_t events_ = 0;
};

}  // namespace minivmm::net
