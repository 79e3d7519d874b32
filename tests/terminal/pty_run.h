#pragma once
// minivmm on a terminal of its own, as a person has it: started, typed into, watched, and its
// settings compared afterwards.

#include <sys/types.h>
#include <termios.h>

#include <string>
#include <string_view>
#include <vector>

#include "host/unique_fd.h"

namespace minivmm {

/// A pseudo-terminal with minivmm as its foreground process. Every wait gives up after a minute.
class PtyRun {
 public:
  explicit PtyRun(const std::vector<std::string>& arguments);
  ~PtyRun();
  PtyRun(const PtyRun&) = delete;
  PtyRun& operator=(const PtyRun&) = delete;

  /// Reads until text has come since the last call; false when it ended or took too long.
  [[nodiscard]] bool wait_for(std::string_view text);
  void type(std::string_view keys);
  void signal(int number) const;
  /// Reads what still comes; the exit status, or 256 + the signal's number that ended it.
  [[nodiscard]] int wait_for_end();

  [[nodiscard]] const std::string& output() const { return output_; }
  /// For a failed wait: all output so far, and what each thread of the program is doing.
  [[nodiscard]] std::string account() const;
  [[nodiscard]] bool is_raw() const;
  /// Whether the terminal's settings are those from before the start.
  [[nodiscard]] bool is_restored() const;

 private:
  [[nodiscard]] bool read_more();

  UniqueFd master_;
  UniqueFd slave_;  // Kept open, so that the settings outlive the program.
  termios before_{};
  pid_t pid_ = -1;
  std::string output_;
  std::size_t seen_ = 0;
};

}  // namespace minivmm
