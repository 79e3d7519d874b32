#pragma once
// A terminal in raw mode, given back as it was whatever happens.

namespace minivmm {

/// Puts a terminal into raw mode for a serial console: every byte passes unchanged, both ways. That
/// includes output post-processing: a guest sends CR LF by itself, as to a real line, and the log
/// is told to do the same (log::set_raw_terminal).
///
/// The settings found at construction come back with the destructor, exit(3), an uncaught
/// exception, the death by SIGINT, SIGTERM, SIGHUP, SIGQUIT or a fatal signal (SEGV, ABRT, BUS,
/// ILL, FPE), and while the process is stopped (SIGTSTP). Not with SIGKILL and _exit(2).
///
/// A process in the background leaves the terminal alone, and is never stopped for touching it:
/// enter() answers false until the shell has brought it to the foreground.
///
/// Threads: one object at a time in a process; constructor, destructor and enter() one at a time.
class RawTerminal {
 public:
  /// fd is a terminal, owned by the caller. Throws HostError.
  explicit RawTerminal(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  /// Makes it raw (again) if the process is in the foreground; answers whether it is raw now.
  bool enter();
  /// Gives it back as it was found, until the next enter().
  void leave();
};

}  // namespace minivmm
