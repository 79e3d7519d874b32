#include "backends/net/poll_list.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "host/system_error.h"

namespace minivmm::net {

void PollList::watch(int event_fd, std::optional<unsigned> pair) {
  events_.push_back({.fd = event_fd, .pair = pair});
}

void PollList::forget() {
  fds_.clear();
  events_.clear();
}

void PollList::start_over(std::span<const NetBackend::Wants> wants) {
  fds_.clear();
  for (const Event& event : events_) {
    const bool deaf = event.pair && *event.pair < wants.size() && !wants[*event.pair].doorbells;
    // poll(2) passes over an fd below 0.
    fds_.push_back({.fd = deaf ? -1 : event.fd, .events = POLLIN, .revents = 0});
  }
}

std::size_t PollList::add(int fd, short events) {
  fds_.push_back({.fd = fd, .events = events, .revents = 0});
  return fds_.size() - 1;
}

void PollList::wait(int milliseconds) {
  const int count = ::poll(fds_.data(), fds_.size(), milliseconds);
  if (count < 0) {
    // An interrupted wait has found nothing; the caller comes again.
    if (errno != EINTR) throw system_error("waiting for the network failed (poll)");
    for (pollfd& one : fds_) one.revents = 0;
    return;
  }
  for (std::size_t i = 0; i < events_.size() && count > 0; ++i) {
    if ((fds_[i].revents & POLLIN) == 0) continue;
    std::uint64_t value = 0;
    // Nothing is lost when it is empty already: it was only to wake us.
    [[maybe_unused]] const auto size = ::read(fds_[i].fd, &value, sizeof value);
  }
}

}  // namespace minivmm::net
