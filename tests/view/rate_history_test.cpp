#include "view/rate_history.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "view/rates_overlay.h"

namespace minivmm::view {
namespace {

using Rates = std::vector<std::pair<std::string, std::uint32_t>>;

LiveSample sample_of(const Rates& rates) {
  LiveSample sample{.all_cpus = 1, .cpu_count = 1};
  for (const auto& [name, rate] : rates) {
    auto& device = sample.devices[sample.device_count++];
    set_text(device.name, name);
    device.exits = rate;
    sample.exits += rate;
  }
  return sample;
}

std::size_t colour_of(const RateHistory& history, const std::string& name) {
  for (const auto& series : history.series()) {
    if (series.name == name) return series.colour;
  }
  return 100;
}

TEST_CASE("a device that comes and goes has a rate for every second") {
  RateHistory history;
  history.add(sample_of({{"com1", 10}}));
  history.add(sample_of({{"rtc", 3}}));
  history.add(sample_of({{"com1", 5}, {"rtc", 1}}));
  REQUIRE(history.series().size() == 2);
  CHECK(history.series()[0].name == "com1");
  CHECK(history.series()[0].rates == std::vector<std::uint32_t>{10, 0, 5});
  CHECK(history.series()[1].rates == std::vector<std::uint32_t>{0, 3, 1});
  CHECK(history.most() == 10);
  CHECK(history.latest().exits == 6);
}

TEST_CASE("after a minute the oldest second is forgotten, and a device with it") {
  RateHistory history;
  history.add(sample_of({{"early", 1000}}));
  for (std::size_t i = 0; i < RateHistory::kSeconds; ++i) history.add(sample_of({{"com1", 2}}));
  CHECK(history.seconds() == RateHistory::kSeconds);
  REQUIRE(history.series().size() == 1);
  CHECK(history.series()[0].name == "com1");
  CHECK(history.series()[0].rates.size() == RateHistory::kSeconds);
  CHECK(history.most() == 2);
}

TEST_CASE("the busiest are told apart, the others are one") {
  RateHistory history;
  Rates rates;
  for (std::uint32_t i = 1; i <= RateHistory::kDevices + 3; ++i)
    rates.emplace_back("device" + std::to_string(i), i);
  history.add(sample_of(rates));
  REQUIRE(history.series().size() == RateHistory::kDevices + 1);
  CHECK(history.series().front().name == "device4");
  CHECK(history.series().back().name == "others");
  CHECK(history.series().back().colour == RateHistory::kDevices);
  CHECK(history.series().back().rates == std::vector<std::uint32_t>{1 + 2 + 3});
}

TEST_CASE("a device keeps its colour while others come and go") {
  RateHistory history;
  history.add(sample_of({{"m", 5}, {"z", 5}}));
  const std::size_t m = colour_of(history, "m");
  const std::size_t z = colour_of(history, "z");
  CHECK(m != z);
  history.add(sample_of({{"a", 50}, {"m", 5}, {"z", 5}}));
  CHECK(colour_of(history, "m") == m);
  CHECK(colour_of(history, "z") == z);
  CHECK(colour_of(history, "a") != m);
  CHECK(colour_of(history, "a") != z);
}

TEST_CASE("an axis ends at a round number that holds the largest value") {
  CHECK(axis_end(0) == 10);
  CHECK(axis_end(10) == 10);
  CHECK(axis_end(11) == 20);
  CHECK(axis_end(20'001) == 50'000);
  CHECK(axis_end(99'999) == 100'000);
  CHECK(axis_end(UINT32_MAX) == 5'000'000'000);
}

TEST_CASE("the overlay fits into small windows and large ones, with one vCPU and with many") {
  RateHistory history;
  for (const SDL_Point window : {SDL_Point{320, 200}, SDL_Point{1920, 1080}}) {
    const Layer waiting = draw_rates(history, window, 1);
    CHECK(waiting.at.x + waiting.surface->w <= window.x);
  }
  LiveSample sample = sample_of({{"com1", 10}, {"rtc", 4'000'000'000}});
  for (const std::uint32_t cpus : {1u, 8u, 9u, 64u}) {
    sample.cpu_count = cpus;
    history.add(sample);
    for (const SDL_Point window : {SDL_Point{320, 200}, SDL_Point{1920, 1080}}) {
      const Layer layer = draw_rates(history, window, 1);
      CHECK(layer.at.x >= 0);
      CHECK(layer.at.x + layer.surface->w <= window.x);
      CHECK(layer.at.y + layer.surface->h <= window.y);
    }
  }
}

}  // namespace
}  // namespace minivmm::view
