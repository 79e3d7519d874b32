#pragma once
// How long to look out for the next request before going to sleep.

#include <algorithm>
#include <chrono>

namespace minivmm::virtio {

/// A doorbell costs an exit of the guest and a wake-up of the disk's thread: together often more
/// than the request itself. A thread that looks at the ring for a moment before it sleeps saves
/// both, where the driver comes back that quickly; where it doesn't, looking is wasted. So the
/// window opens when sleeps turn out short and closes when one was long, as the kernel's halt
/// polling does (Linux Documentation/virt/kvm/halt-polling.rst, with its default limit). Threads:
/// one.
class PollWindow {
 public:
  using Duration = std::chrono::nanoseconds;

  static constexpr Duration kFirst = std::chrono::microseconds(10);
  static constexpr Duration kLongest = std::chrono::microseconds(200);

  /// 0: don't look, sleep at once.
  [[nodiscard]] Duration length() const { return length_; }

  /// The sleep after the window lasted this long, until the driver rang.
  void slept(Duration sleep) {
    if (sleep > kLongest) {
      length_ = Duration::zero();
    } else {
      length_ = std::clamp(length_ * 2, kFirst, kLongest);
    }
  }

 private:
  Duration length_ = Duration::zero();
};

}  // namespace minivmm::virtio
