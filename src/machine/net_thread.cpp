#include "machine/net_thread.h"

#include <fmt/core.h>
#include <pthread.h>

#include <exception>
#include <optional>
#include <utility>

namespace minivmm {

NetThread::NetThread(std::string name, const Wiring& wiring)
    : name_(std::move(name)), wiring_(wiring) {
  wiring_.backend.watch(wake_.fd(), std::nullopt);
}

void NetThread::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.c_str());
    try {
      while (!stopping_) wiring_.card.serve(wiring_.lock, NetBackend::Wait::kYes);
    } catch (const std::exception& error) {
      wiring_.stop.request({.kind = StopKind::kHostFailure,
                            .account = fmt::format("{}: {}\n", name_, error.what())});
    }
  });
}

void NetThread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wake_.signal();
  thread_.join();
}

}  // namespace minivmm
