#pragma once
// Tells who looks on of the work that a device's thread does between two sleeps.

#include <chrono>
#include <cstddef>

#include "minivmm/request_observer.h"

namespace minivmm::virtio {

/// From its beginning to its end; nothing is told of a span without work, or to nobody.
class WorkSpan {
 public:
  explicit WorkSpan(RequestObserver* onlooker) : onlooker_(onlooker) {
    if (onlooker_ != nullptr) from_ = std::chrono::steady_clock::now();
  }
  ~WorkSpan() {
    if (onlooker_ == nullptr || taken_ + answered_ == 0) return;
    onlooker_->on_work(from_, std::chrono::steady_clock::now(), taken_, answered_);
  }
  WorkSpan(const WorkSpan&) = delete;
  WorkSpan& operator=(const WorkSpan&) = delete;

  void took(std::size_t requests) { taken_ += static_cast<unsigned>(requests); }
  void answered(std::size_t requests) { answered_ += static_cast<unsigned>(requests); }

 private:
  RequestObserver* const onlooker_;
  RequestObserver::Time from_{};
  unsigned taken_ = 0;
  unsigned answered_ = 0;
};

}  // namespace minivmm::virtio
