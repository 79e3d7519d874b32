#include "cli/debug_session.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <utility>

#include "debug/completion.h"
#include "debug/prompt.h"
#include "host/log.h"
#include "host/system_error.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"

namespace minivmm::cli {
namespace {

UniqueFd open_commands(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    throw ConfigError(fmt::format("commands '{}' can't be read: {}", path, errno_text(errno)));
  return file;
}

// Who writes to standard output, and reads the terminal that a serial line is on; the machine is
// told of changes only.
class SharedTerminal {
 public:
  SharedTerminal(Machine& machine, bool reads) : machine_(machine), reads_(reads) {}
  void take() { set(true); }
  void give_back() { set(false); }

 private:
  void set(bool ours) {
    if (std::exchange(ours_, ours) == ours) return;
    if (ours) machine_.end_line();
    if (reads_) machine_.lend_terminal(ours);
  }
  Machine& machine_;
  const bool reads_;
  bool ours_ = false;
};

}  // namespace

DebugSession::DebugSession(DebugOptions options) : options_(std::move(options)) {
  if (!options_.commands.empty()) (void)open_commands(options_.commands);
  if (!options_.symbols.empty()) (void)debug::Symbols::load(options_.symbols);
}

void DebugSession::start() {
  const std::lock_guard guard(mutex_);
  wanted_ = true;
  if (finished_ || running_) return;
  if (thread_.joinable()) thread_.join();  // Of a session that is over.
  running_ = true;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "debugger");
    while (next_session()) {
      try {
        run();
      } catch (const std::exception& error) {
        log::error("{}", error.what());
        machine_->debug_target().quit();
      }
    }
  });
}

// A key that is pressed while a session comes to its end must not be lost: the machine stops for
// it.
bool DebugSession::next_session() {
  const std::lock_guard guard(mutex_);
  running_ = !finished_ && std::exchange(wanted_, false);
  return running_;
}

void DebugSession::on_key() {
  machine_->debug_target().interrupt();
  start();
}

void DebugSession::join() {
  std::thread last;
  {
    const std::lock_guard guard(mutex_);
    finished_ = true;
    last = std::move(thread_);
  }
  if (last.joinable()) last.join();
}

void DebugSession::run() {
  const bool at_terminal = ::isatty(STDIN_FILENO) == 1;
  SharedTerminal terminal(*machine_, at_terminal);
  debug::Debugger debugger(machine_->debug_target(),
                           debug::Symbols::find(options_.symbols, options_.kernel),
                           {.print =
                                [&](std::string_view text) {
                                  terminal.take();
                                  std::fwrite(text.data(), 1, text.size(), stdout);
                                  std::fflush(stdout);
                                },
                            .before_running = [&] { terminal.give_back(); }});
  UniqueFd commands;
  if (!options_.commands.empty()) commands = open_commands(options_.commands);
  if (commands) {
    const auto lines = debug::plain_lines(commands.get());
    debug::run_prompt(debugger, *lines);
  } else {
    debugger.wait();
  }
  if (debugger.state() != debug::Debugger::State::kStanding) return;
  if (at_terminal) {
    terminal.take();
    const auto lines = debug::edited_lines(
        [&](std::string_view typed) { return debug::complete(debugger, typed); });
    debug::run_prompt(debugger, *lines);
  } else if (!commands) {
    // Commands by a pipe: what comes there is not for the guest.
    const auto lines = debug::plain_lines(STDIN_FILENO);
    debug::run_prompt(debugger, *lines);
  }
  if (debugger.state() == debug::Debugger::State::kStanding) debugger.detach();
}

}  // namespace minivmm::cli
