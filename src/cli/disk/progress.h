#pragma once
// How far something is, on a terminal.

#include <chrono>
#include <cstdint>
#include <optional>

namespace minivmm::cli::disk {

/// Shows itself on standard error, if that is a terminal, from the first second on; goes away at
/// the end.
class Progress {
 public:
  /// total: bytes.
  explicit Progress(std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  const std::uint64_t total_;
  const bool terminal_;
  const Clock::time_point start_ = Clock::now();
  std::optional<Clock::time_point> shown_{};
};

}  // namespace minivmm::cli::disk
