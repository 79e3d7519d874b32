#pragma once
// What a guest has said and nobody has read yet: the last 64 KiB of it.

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "host/unique_fd.h"
#include "minivmm/event_loop.h"

namespace minivmm {

/// Writes to a non-blocking descriptor that comes and goes; never makes the guest wait. What can't
/// be written is kept, up to kCapacity bytes, the oldest being dropped, and written when there is
/// room again.
///
/// Threads: any.
class OutputBuffer {
 public:
  static constexpr std::size_t kCapacity = 64 * 1024;

  /// Writes some of bytes without blocking; answers as write(2).
  using Write = std::function<ssize_t(int fd, std::span<const std::byte> bytes)>;
  OutputBuffer(EventLoop& loop, Write write);

  /// From now on bytes go to fd, which the caller owns and detaches before it closes it.
  void attach(int fd);
  void detach();
  void send(std::span<const std::byte> bytes);

 private:
  std::span<const std::byte> write_some(std::span<const std::byte> bytes);
  void keep(std::span<const std::byte> bytes);
  void flush();
  void wait_for_room();

  // Wiring.
  Write write_;

  // State.
  std::mutex mutex_;
  int fd_ = -1;
  std::vector<std::byte> waiting_;

  // An epoll instance is itself readable when one of its descriptors is ready: so an event loop
  // that waits for readers' sake only also tells when there is room to write.
  UniqueFd room_;
  std::unique_ptr<Subscription> room_watch_;  // Last: its callback uses the rest.
};

}  // namespace minivmm
