#pragma once
// How far something is, on a terminal.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>

namespace minivmm::cli::disk {

/// Shows itself from the first second on; goes away at the end.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  struct Place {
    std::FILE* terminal = nullptr;  ///< Null: nowhere.
    std::function<Clock::time_point()> now = Clock::now;
  };
  /// Standard error, if that is a terminal.
  static Place standard_error();

  /// total: bytes.
  explicit Progress(std::uint64_t total, Place place = standard_error());
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done);

 private:
  const std::uint64_t total_;
  const Place place_;
  const Clock::time_point start_;
  std::optional<Clock::time_point> shown_{};
};

}  // namespace minivmm::cli::disk
