#pragma once
// An io_uring with an owner.

#include <liburing.h>

namespace minivmm {

/// Set up for one thread that submits and reaps, and runs the kernel's task work only when it
/// waits (IORING_SETUP_DEFER_TASKRUN), where the kernel has that.
///
/// Threads: used on the thread that made it; destroyed on any.
/// Errors: HostError where the host refuses (kernel.io_uring_disabled, a seccomp filter).
class Ring {
 public:
  static constexpr unsigned kSubmissions = 128;
  static constexpr unsigned kCompletions = 1024;

  Ring();
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  [[nodiscard]] io_uring* get() { return &ring_; }

  /// A free submission entry; null when all are taken.
  [[nodiscard]] io_uring_sqe* entry() { return ::io_uring_get_sqe(&ring_); }

  enum class Wait { kNo, kYes };
  /// Hands over all entries and, with kYes, waits until a completion is there. Costs no system
  /// call when there is nothing to do.
  void enter(Wait wait);

 private:
  io_uring ring_{};
};

}  // namespace minivmm
