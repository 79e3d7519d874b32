#pragma once
// eventfd(2): a counter that threads, the kernel and KVM signal and wait on.

#include "host/unique_fd.h"

namespace minivmm {

class EventFd {
 public:
  /// Non-blocking, close-on-exec. Throws HostError.
  EventFd();

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Threads: any; async-signal-safe.
  void signal() const;
  /// Resets it; answers whether it was signalled.
  bool consume() const;

 private:
  UniqueFd fd_;
};

}  // namespace minivmm
