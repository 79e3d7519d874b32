#pragma once
// The one call that tells a viewer of a change.

#include <functional>
#include <mutex>
#include <utility>

namespace minivmm::vga {

/// Threads: any; takes a lock of its own, never held while it calls.
class ChangeNotice {
 public:
  void set(std::function<void()> changed) {
    const std::lock_guard guard(lock_);
    changed_ = std::move(changed);
  }
  /// Calls what was set last, and forgets it.
  void give() {
    std::function<void()> changed;
    {
      const std::lock_guard guard(lock_);
      changed.swap(changed_);
    }
    if (changed) changed();
  }

 private:
  std::mutex lock_;
  std::function<void()> changed_;
};

}  // namespace minivmm::vga
