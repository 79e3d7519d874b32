#pragma once
// A serial line on the terminal, or on whatever standard input and output are.

#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>

#include "backends/char/escape_keys.h"
#include "backends/char/input_queue.h"
#include "backends/char/make_char_backend.h"
#include "host/event_fd.h"
#include "host/terminal.h"
#include "host/unique_fd.h"
#include "minivmm/char_backend.h"
#include "minivmm/event_loop.h"

namespace minivmm {

/// Reads from the first set_receiver() on. When input is a terminal, it is raw (RawTerminal) and
/// EscapeKeys are looked for, even while the guest takes nothing; otherwise bytes pass unchanged,
/// reading stops while the guest takes nothing, and the end of the input just ends it.
///
/// Output waits for a slow reader until stop_waiting(), so that nothing is lost; what can't be
/// written at all (a closed pipe) is dropped. O_NONBLOCK is never set on a description that a
/// shell or another program shares.
///
/// Threads: as CharBackend says. Errors: HostError.
class StdioBackend final : public CharBackend {
 public:
  StdioBackend(EventLoop& loop, CharEvents events, int input = STDIN_FILENO,
               int output = STDOUT_FILENO);
  ~StdioBackend() override;

  void send(std::span<const std::byte> bytes) override;
  void set_receiver(Receiver receiver) override;
  void resume() override { queue_.resume(); }
  void stop_waiting() override;
  void lend_terminal(bool lent) override;
  void end_line() override;

 private:
  static constexpr std::byte kLineEnd{'\n'};

  void watch_input();
  void read_input();
  void end_input(bool hung_up);
  void take_keys(std::span<const std::byte> keys);
  [[nodiscard]] ssize_t write_some(std::span<const std::byte> bytes) const;
  [[nodiscard]] bool wait_for_room() const;

  // Wiring.
  EventLoop& loop_;
  CharEvents events_;
  int input_;
  int output_;
  UniqueFd own_output_;  // The terminal or pipe once more, non-blocking.
  bool output_is_socket_ = false;

  // State.
  std::optional<RawTerminal> terminal_;
  EscapeKeys keys_;
  InputQueue queue_;
  EventFd stop_waiting_;
  std::atomic<std::byte> last_sent_ = kLineEnd;
  std::atomic<bool> waits_{true};
  std::atomic<bool> reading_{false};  // The first set_receiver() has come.
  bool input_ended_ = false;
  bool lent_ = false;
  std::unique_ptr<EventLoop::Timer> background_timer_;
  std::unique_ptr<Subscription>
      input_watch_;  // Last, with the timer: their callbacks use the rest.
};

}  // namespace minivmm
