#pragma once
// What a network's thread waits for: eventfds that stay, and fds that change from wait to wait.

#include <poll.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "minivmm/net_backend.h"

namespace minivmm::net {

/// Threads: one at a time.
class PollList {
 public:
  /// An eventfd, for every wait until forget(), and the queues whose doorbell it is.
  void watch(int event_fd, std::optional<unsigned> pair);
  void forget();

  /// Before each wait: all but the eventfds goes; doorbells only stay where they are wanted.
  void start_over(std::span<const NetBackend::Wants> wants);
  /// Answers its index for ready().
  std::size_t add(int fd, short events);
  [[nodiscard]] bool has_more() const { return fds_.size() > events_.size(); }

  /// Until something is ready or so much time is over, in milliseconds; -1: for ever. Eventfds are
  /// reset. Throws HostError.
  void wait(int milliseconds);
  /// What poll(2) said of it; 0 before the wait.
  [[nodiscard]] short ready(std::size_t index) const { return fds_.at(index).revents; }

 private:
  struct Event {
    int fd = -1;
    std::optional<unsigned> pair{};
  };

  std::vector<Event> events_;
  std::vector<pollfd> fds_;  // The eventfds come first.
};

}  // namespace minivmm::net
