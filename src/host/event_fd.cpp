#include "host/event_fd.h"

#include <sys/eventfd.h>

#include <cstdint>

#include "host/system_error.h"

namespace minivmm {

EventFd::EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_)
    throw system_error("cannot create an eventfd", "raise the limit of open files: ulimit -n");
}

void EventFd::signal() const {
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full, so whoever waits is awake already.
  [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

bool EventFd::consume() const {
  std::uint64_t count = 0;
  return ::read(fd_.get(), &count, sizeof count) == sizeof count;
}

}  // namespace minivmm
