#include "debug/gdb/stops.h"

#include <algorithm>
#include <optional>

#include "debug/page_walk.h"

namespace minivmm::debug::gdb {
namespace {

constexpr std::byte kInt3{0xcc};

bool same(const HardwareStop& a, const HardwareStop& b) {
  return a.kind == b.kind && a.linear == b.linear && a.length == b.length;
}

}  // namespace

bool Stops::insert_software(std::uint64_t linear) {
  if (patched_.contains(linear)) return true;
  std::optional<GuestAddress> physical;
  for (unsigned cpu = 0; cpu < target_.cpu_count() && !physical; ++cpu)
    physical = translate(target_.memory(), target_.special_registers(cpu), linear);
  if (!physical) return false;
  const auto original = target_.memory().read<std::byte>(*physical);
  if (!original || !target_.memory().write(*physical, kInt3)) return false;
  patched_[linear] = {*physical, *original};
  tell_planted();
  return true;
}

void Stops::tell_planted() {
  std::vector<GuestAddress> planted;
  for (const auto& [linear, patch] : patched_) planted.push_back(patch.physical);
  target_.set_software_stops(planted);
}

bool Stops::remove_software(std::uint64_t linear) {
  const auto found = patched_.find(linear);
  if (found == patched_.end()) return true;
  // A guest that wrote there meanwhile keeps what it wrote.
  if (target_.memory().read<std::byte>(found->second.physical) == kInt3)
    (void)target_.memory().write(found->second.physical, found->second.original);
  patched_.erase(found);
  tell_planted();
  return true;
}

bool Stops::insert_hardware(const HardwareStop& stop) {
  std::vector<HardwareStop> wanted = hardware_;
  wanted.push_back(stop);
  if (!target_.set_hardware_stops(wanted)) return false;
  hardware_ = std::move(wanted);
  return true;
}

bool Stops::remove_hardware(const HardwareStop& stop) {
  const auto found =
      std::ranges::find_if(hardware_, [&stop](const HardwareStop& one) { return same(one, stop); });
  if (found == hardware_.end()) return true;
  hardware_.erase(found);
  return target_.set_hardware_stops(hardware_);
}

void Stops::clear() {
  while (!patched_.empty()) (void)remove_software(patched_.begin()->first);
  hardware_.clear();
  (void)target_.set_hardware_stops({});
}

void Stops::hide(std::uint64_t linear, std::span<std::byte> bytes) const {
  for (const auto& [at, patch] : patched_) {
    if (at >= linear && at - linear < bytes.size()) bytes[at - linear] = patch.original;
  }
}

HardwareStop::Kind Stops::watched_kind(std::uint64_t linear) const {
  for (const HardwareStop& one : hardware_) {
    if (one.linear == linear) return one.kind;
  }
  return HardwareStop::Kind::kWrite;
}

}  // namespace minivmm::debug::gdb
