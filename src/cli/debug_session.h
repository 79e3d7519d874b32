#pragma once
// The debugger's prompt on its own thread, beside the machine.

#include <mutex>
#include <string>
#include <thread>

#include "minivmm/machine.h"

namespace minivmm::cli {

struct DebugOptions {
  std::string commands{};  ///< A file of commands; empty: none.
  std::string symbols{};   ///< An ELF file or a System.map; empty: the kernel's own.
  std::string kernel{};    ///< What is booted; empty: no file of a kernel.
};

/// Threads: constructor and join() from main's; start() from any; on_key() from the event loop's.
/// Errors: the constructor throws ConfigError for files that can't be used.
class DebugSession {
 public:
  explicit DebugSession(DebugOptions options);
  ~DebugSession() { join(); }
  DebugSession(const DebugSession&) = delete;
  DebugSession& operator=(const DebugSession&) = delete;

  /// Before Machine::run().
  void attach(Machine& machine) { machine_ = &machine; }
  void start();
  /// The user asks for the debugger while the machine runs.
  void on_key();
  /// After Machine::run(), before the Machine goes.
  void join();

 private:
  [[nodiscard]] bool next_session();
  void run();

  const DebugOptions options_;
  Machine* machine_ = nullptr;
  std::mutex mutex_;
  std::thread thread_;     // Guarded by mutex_.
  bool wanted_ = false;    // Guarded by mutex_: a session that has not begun.
  bool running_ = false;   // Guarded by mutex_.
  bool finished_ = false;  // Guarded by mutex_: no session begins any more.
};

}  // namespace minivmm::cli
