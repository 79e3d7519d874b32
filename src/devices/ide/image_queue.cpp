#include "devices/ide/image_queue.h"

#include <cassert>
#include <chrono>
#include <string_view>
#include <utility>

#include "host/system_error.h"

namespace minivmm::ide {
namespace {

// What drives ask for.
std::string_view name_of(BlockOp op) {
  if (op == BlockOp::kRead) return "read";
  return op == BlockOp::kWrite ? "write" : "flush";
}

}  // namespace

void ImageQueue::post(BlockRequest request) {
  assert(!busy());
  posted_ = std::move(request);
  wiring_.wake();
}

void ImageQueue::serve(std::mutex& lock, BlockBackend::Wait wait) {
  std::optional<BlockRequest> taken;
  {
    const std::lock_guard guard(lock);
    taken = std::exchange(posted_, std::nullopt);
    if (taken) {
      in_flight_ = true;
      record_ = {.what = name_of(taken->op),
                 .offset = taken->offset,
                 .length = taken->length,
                 .taken = std::chrono::steady_clock::now()};
    }
  }
  if (taken) wiring_.backend.start(std::move(*taken));
  turn(lock, wait);
}

void ImageQueue::drain(std::mutex& lock) {
  while (wiring_.backend.in_flight() > 0) turn(lock, BlockBackend::Wait::kYes);
}

void ImageQueue::turn(std::mutex& lock, BlockBackend::Wait wait) {
  done_.clear();
  wiring_.backend.turn(wait, done_);
  if (done_.empty()) return;
  const std::lock_guard guard(lock);
  for (const BlockCompletion& completion : done_) end(completion);
}

void ImageQueue::end(const BlockCompletion& completion) {
  if (completion.error != 0) report(completion.error);
  if (wiring_.onlooker != nullptr) {
    record_.error = completion.error;
    record_.answered = std::chrono::steady_clock::now();
    wiring_.onlooker->on_request(record_);
  }
  // Before it is told: who hears may post the next.
  in_flight_ = false;
  if (ended_) ended_(completion.error);
}

void ImageQueue::report(int error) {
  if (!log_limit_.allow()) return;
  log::warning("{}: {} at byte {} failed: {}; the guest is told of an I/O error", wiring_.name,
               record_.what, record_.offset, errno_text(error));
}

}  // namespace minivmm::ide
