#pragma once
// Watches what a guest says on its serial line for a text (--expect).

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <regex>
#include <span>
#include <string>

#include "minivmm/char_backend.h"
#include "minivmm/event_loop.h"

namespace minivmm {

/// Passes everything through to another backend and calls back once, at the first match.
///
/// The expression (ECMAScript, without back-references) is searched for in each line by itself: a
/// match never spans lines, ^ and $ are the ends of a line. A line ends with LF; CRs before it are
/// not part of it. A line that hasn't ended, such as a prompt, is searched shortly after the guest
/// went on without it, or fell silent; $ doesn't match there. Of a line longer than kMaxLine only
/// the last part is kept.
///
/// Threads: send() as CharBackend says; on_match is called from send() or on the loop's thread.
class ExpectTap final : public CharBackend {
 public:
  static constexpr std::size_t kMaxLine = 4096;

  /// Throws ConfigError when pattern is not a regular expression.
  ExpectTap(std::unique_ptr<CharBackend> inner, EventLoop& loop, const std::string& pattern,
            std::function<void()> on_match);
  ~ExpectTap() override;

  void send(std::span<const std::byte> bytes) override;
  void set_receiver(Receiver receiver) override { inner_->set_receiver(std::move(receiver)); }
  void resume() override { inner_->resume(); }
  void stop_waiting() override { inner_->stop_waiting(); }
  void lend_terminal(bool lent) override { inner_->lend_terminal(lent); }
  void end_line() override { inner_->end_line(); }

  /// Whether the text has come; the output is taken to have ended, so that an unfinished last line
  /// counts as a whole one. For when the guest has stopped; doesn't call on_match. Threads: any.
  [[nodiscard]] bool matched_at_end();

 private:
  enum class LineState { kGrowing, kEnded };
  [[nodiscard]] bool take(std::byte byte);
  [[nodiscard]] bool search(LineState state);
  void search_growing_line();

  // Wiring.
  std::unique_ptr<CharBackend> inner_;
  std::regex expression_;
  std::function<void()> on_match_;

  // State.
  std::mutex mutex_;
  std::string line_;
  bool cut_ = false;  // The beginning of the line is gone.
  bool timer_armed_ = false;
  bool matched_ = false;
  std::unique_ptr<EventLoop::Timer> timer_;  // Last: ends before what its callback uses.
};

}  // namespace minivmm
