#include "debug/gdb/stops.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "debug/gdb/packets.h"
#include "debug/honoured_stops.h"
#include "debug/page_walk.h"

namespace minivmm::debug::gdb {
namespace {

constexpr std::byte kInt3{0xcc};

std::string not_honoured(std::string_view what) {
  return fmt::format(
      "KVM on this host honours no {} there (it was tried); monitor break stops at exits", what);
}

/// A refusal as gdb shows it to its user.
std::string told(const std::optional<std::string>& refusal) {
  return refusal ? "E." + *refusal : kOk;
}

}  // namespace

std::string Stops::change(std::string_view packet) {
  const bool insert = packet.front() == 'Z';
  if (packet.size() < 3 || packet[2] != ',') return kInvalid;
  const auto place = parse_pair(packet.substr(3, packet.find(';') - 3));
  if (!place) return kInvalid;
  const auto& [linear, length] = *place;
  if (packet[1] == '0') {
    if (insert) return told(insert_software(linear));
    remove_software(linear);
    return kOk;
  }
  HardwareStop stop{.linear = linear, .length = static_cast<unsigned>(length)};
  switch (packet[1]) {
    case '1':
      stop.length = 1;
      break;
    case '2':
      stop.kind = HardwareStop::Kind::kWrite;
      break;
    case '4':
      stop.kind = HardwareStop::Kind::kReadWrite;
      break;
    default:
      return {};  // The processor has none for reads alone.
  }
  if (insert) return told(insert_hardware(stop));
  remove_hardware(stop);
  return kOk;
}

Stops::Refusal Stops::insert_software(std::uint64_t linear) {
  if (patched_.contains(linear)) return std::nullopt;
  for (unsigned cpu = 0; cpu < target_.cpu_count(); ++cpu) {
    const PageWalk walk = walk_pages(target_.memory(), target_.special_registers(cpu), linear);
    if (!walk.mapped()) continue;
    const StopSupport::Ring honoured = honoured_at(target_, cpu, walk);
    if (honoured.breakpoint) return plant(linear, walk.physical);
    if (honoured.execute) return add({.linear = linear});
    return not_honoured("breakpoints");
  }
  return fmt::format("{:#x} is not mapped yet: hbreak needs no memory", linear);
}

Stops::Refusal Stops::plant(std::uint64_t linear, GuestAddress physical) {
  const auto original = target_.memory().read<std::byte>(physical);
  if (!original || !target_.memory().write(physical, kInt3))
    return fmt::format("{:#x} is no RAM: hbreak needs none", linear);
  patched_[linear] = {physical, *original};
  tell_planted();
  return std::nullopt;
}

void Stops::tell_planted() {
  std::vector<GuestAddress> planted;
  for (const auto& [linear, patch] : patched_) planted.push_back(patch.physical);
  target_.set_software_stops(planted);
}

void Stops::remove_software(std::uint64_t linear) {
  const auto found = patched_.find(linear);
  if (found == patched_.end()) return remove_hardware({.linear = linear});
  // A guest that wrote there meanwhile keeps what it wrote.
  if (target_.memory().read<std::byte>(found->second.physical) == kInt3)
    (void)target_.memory().write(found->second.physical, found->second.original);
  patched_.erase(found);
  tell_planted();
}

// Which ring will come by isn't known before: an address may not even be mapped.
Stops::Refusal Stops::insert_hardware(const HardwareStop& stop) {
  const StopSupport support = target_.stop_support();
  if (stop.kind == HardwareStop::Kind::kExecute) {
    if (!support.kernel.execute && !support.user.execute)
      return not_honoured("hardware breakpoints");
  } else if (!support.kernel.watch && !support.user.watch) {
    return not_honoured("watchpoints");
  }
  return add(stop);
}

Stops::Refusal Stops::add(const HardwareStop& stop) {
  // gdb inserts again what it isn't sure of (appendix E.2, "idempotent").
  if (std::ranges::find(hardware_, stop) != hardware_.end()) return std::nullopt;
  std::vector<HardwareStop> wanted = hardware_;
  wanted.push_back(stop);
  if (!target_.set_hardware_stops(wanted))
    return "the processor has four breakpoints and watchpoints, of 1, 2, 4 or 8 aligned bytes";
  hardware_ = std::move(wanted);
  return std::nullopt;
}

void Stops::remove_hardware(const HardwareStop& stop) {
  if (std::erase(hardware_, stop) != 0) (void)target_.set_hardware_stops(hardware_);
}

void Stops::clear() {
  while (!patched_.empty()) remove_software(patched_.begin()->first);
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
