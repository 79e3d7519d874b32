#pragma once
// What has arrived for a guest and hasn't been taken yet: CharBackend's receiver and its pauses.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "host/event_fd.h"
#include "minivmm/char_backend.h"
#include "minivmm/event_loop.h"

namespace minivmm {

/// Threads: set_receiver() and resume() from any; the rest on the loop's thread. When
/// set_receiver() has returned, the former receiver isn't running and is never called again.
class InputQueue {
 public:
  /// on_empty, on the loop's thread: all bytes have been taken after some had to wait; the source
  /// may be read again.
  InputQueue(EventLoop& loop, std::function<void()> on_empty);

  void set_receiver(CharBackend::Receiver receiver);
  void resume();

  /// Offers bytes after those that wait; drops them if there is no receiver. Answers whether the
  /// source may go on: nothing waits.
  bool deliver(std::span<const std::byte> bytes);
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  void pump();
  void pump_and_tell();

  // Wiring.
  std::function<void()> on_empty_;

  // State. waiting_ is the loop's thread's own.
  std::vector<std::byte> waiting_;
  std::mutex mutex_;
  std::condition_variable call_ended_;
  CharBackend::Receiver receiver_;  // Empty, too, while it is being called.
  bool has_receiver_ = false;
  std::uint64_t generation_ = 0;  // Of the receiver.
  std::thread::id caller_;        // The thread inside the receiver.
  // resume() must not be lost between the receiver's refusal and our noting it down: it counts,
  // then looks at blocked_; the other side sets blocked_, then looks at the count.
  std::atomic<std::uint64_t> resumes_{0};
  std::atomic<bool> blocked_{false};

  EventFd wake_;
  std::unique_ptr<Subscription> wake_watch_;  // Last: its callback uses the rest.
};

}  // namespace minivmm
