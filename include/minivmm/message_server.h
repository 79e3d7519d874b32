#pragma once
// What stands behind a device that carries messages there and answers back (virtio-9p).

#include <cstddef>
#include <span>

namespace minivmm {

/// A server with one client, whose every message gets one answer.
///
/// Threads: one at a time.
/// Errors: none; a message that makes no sense is answered as the protocol says.
class MessageServer {
 public:
  virtual ~MessageServer() = default;

  /// Answers request into reply and says how many bytes of that it used, at most all of it; 0:
  /// there is no answer that fits. May take as long as the host's storage does.
  [[nodiscard]] virtual std::size_t answer(std::span<const std::byte> request,
                                           std::span<std::byte> reply) = 0;
  /// The client went away: what it had open is closed.
  virtual void forget_client() = 0;

  /// No request or reply is larger, in bytes.
  [[nodiscard]] virtual std::size_t largest_message() const = 0;
};

}  // namespace minivmm
