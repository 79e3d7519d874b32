#pragma once
// A serial line on a pseudo-terminal of its own: screen /dev/pts/7

#include <memory>
#include <string>

#include "backends/char/input_queue.h"
#include "backends/char/output_buffer.h"
#include "host/unique_fd.h"
#include "minivmm/char_backend.h"
#include "minivmm/event_loop.h"

namespace minivmm {

/// Raw, so that every byte passes. Output that nobody reads is kept as OutputBuffer does.
///
/// Threads: as CharBackend says. Errors: HostError.
class PtyBackend final : public CharBackend {
 public:
  explicit PtyBackend(EventLoop& loop);
  ~PtyBackend() override;

  /// The terminal to attach to: "/dev/pts/7".
  [[nodiscard]] const std::string& name() const { return name_; }

  void send(std::span<const std::byte> bytes) override { output_.send(bytes); }
  void set_receiver(Receiver receiver) override { queue_.set_receiver(std::move(receiver)); }
  void resume() override { queue_.resume(); }

 private:
  void watch_input();
  void read_input();

  // Wiring.
  EventLoop& loop_;
  UniqueFd master_;
  std::string name_;
  UniqueFd slave_;  // Kept open: without it, the master reports a hang-up after each user.
  OutputBuffer output_;
  InputQueue queue_;

  // State.
  std::unique_ptr<Subscription> input_watch_;  // Last: its callback uses the rest.
};

}  // namespace minivmm
