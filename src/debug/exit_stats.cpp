#include "debug/exit_stats.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "debug/exit_text.h"

namespace minivmm::debug {
namespace {

// Nobody answers there.
bool is_stray(ExitKind kind, const DevicePlace& place) {
  return access_of(kind) && place.device.empty();
}

std::string name_of(const DevicePlace& place) {
  return place.register_name.empty() ? place.device : place.device + "." + place.register_name;
}

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string line(std::string_view what, const TimeHistogram& times) {
  return fmt::format("  {:<44} {:>10} {:>10.2f} {:>10.2f} {:>10.2f}\n", what, times.count(),
                     microseconds(times.least()), microseconds(times.quantile(0.5)),
                     microseconds(times.quantile(0.99)));
}

std::string heading(std::string_view what) {
  return fmt::format("{:<46} {:>10} {:>10} {:>10} {:>10}\n", what, "exits", "min us", "median",
                     "p99");
}

}  // namespace

struct ExitStats::Cpu {
  // By kind and address: one address may lead to several registers (DLAB, index registers).
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> index{};
  // The last of kMostPlaces, with address 0 and kOther, takes what has no room.
  std::vector<Place> places{};
};

ExitStats::ExitStats(unsigned cpus, Sources sources) : sources_(std::move(sources)) {
  for (unsigned cpu = 0; cpu < cpus; ++cpu) cpus_.push_back(std::make_unique<Cpu>());
}

ExitStats::~ExitStats() = default;

void ExitStats::on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
                        Time exited) {
  place_of(*cpus_.at(cpu), cpu, record, place).times.add(std::chrono::steady_clock::now() - exited);
}

ExitStats::Place& ExitStats::place_of(Cpu& cpu, unsigned index, const ExitRecord& record,
                                      const DevicePlace& place) {
  const std::uint64_t address = access_of(record.kind) ? record.address : 0;
  // Physical addresses have 52 bits at most.
  const std::uint64_t key = address | static_cast<std::uint64_t>(record.kind) << 56;
  if (const auto found = cpu.index.find(key); found != cpu.index.end()) {
    for (const std::size_t at : found->second) {
      if (cpu.places[at].place == place) return cpu.places[at];
    }
  }
  if (cpu.places.size() >= kMostPlaces) return cpu.places.back();
  Place& added = cpu.places.emplace_back();
  if (cpu.places.size() == kMostPlaces) return added;
  cpu.index[key].push_back(cpu.places.size() - 1);
  added.kind = record.kind;
  added.address = address;
  added.place = place;
  if (is_stray(added.kind, place)) added.first_rip = sources_.rip(index);
  return added;
}

std::vector<ExitStats::Place> ExitStats::all_places() const {
  std::map<std::tuple<ExitKind, std::uint64_t, std::string>, Place> merged;
  for (const auto& cpu : cpus_) {
    for (const Place& place : cpu->places) {
      auto [found, is_new] =
          merged.try_emplace({place.kind, place.address, name_of(place.place)}, place);
      if (!is_new) found->second.times.add(place.times);
    }
  }
  std::vector<Place> all;
  all.reserve(merged.size());
  for (auto& [key, place] : merged) all.push_back(std::move(place));
  std::ranges::stable_sort(all, std::ranges::greater{},
                           [](const Place& place) { return place.times.count(); });
  return all;
}

std::string ExitStats::report() const {
  const std::vector<Place> places = all_places();
  std::map<ExitKind, TimeHistogram> kinds;
  for (const Place& place : places) kinds[place.kind].add(place.times);

  std::string text = heading("exits by reason");
  for (const auto& [kind, times] : kinds) text += line(kind_name(kind), times);
  text += heading("exits by register");
  for (const Place& place : places) {
    if (!access_of(place.kind) || is_stray(place.kind, place.place)) continue;
    text +=
        line(fmt::format("{} {:#x} {}", kind_name(place.kind), place.address, name_of(place.place)),
             place.times);
  }
  return text + strays(places);
}

std::string ExitStats::strays(const std::vector<Place>& places) const {
  std::string text;
  for (const Place& place : places) {
    if (!is_stray(place.kind, place.place)) continue;
    const std::string symbol = sources_.symbol ? sources_.symbol(place.first_rip) : std::string();
    text += fmt::format("  {:<44} {:>10}   first at {:#x}{}{}\n",
                        fmt::format("{} {:#x}", kind_name(place.kind), place.address),
                        place.times.count(), place.first_rip, symbol.empty() ? "" : " ", symbol);
  }
  return text.empty() ? text : "touched, though nobody answers there\n" + text;
}

}  // namespace minivmm::debug
