#pragma once
// The signals that ask a program to end, as readable events.

#include <csignal>
#include <optional>
#include <vector>

#include "host/unique_fd.h"

namespace minivmm {

/// Blocks SIGTERM, SIGINT and SIGHUP and receives them through a signalfd; ignores SIGPIPE and
/// SIGXFSZ, so that a closed pipe and a file at its limit are errors of a write. A signal that the
/// parent had ignored (nohup) stays ignored.
///
/// Threads: made before any other thread, so that all of them inherit the mask; next() from any.
/// The destructor, on the thread that made it, puts back what it found.
/// Errors: HostError.
class StopSignals {
 public:
  /// others: signals that are received too.
  explicit StopSignals(const std::vector<int>& others = {});
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Readable while a signal waits. Never blocks.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The number of the next signal that came, if one has.
  [[nodiscard]] std::optional<int> next();

 private:
  UniqueFd fd_;
  sigset_t former_mask_{};
  struct sigaction former_pipe_ {};
  struct sigaction former_file_size_ {};
};

}  // namespace minivmm
