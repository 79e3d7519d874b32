#include "backends/char/input_queue.h"

#include <utility>

namespace minivmm {

InputQueue::InputQueue(EventLoop& loop, std::function<void()> on_empty)
    : on_empty_(std::move(on_empty)) {
  wake_watch_ = loop.watch_readable(wake_.fd(), [this] {
    wake_.consume();
    pump_and_tell();
  });
}

void InputQueue::set_receiver(CharBackend::Receiver receiver) {
  std::unique_lock lock(mutex_);
  ++generation_;
  has_receiver_ = static_cast<bool>(receiver);
  std::swap(receiver_, receiver);
  if (caller_ != std::this_thread::get_id())
    call_ended_.wait(lock, [&] { return caller_ == std::thread::id(); });
  lock.unlock();
  resume();
}

void InputQueue::resume() {
  resumes_.fetch_add(1);
  if (blocked_.load()) wake_.signal();
}

bool InputQueue::deliver(std::span<const std::byte> bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (!has_receiver_) return waiting_.empty();
  }
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  if (!blocked_.load()) pump();
  return waiting_.empty();
}

void InputQueue::pump_and_tell() {
  if (!blocked_.exchange(false)) return;
  pump();
  if (waiting_.empty() && on_empty_) on_empty_();
}

void InputQueue::pump() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty() && !blocked_.load()) {
    if (!has_receiver_) {
      blocked_ = true;  // The next receiver's set_receiver() resumes.
      return;
    }
    const std::uint64_t resumes = resumes_.load();
    const std::uint64_t generation = generation_;
    CharBackend::Receiver receiver = std::exchange(receiver_, nullptr);
    caller_ = std::this_thread::get_id();
    lock.unlock();
    const std::size_t taken = receiver(waiting_);
    lock.lock();
    caller_ = {};
    if (generation == generation_) receiver_ = std::move(receiver);
    call_ended_.notify_all();

    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    if (waiting_.empty()) return;
    blocked_ = true;
    if (resumes_.load() != resumes) blocked_ = false;
  }
}

}  // namespace minivmm
