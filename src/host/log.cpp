#include "host/log.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace minivmm::log {
namespace {

std::atomic<Level> g_level{Level::kWarning};

constexpr const char* kPattern = "minivmm: %^%l%$: %v";

// A raw terminal needs the CR that its line discipline no longer adds.
std::unique_ptr<spdlog::pattern_formatter> formatter(bool raw) {
  return std::make_unique<spdlog::pattern_formatter>(kPattern, spdlog::pattern_time_type::local,
                                                     raw ? "\r\n" : "\n");
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
    auto made = std::make_shared<spdlog::logger>("minivmm", sink);
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    made->set_formatter(formatter(false));
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

void set_level(Level level) {
  g_level = level;
}

bool enabled(Level level) {
  return level >= g_level.load(std::memory_order_relaxed);
}

void set_raw_terminal(bool raw) {
  logger().set_formatter(formatter(raw));
}

void write(Level level, std::string_view line) {
  logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

bool RateLimit::allow() {
  if (burst_.load(std::memory_order_relaxed) > 0 && burst_.fetch_sub(1) > 0) return true;
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  auto next = next_.load();
  const auto second = std::chrono::steady_clock::duration(std::chrono::seconds(1)).count();
  return now >= next && next_.compare_exchange_strong(next, now + second);
}

}  // namespace minivmm::log
