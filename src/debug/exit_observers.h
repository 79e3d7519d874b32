#pragma once
// Several who look on at exits, as one; they come and go while the machine runs.

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>

#include "minivmm/exit_observer.h"

namespace minivmm::debug {

/// Ownership: refers to them. An observer that was removed may still be told of an exit for as long
/// as the vCPU's thread is inside of on_exit(): it must live until the vCPUs have ended.
/// Threads: add() and remove() one at a time, any(), on_exit() as each vCPU.
class ExitObservers final : public ExitObserver {
 public:
  static constexpr std::size_t kMost = 4;

  /// Told in the order of the free places: who may block is added last. Room is for kMost.
  void add(ExitObserver& observer) {
    for (auto& place : all_) {
      if (place.load() != nullptr) continue;
      place = &observer;
      ++count_;
      return;
    }
    assert(!"more observers than places");
  }
  void remove(ExitObserver& observer) {
    for (auto& place : all_) {
      if (place.load() != &observer) continue;
      place = nullptr;
      --count_;
    }
  }

  /// What a vCPU's thread is to tell of this exit: null where nobody looks on.
  [[nodiscard]] ExitObserver* any() {
    return count_.load(std::memory_order_acquire) == 0 ? nullptr : this;
  }

  void on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
               Time exited) override {
    for (const auto& one : all_) {
      if (ExitObserver* observer = one.load(std::memory_order_acquire))
        observer->on_exit(cpu, record, place, exited);
    }
  }

 private:
  std::array<std::atomic<ExitObserver*>, kMost> all_{};
  std::atomic<unsigned> count_{0};
};

}  // namespace minivmm::debug
