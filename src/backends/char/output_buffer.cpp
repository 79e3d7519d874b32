#include "backends/char/output_buffer.h"

#include <sys/epoll.h>

#include <utility>

#include "host/system_error.h"

namespace minivmm {

OutputBuffer::OutputBuffer(EventLoop& loop, Write write)
    : write_(std::move(write)), room_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!room_)
    throw system_error("cannot create an epoll instance",
                       "raise the limit of open files: ulimit -n");
  room_watch_ = loop.watch_readable(room_.get(), [this] { flush(); });
}

void OutputBuffer::attach(int fd) {
  {
    const std::lock_guard lock(mutex_);
    fd_ = fd;
    epoll_event event{};  // No events: nothing to wait for yet.
    if (::epoll_ctl(room_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      throw system_error("cannot wait for a file descriptor");
  }
  flush();
}

void OutputBuffer::detach() {
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::epoll_ctl(room_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  fd_ = -1;
}

void OutputBuffer::send(std::span<const std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) bytes = write_some(bytes);
  if (bytes.empty()) return;
  const bool was_empty = waiting_.empty();
  keep(bytes);
  if (was_empty) wait_for_room();
}

void OutputBuffer::flush() {
  const std::lock_guard lock(mutex_);
  const std::size_t left = write_some(waiting_).size();
  waiting_.erase(waiting_.begin(), waiting_.end() - static_cast<std::ptrdiff_t>(left));
  if (!waiting_.empty()) wait_for_room();
}

// Answers what couldn't be written. A peer that has gone is found by whoever reads from it.
std::span<const std::byte> OutputBuffer::write_some(std::span<const std::byte> bytes) {
  while (fd_ >= 0 && !bytes.empty()) {
    const ssize_t written = write_(fd_, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return bytes;
}

void OutputBuffer::keep(std::span<const std::byte> bytes) {
  if (bytes.size() > kCapacity) bytes = bytes.last(kCapacity);
  const std::size_t room = kCapacity - bytes.size();
  if (waiting_.size() > room)
    waiting_.erase(waiting_.begin(),
                   waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_.size() - room));
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
}

void OutputBuffer::wait_for_room() {
  if (fd_ < 0) return;
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLONESHOT;
  ::epoll_ctl(room_.get(), EPOLL_CTL_MOD, fd_, &event);
}

}  // namespace minivmm
