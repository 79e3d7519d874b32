#pragma once
// The log: one line an event, to stderr, in words for people. spdlog is behind it, in log.cpp only.

#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <string_view>
#include <utility>

namespace minivmm::log {

enum class Level { kTrace, kDebug, kInfo, kWarning, kError, kOff };

/// Lines below this level are dropped. Default: kWarning.
void set_level(Level level);
[[nodiscard]] bool enabled(Level level);

/// Whether stderr's terminal is in raw mode, so that a line must end in CR LF. Threads: any.
void set_raw_terminal(bool raw);

/// Writes one line. Threads: any.
void write(Level level, std::string_view line);

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kDebug))
    write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kInfo)) write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kWarning))
    write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kError))
    write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

/// Lets a few lines through and then at most one a second, so that a guest can't fill the log:
///   static log::RateLimit limit;
///   if (limit.allow()) log::warning("...");
class RateLimit {
 public:
  /// Threads: any.
  [[nodiscard]] bool allow();

 private:
  std::atomic<int> burst_{8};
  std::atomic<std::chrono::steady_clock::rep> next_{0};
};

}  // namespace minivmm::log
