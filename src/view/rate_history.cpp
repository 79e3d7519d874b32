#include "view/rate_history.h"

#include <algorithm>
#include <span>
#include <utility>

namespace minivmm::view {
namespace {

std::uint32_t rate_in(const std::map<std::string, std::uint32_t>& devices,
                      const std::string& name) {
  const auto found = devices.find(name);
  return found == devices.end() ? 0 : found->second;
}

}  // namespace

void RateHistory::add(const LiveSample& sample) {
  latest_ = sample;
  Second& second = seconds_.emplace_back();
  second.all = sample.exits;
  for (const auto& device : std::span(sample.devices).first(sample.device_count))
    second.devices[std::string(text_of(device.name))] += device.exits;
  if (seconds_.size() > kSeconds) seconds_.pop_front();

  std::vector<std::string> names = busiest();
  std::ranges::sort(names);
  choose_colours(names);
  series_.clear();
  for (const std::string& name : names) series_.push_back(series_of(name));
  Series rest = others(names);
  if (std::ranges::any_of(rest.rates, [](std::uint32_t rate) { return rate > 0; }))
    series_.push_back(std::move(rest));
}

std::vector<std::string> RateHistory::busiest() const {
  std::map<std::string, std::uint64_t> totals;
  for (const Second& second : seconds_) {
    for (const auto& [name, rate] : second.devices) totals[name] += rate;
  }
  std::vector<std::pair<std::string, std::uint64_t>> sorted(totals.begin(), totals.end());
  std::erase_if(sorted, [](const auto& device) { return device.second == 0; });
  std::ranges::stable_sort(sorted, std::ranges::greater{}, [](const auto& d) { return d.second; });
  sorted.resize(std::min(sorted.size(), kDevices));
  std::vector<std::string> names;
  names.reserve(sorted.size());
  for (const auto& [name, total] : sorted) names.push_back(name);
  return names;
}

// There are as many colours as names, so one is free for each that has none.
void RateHistory::choose_colours(const std::vector<std::string>& names) {
  std::erase_if(colours_, [&](const auto& entry) {
    return std::ranges::find(names, entry.first) == names.end();
  });
  for (const std::string& name : names) {
    if (colours_.contains(name)) continue;
    std::size_t colour = 0;
    const auto is_taken = [&](const auto& entry) { return entry.second == colour; };
    while (std::ranges::any_of(colours_, is_taken)) ++colour;
    colours_[name] = colour;
  }
}

RateHistory::Series RateHistory::series_of(const std::string& name) const {
  Series series{.name = name, .colour = colours_.at(name)};
  for (const Second& second : seconds_) series.rates.push_back(rate_in(second.devices, name));
  return series;
}

RateHistory::Series RateHistory::others(const std::vector<std::string>& names) const {
  Series series{.name = "others", .colour = kDevices};
  for (const Second& second : seconds_) {
    std::uint64_t shown = 0;
    for (const std::string& name : names) shown += rate_in(second.devices, name);
    series.rates.push_back(second.all -
                           static_cast<std::uint32_t>(std::min<std::uint64_t>(shown, second.all)));
  }
  return series;
}

std::uint32_t RateHistory::most() const {
  std::uint32_t most = 0;
  for (const Second& second : seconds_) most = std::max(most, second.all);
  return most;
}

}  // namespace minivmm::view
