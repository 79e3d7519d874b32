#pragma once
// What stands behind a serial port: a sink for what the guest sends, a source of what it receives.

#include <cstddef>
#include <functional>
#include <span>

namespace minivmm {

/// One end of a serial line on the host's side.
///
/// Threads: send() from any thread, one at a time (the UART's lock is held); the receiver is called
/// on the event loop's thread, without any lock held.
/// Errors: a reader that went away (EPIPE, a closed socket) loses the bytes; it never blocks the
/// guest for long and never throws after construction.
class CharBackend {
 public:
  virtual ~CharBackend() = default;

  virtual void send(std::span<const std::byte> bytes) = 0;

  /// Is given bytes as they arrive; answers how many it took. The rest is offered again when
  /// resume() is called.
  using Receiver = std::function<std::size_t(std::span<const std::byte>)>;
  /// Replaces the receiver; an empty one drops what arrives. Bytes already waiting are kept.
  virtual void set_receiver(Receiver receiver) = 0;

  /// The receiver has room again. Threads: any; never calls the receiver from inside.
  virtual void resume() = 0;

  /// The machine stops: a send() that waits for a slow reader gives up, and later ones drop what
  /// can't be taken at once. Threads: any, also while send() runs.
  virtual void stop_waiting() {}

  /// Somebody else reads the terminal that this line is on: true, until it is false again. Threads:
  /// the event loop's.
  virtual void lend_terminal(bool /*lent*/) {}

  /// Somebody else is about to write where this line goes: a line that was begun is ended. Threads:
  /// any, while no send() runs.
  virtual void end_line() {}
};

}  // namespace minivmm
