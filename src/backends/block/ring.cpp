#include "backends/block/ring.h"

#include <array>
#include <cerrno>

#include "host/system_error.h"

namespace minivmm {
namespace {

// From the best to what every kernel with io_uring knows; an unknown flag gives EINVAL.
constexpr std::array kSetups{
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
        IORING_SETUP_SUBMIT_ALL,                                                      // 6.1
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL,  // 5.19
    0u,
};

}  // namespace

Ring::Ring() {
  int result = -EINVAL;
  for (const unsigned setup : kSetups) {
    io_uring_params params{};
    params.flags = setup | IORING_SETUP_CQSIZE;
    params.cq_entries = kCompletions;
    result = ::io_uring_queue_init_params(kSubmissions, &ring_, &params);
    if (result != -EINVAL) break;
  }
  if (result < 0)
    throw system_error("io_uring is refused", "sysctl kernel.io_uring_disabled, or a sandbox",
                       -result);
}

Ring::~Ring() {
  ::io_uring_queue_exit(&ring_);
}

void Ring::enter(Wait wait) {
  const bool may_wait = wait == Wait::kYes && ::io_uring_cq_ready(&ring_) == 0;
  // The flags say that completions wait in the kernel for us to fetch them.
  const unsigned flags = __atomic_load_n(ring_.sq.kflags, __ATOMIC_RELAXED);
  const bool must_fetch = (flags & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0;
  int result = 0;
  if (may_wait)
    result = ::io_uring_submit_and_wait(&ring_, 1);
  else if (must_fetch || ::io_uring_sq_ready(&ring_) != 0)
    result = ::io_uring_submit_and_get_events(&ring_);
  // Interrupted, or the kernel wants completions to be taken first: the caller comes again.
  if (result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY) return;
  throw system_error("io_uring has failed", "", -result);
}

}  // namespace minivmm
