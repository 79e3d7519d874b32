#pragma once
// A serial line on a listening Unix socket: socat -,raw,echo=0 UNIX:PATH

#include <memory>
#include <string>

#include "backends/char/input_queue.h"
#include "backends/char/output_buffer.h"
#include "host/unique_fd.h"
#include "minivmm/char_backend.h"
#include "minivmm/event_loop.h"

namespace minivmm {

/// One client at a time; the next is accepted when it has gone. Output without a client is kept as
/// OutputBuffer does. The socket is removed at the end.
///
/// A socket that is left over from a program that has died is replaced; one that answers, or a
/// file of another kind, is refused.
/// Threads: as CharBackend says. Errors: ConfigError for a path that can't be used; HostError.
class UnixBackend final : public CharBackend {
 public:
  UnixBackend(EventLoop& loop, const std::string& path);
  ~UnixBackend() override;

  void send(std::span<const std::byte> bytes) override { output_.send(bytes); }
  void set_receiver(Receiver receiver) override { queue_.set_receiver(std::move(receiver)); }
  void resume() override { queue_.resume(); }

 private:
  void watch_listener();
  void accept_client();
  void watch_client();
  void read_client();

  // Wiring.
  EventLoop& loop_;
  std::string path_;
  UniqueFd listener_;
  OutputBuffer output_;
  InputQueue queue_;

  // State.
  UniqueFd client_;
  std::unique_ptr<Subscription> client_watch_;
  std::unique_ptr<Subscription> listener_watch_;  // Last: their callbacks use the rest.
};

}  // namespace minivmm
