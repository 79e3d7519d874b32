#include "bus/bus.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <thread>

namespace minivmm {

namespace {

bool wraps(const GuestRange& range) {
  return range.size > std::numeric_limits<std::uint64_t>::max() - range.start.value;
}

}  // namespace

bool Bus::add(GuestRange range, IoDevice& device, std::uint64_t first_offset) {
  if (range.size == 0 || wraps(range)) return false;
  const std::lock_guard guard(change_lock_);
  if (entries_.size() == kCapacity) return false;

  const auto next = std::lower_bound(
      entries_.begin(), entries_.end(), range.start,
      [](const Entry& entry, GuestAddress start) { return entry.range.start < start; });
  if (next != entries_.end() && next->range.start < range.end()) return false;
  if (next != entries_.begin() && range.start < std::prev(next)->range.end()) return false;

  entries_.insert(next, {range, &device, first_offset});
  publish();
  return true;
}

bool Bus::remove(GuestRange range) {
  const std::lock_guard guard(change_lock_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.range == range; });
  if (found == entries_.end()) return false;
  entries_.erase(found);
  publish();
  return true;
}

// A sequence lock whose data are atomics. Storing them with release, and loading them with acquire,
// makes a reader that saw a new field also see the odd generation that was stored before it.
void Bus::publish() {
  generation_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    slots_[i].start.store(entries_[i].range.start.value, std::memory_order_release);
    slots_[i].size.store(entries_[i].range.size, std::memory_order_release);
    slots_[i].device.store(entries_[i].device, std::memory_order_release);
    slots_[i].first_offset.store(entries_[i].first_offset, std::memory_order_release);
  }
  used_.store(entries_.size(), std::memory_order_release);
  generation_.fetch_add(1, std::memory_order_release);
}

Bus::Entry Bus::search_slots(std::uint64_t address) const {
  // The last slot that starts at or below address. The fields may change under us: the search ends
  // all the same, and find() throws its result away.
  std::size_t low = 0;
  std::size_t high = used_.load(std::memory_order_acquire);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (slots_[middle].start.load(std::memory_order_acquire) <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return {};
  const Slot& slot = slots_[low - 1];
  Entry entry;
  entry.range.start.value = slot.start.load(std::memory_order_acquire);
  entry.range.size = slot.size.load(std::memory_order_acquire);
  entry.device = slot.device.load(std::memory_order_acquire);
  entry.first_offset = slot.first_offset.load(std::memory_order_acquire);
  return entry.range.contains({address}) ? entry : Entry{};
}

Bus::Entry Bus::find(std::uint64_t address) const {
  for (;;) {
    const std::uint64_t before = generation_.load(std::memory_order_acquire);
    const Entry entry = search_slots(address);
    const bool stable = generation_.load(std::memory_order_relaxed) == before;
    if (stable && before % 2 == 0) return entry;
    std::this_thread::yield();
  }
}

bool Bus::answers(std::uint64_t address) const {
  return find(address).device != nullptr;
}

std::optional<Bus::Owner> Bus::owner(std::uint64_t address) const {
  const Entry entry = find(address);
  if (entry.device == nullptr) return std::nullopt;
  return Owner{entry.device, address - entry.range.start.value + entry.first_offset, entry.range};
}

std::vector<Bus::Owner> Bus::owners() const {
  const std::lock_guard guard(change_lock_);
  std::vector<Owner> all;
  for (const Entry& entry : entries_)
    all.push_back({entry.device, entry.first_offset, entry.range});
  return all;
}

void Bus::read(std::uint64_t address, std::span<std::byte> data) {
  const Entry entry = find(address);
  if (entry.device == nullptr || !entry.range.contains({address}, data.size())) {
    read_bytewise(address, data);
    return;
  }
  const std::lock_guard guard(entry.device->lock());
  entry.device->read(address - entry.range.start.value + entry.first_offset, data);
}

void Bus::write(std::uint64_t address, std::span<const std::byte> data) {
  const Entry entry = find(address);
  if (entry.device == nullptr || !entry.range.contains({address}, data.size())) {
    write_bytewise(address, data);
    return;
  }
  const std::lock_guard guard(entry.device->lock());
  entry.device->write(address - entry.range.start.value + entry.first_offset, data);
}

void Bus::read_bytewise(std::uint64_t address, std::span<std::byte> data) {
  fill_ones(data);
  bool answered = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Entry entry = find(address + i);
    if (entry.device == nullptr) continue;
    const std::lock_guard guard(entry.device->lock());
    entry.device->read(address + i - entry.range.start.value + entry.first_offset,
                       data.subspan(i, 1));
    answered = true;
  }
  if (!answered) record_stray(address, Direction::kRead);
}

void Bus::write_bytewise(std::uint64_t address, std::span<const std::byte> data) {
  bool answered = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Entry entry = find(address + i);
    if (entry.device == nullptr) continue;
    const std::lock_guard guard(entry.device->lock());
    entry.device->write(address + i - entry.range.start.value + entry.first_offset,
                        data.subspan(i, 1));
    answered = true;
  }
  if (!answered) record_stray(address, Direction::kWrite);
}

void Bus::record_stray(std::uint64_t address, Direction direction) {
  const std::lock_guard guard(stray_lock_);
  if (strays_.size() == kMaxStrays && strays_.count(address) == 0) {
    ++strays_left_out_;
    return;
  }
  Stray& stray = strays_[address];
  stray.address = address;
  ++(direction == Direction::kRead ? stray.reads : stray.writes);
}

std::vector<Bus::Stray> Bus::strays() const {
  const std::lock_guard guard(stray_lock_);
  std::vector<Stray> list;
  for (const auto& [address, stray] : strays_) list.push_back(stray);
  return list;
}

std::uint64_t Bus::strays_left_out() const {
  const std::lock_guard guard(stray_lock_);
  return strays_left_out_;
}

}  // namespace minivmm
