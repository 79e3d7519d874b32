#include "machine/work_thread.h"

#include <fmt/core.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <exception>
#include <memory>
#include <utility>

namespace minivmm {

virtio::VirtioPci::DoorbellFactory DoorbellSet::factory() {
  return [this] {
    auto doorbell = std::make_unique<kvm::IoEventDoorbell>(vm_, kind_);
    fds_.push_back(doorbell->fd());
    return doorbell;
  };
}

WorkThread::WorkThread(std::string name, const DoorbellSet& doorbells, StopControl& stop,
                       std::function<bool()> work)
    : name_(std::move(name)), doorbells_(doorbells), stop_control_(stop), work_(std::move(work)) {}

void WorkThread::start() {
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.c_str());
    try {
      run();
    } catch (const std::exception& error) {
      stop_control_.request({.kind = StopKind::kHostFailure,
                             .account = fmt::format("{}: {}\n", name_, error.what())});
    }
  });
}

void WorkThread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wake_.signal();
  thread_.join();
}

void WorkThread::run() {
  bool more = false;
  while (!stopping_) {
    if (!more) wait();
    more = work_();
  }
  work_();
}

// Doorbells are reset before the work that they ask for, so that none is missed.
void WorkThread::wait() {
  constexpr int kForever = -1;
  std::vector<pollfd> fds{{.fd = wake_.fd(), .events = POLLIN, .revents = 0}};
  for (const int fd : doorbells_.fds()) fds.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  ::poll(fds.data(), fds.size(), kForever);
  for (const pollfd& fd : fds) {
    eventfd_t count = 0;
    if (fd.revents != 0) ::eventfd_read(fd.fd, &count);
  }
}

}  // namespace minivmm
