#include "debug/live_rates.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace minivmm::debug {
namespace {

constexpr unsigned kSlotBits = 10;
constexpr std::size_t kSlots = 1 << kSlotBits;
// A place is looked for this far, then its exits are counted as of no place in particular.
constexpr std::size_t kProbes = 16;

// Kind above, address below: physical addresses have 52 bits at most. 0 is a slot's "free".
constexpr unsigned kKindShift = 56;
constexpr std::uint64_t kAddressBits = (1ull << kKindShift) - 1;
constexpr std::uint64_t kUsed = 1ull << 63;
constexpr std::uint64_t kElsewhere = kUsed | (0x7full << kKindShift);

bool has_address(ExitKind kind) {
  return kind <= ExitKind::kMmioWrite || kind == ExitKind::kMsrRead || kind == ExitKind::kMsrWrite;
}
static_assert(ExitKind::kMmioWrite < ExitKind::kHalt);

std::uint64_t key_of(const ExitRecord& record) {
  const std::uint64_t address = has_address(record.kind) ? record.address & kAddressBits : 0;
  return kUsed | static_cast<std::uint64_t>(record.kind) << kKindShift | address;
}

// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): the upper bits of a product
// with 2^64 divided by the golden ratio.
std::size_t first_slot(std::uint64_t key) {
  return static_cast<std::size_t>((key * 0x9e37'79b9'7f4a'7c15) >> (64 - kSlotBits));
}

// Who owns the counter alone adds to it; others read.
void add_one(std::atomic<std::uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

struct Named {
  std::string device{};
  std::string place{};
  LiveSample::Access access = LiveSample::Access::kNone;
};

Named processors(std::string what) {
  return {.device = "processor", .place = "processor." + std::move(what)};
}

Named name_of_access(ExitKind kind, std::uint64_t address, const LiveRates::PlaceOf& place_of) {
  const bool port = kind == ExitKind::kPioIn || kind == ExitKind::kPioOut;
  const bool reads = kind == ExitKind::kPioIn || kind == ExitKind::kMmioRead;
  const AddressSpace space = port ? AddressSpace::kPorts : AddressSpace::kMemory;
  const DevicePlace place = place_of(space, address, reads ? Access::kRead : Access::kWrite);
  const std::string where = fmt::format("{} {:#x}", port ? "port" : "memory", address);
  Named named{.access = reads ? LiveSample::Access::kRead : LiveSample::Access::kWrite};
  named.device = place.device.empty() ? "(nobody)" : place.device;
  named.place = named.device + (place.device.empty() || place.register_name.empty()
                                    ? " " + where
                                    : "." + place.register_name);
  return named;
}

Named name_of(std::uint64_t key, const LiveRates::PlaceOf& place_of) {
  if (key == kElsewhere) return {.device = "(elsewhere)", .place = "(elsewhere)"};
  const auto kind = static_cast<ExitKind>((key & ~kUsed) >> kKindShift);
  const std::uint64_t address = key & kAddressBits;
  switch (kind) {
    case ExitKind::kPioIn:
    case ExitKind::kPioOut:
    case ExitKind::kMmioRead:
    case ExitKind::kMmioWrite:
      return name_of_access(kind, address, place_of);
    case ExitKind::kMsrRead:
    case ExitKind::kMsrWrite:
      return processors(fmt::format("MSR {:#x}", address));
    case ExitKind::kHalt:
      return processors("halt");
    case ExitKind::kInterrupted:
      return processors("kick");
    case ExitKind::kDebug:
      return processors("debug trap");
    default:
      return processors("other");
  }
}

// Exits in that time to exits a second.
class Rate {
 public:
  explicit Rate(std::chrono::nanoseconds time)
      : seconds_(std::chrono::duration<double>(time).count()) {}
  [[nodiscard]] std::uint32_t operator()(std::uint64_t count) const {
    constexpr double kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(static_cast<double>(count) / seconds_ + 0.5, kMost));
  }

 private:
  double seconds_;
};

// The largest counts of a map, the largest first, as many as fit.
template <typename Key, typename Entry, std::size_t kRoom, typename Fill>
std::uint32_t fill_largest(const std::map<Key, std::uint64_t>& counts,
                           std::array<Entry, kRoom>& entries, const Fill& fill) {
  std::vector<const std::pair<const Key, std::uint64_t>*> sorted;
  sorted.reserve(counts.size());
  for (const auto& entry : counts) sorted.push_back(&entry);
  std::ranges::stable_sort(sorted, std::ranges::greater{}, [](const auto* e) { return e->second; });
  sorted.resize(std::min(sorted.size(), kRoom));
  for (std::size_t i = 0; i < sorted.size(); ++i) fill(entries[i], *sorted[i]);
  return static_cast<std::uint32_t>(sorted.size());
}

}  // namespace

struct LiveRates::CpuTable {
  struct Slot {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> count{0};
  };
  std::array<Slot, kSlots> slots{};
  std::atomic<std::uint64_t> elsewhere{0};
};

LiveRates::LiveRates(unsigned cpus) : cpus_(cpus) {}
LiveRates::~LiveRates() = default;

void LiveRates::on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& /*place*/,
                        Time /*exited*/) {
  CpuTable& table = *tables_[cpu];
  const std::uint64_t key = key_of(record);
  std::size_t at = first_slot(key);
  for (std::size_t probe = 0; probe < kProbes; ++probe, at = (at + 1) % kSlots) {
    CpuTable::Slot& slot = table.slots[at];
    const std::uint64_t found = slot.key.load(std::memory_order_relaxed);
    if (found == 0) slot.key.store(key, std::memory_order_relaxed);
    if (found == key || found == 0) return add_one(slot.count);
  }
  add_one(table.elsewhere);
}

// A table is never emptied: a vCPU that was just counting when the last look ended may still be.
void LiveRates::begin(Time now) {
  while (tables_.size() < cpus_) tables_.push_back(std::make_unique<CpuTable>());
  last_.resize(cpus_);
  for (std::size_t cpu = 0; cpu < cpus_; ++cpu) (void)grown(cpu);
  last_time_ = now;
}

LiveRates::Counts LiveRates::grown(std::size_t cpu) {
  Counts grown;
  const auto compare = [&](std::uint64_t key, std::uint64_t count) {
    std::uint64_t& last = last_[cpu][key];
    if (count != last) grown[key] += count - std::exchange(last, count);
  };
  for (const CpuTable::Slot& slot : tables_[cpu]->slots) {
    const std::uint64_t key = slot.key.load(std::memory_order_relaxed);
    if (key != 0) compare(key, slot.count.load(std::memory_order_relaxed));
  }
  compare(kElsewhere, tables_[cpu]->elsewhere.load(std::memory_order_relaxed));
  return grown;
}

void LiveRates::take(Time now, const PlaceOf& place_of, LiveSample& sample) {
  const Rate rate(now - std::exchange(last_time_, now));
  std::map<std::uint64_t, std::uint64_t> places;
  std::uint64_t total = 0;
  for (std::size_t cpu = 0; cpu < cpus_; ++cpu) {
    std::uint64_t of_cpu = 0;
    for (const auto& [key, count] : grown(cpu)) {
      places[key] += count;
      of_cpu += count;
    }
    if (cpu < sample.cpus.size()) sample.cpus[cpu].exits = rate(of_cpu);
    total += of_cpu;
  }
  std::map<std::string, std::uint64_t> devices;
  std::map<std::pair<std::string, LiveSample::Access>, std::uint64_t> registers;
  for (const auto& [key, count] : places) {
    const Named named = name_of(key, place_of);
    devices[named.device] += count;
    registers[{named.place, named.access}] += count;
  }
  sample.exits = rate(total);
  sample.device_count = fill_largest(devices, sample.devices, [&](auto& entry, const auto& of) {
    set_text(entry.name, of.first);
    entry.exits = rate(of.second);
  });
  sample.register_count =
      fill_largest(registers, sample.registers, [&](auto& entry, const auto& of) {
        set_text(entry.name, of.first.first);
        entry.access = of.first.second;
        entry.exits = rate(of.second);
      });
}

}  // namespace minivmm::debug
