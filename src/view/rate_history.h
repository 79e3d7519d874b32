#pragma once
// The last minute of a machine's exits, by device.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "minivmm/live_sample.h"

namespace minivmm::view {

/// A sample a second, the last kSeconds of them. Threads: one.
class RateHistory {
 public:
  static constexpr std::size_t kSeconds = 60;
  /// Devices that are told apart; all others are one series.
  static constexpr std::size_t kDevices = 6;

  void add(const LiveSample& sample);

  struct Series {
    std::string name{};
    std::size_t colour = 0;              ///< Up to kDevices, which is that of all others.
    std::vector<std::uint32_t> rates{};  ///< The newest last; as many as seconds().
  };
  /// The busiest of the minute, by name, then all others together, if there are any. A device keeps
  /// its colour for as long as it is one of the busiest.
  [[nodiscard]] const std::vector<Series>& series() const { return series_; }
  /// The largest sum of all in one second.
  [[nodiscard]] std::uint32_t most() const;
  [[nodiscard]] std::size_t seconds() const { return seconds_.size(); }
  /// The newest; seconds() is not 0.
  [[nodiscard]] const LiveSample& latest() const { return latest_; }

 private:
  struct Second {
    std::uint32_t all = 0;
    std::map<std::string, std::uint32_t> devices{};
  };
  [[nodiscard]] std::vector<std::string> busiest() const;
  void choose_colours(const std::vector<std::string>& names);
  [[nodiscard]] Series series_of(const std::string& name) const;
  [[nodiscard]] Series others(const std::vector<std::string>& names) const;

  std::deque<Second> seconds_;
  LiveSample latest_{};
  std::map<std::string, std::size_t> colours_;
  std::vector<Series> series_;
};

}  // namespace minivmm::view
