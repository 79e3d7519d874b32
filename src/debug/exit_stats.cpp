#include "debug/exit_stats.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace minivmm::debug {
namespace {

bool is_access(ExitKind kind) {
  return kind == ExitKind::kPioIn || kind == ExitKind::kPioOut || kind == ExitKind::kMmioRead ||
         kind == ExitKind::kMmioWrite;
}

AddressSpace space_of(ExitKind kind) {
  const bool port = kind == ExitKind::kPioIn || kind == ExitKind::kPioOut;
  return port ? AddressSpace::kPorts : AddressSpace::kMemory;
}

Access access_of(ExitKind kind) {
  const bool read = kind == ExitKind::kPioIn || kind == ExitKind::kMmioRead;
  return read ? Access::kRead : Access::kWrite;
}

std::string_view kind_name(ExitKind kind) {
  switch (kind) {
    case ExitKind::kPioIn:
      return "port read";
    case ExitKind::kPioOut:
      return "port write";
    case ExitKind::kMmioRead:
      return "memory read";
    case ExitKind::kMmioWrite:
      return "memory write";
    case ExitKind::kHalt:
      return "halt";
    case ExitKind::kInterrupted:
      return "interrupted";
    case ExitKind::kMsrRead:
      return "MSR read";
    case ExitKind::kMsrWrite:
      return "MSR write";
    case ExitKind::kDebug:
      return "debug trap";
    case ExitKind::kShutdown:
      return "triple fault";
    case ExitKind::kOther:
      break;
  }
  return "other";
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

void ExitStats::on_exit(unsigned cpu, const ExitRecord& record, Time exited) {
  Place& place = place_of(*cpus_.at(cpu), cpu, record);
  place.times.add(std::chrono::steady_clock::now() - exited);
}

// Asked for its name each time: what an address leads to changes as the guest programs the device.
ExitStats::Place& ExitStats::place_of(Cpu& cpu, unsigned index, const ExitRecord& record) {
  const std::uint64_t address = is_access(record.kind) ? record.address : 0;
  std::string name = name_of(record);
  // Physical addresses have 52 bits at most.
  const std::uint64_t key = address | static_cast<std::uint64_t>(record.kind) << 56;
  if (const auto found = cpu.index.find(key); found != cpu.index.end()) {
    for (const std::size_t at : found->second) {
      if (cpu.places[at].name == name) return cpu.places[at];
    }
  }
  if (cpu.places.size() >= kMostPlaces) return cpu.places.back();
  Place& place = cpu.places.emplace_back();
  if (cpu.places.size() == kMostPlaces) return place;
  cpu.index[key].push_back(cpu.places.size() - 1);
  place.kind = record.kind;
  place.address = address;
  place.name = std::move(name);
  if (is_access(record.kind) && place.name.empty()) place.first_rip = sources_.rip(index);
  return place;
}

std::string ExitStats::name_of(const ExitRecord& record) const {
  if (!is_access(record.kind)) return std::string(kind_name(record.kind));
  const DevicePlace place =
      sources_.place(space_of(record.kind), record.address, access_of(record.kind));
  if (place.device.empty()) return {};
  return place.register_name.empty() ? place.device : place.device + "." + place.register_name;
}

std::vector<ExitStats::Place> ExitStats::all_places() const {
  std::map<std::tuple<ExitKind, std::uint64_t, std::string>, Place> merged;
  for (const auto& cpu : cpus_) {
    for (const Place& place : cpu->places) {
      auto [found, is_new] = merged.try_emplace({place.kind, place.address, place.name}, place);
      if (!is_new) found->second.times.add(place.times);
    }
  }
  std::vector<Place> all;
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
    if (!is_access(place.kind) || place.name.empty()) continue;
    const std::string where =
        fmt::format("{} {:#x} {}", kind_name(place.kind), place.address, place.name);
    text += line(where, place.times);
  }
  std::string strays;
  for (const Place& place : places) {
    if (!is_access(place.kind) || !place.name.empty()) continue;
    strays += fmt::format("  {:<44} {:>10}   first at {:#x}\n",
                          fmt::format("{} {:#x}", kind_name(place.kind), place.address),
                          place.times.count(), place.first_rip);
  }
  if (!strays.empty()) text += "touched, though nobody answers there\n" + strays;
  return text;
}

}  // namespace minivmm::debug
