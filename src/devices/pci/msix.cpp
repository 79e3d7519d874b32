#include "devices/pci/msix.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "host/log.h"
#include "minivmm/error.h"

namespace minivmm::pci {

namespace {

constexpr std::uint32_t kMaskBit = 1;  // Vector Control (PCI 3.0, 6.8.2.9).
constexpr std::uint64_t kPage = 4096;  // Table and PBA in pages of their own (6.8.2).

std::uint64_t region_size_for(unsigned vectors) {
  const std::uint64_t table = std::bit_ceil(std::uint64_t{vectors} * 16);
  return std::max(kPage, 2 * table);
}

}  // namespace

Msix::Msix(std::mutex& function_lock, unsigned vectors, MsiVectorSource& source)
    : IoDevice(function_lock),
      region_size_(region_size_for(vectors)),
      source_(source),
      routes_(vectors) {
  assert(vectors >= 1 && vectors <= kMaxVectors);
  state_.entries.resize(vectors);
}

void Msix::reset() {
  const std::size_t vectors = routes_.size();
  state_ = {};
  state_.entries.resize(vectors);
  routes_.clear();
  routes_.resize(vectors);
}

bool Msix::can_fire(unsigned vector) const {
  return state_.enabled && !state_.function_mask &&
         (state_.entries[vector].control & kMaskBit) == 0;
}

void Msix::signal(unsigned vector) {
  if (!state_.enabled || vector >= state_.entries.size()) return;
  if (!can_fire(vector)) {
    state_.entries[vector].pending = true;
    return;
  }
  if (routes_[vector].vector) routes_[vector].vector->signal();
}

int Msix::fd(unsigned vector) const {
  if (vector >= state_.entries.size() || !can_fire(vector) || !routes_[vector].vector) return -1;
  return routes_[vector].vector->fd();
}

void Msix::set_control(bool enable, bool function_mask) {
  if (enable == state_.enabled && function_mask == state_.function_mask) return;
  state_.enabled = enable;
  state_.function_mask = function_mask;
  for (unsigned vector = 0; vector < state_.entries.size(); ++vector) update(vector);
  changed_();
}

void Msix::update(unsigned vector) {
  if (!can_fire(vector) || !program(vector)) return;
  if (!state_.entries[vector].pending) return;
  state_.entries[vector].pending = false;
  routes_[vector].vector->signal();
}

/// Answers whether the vector has a way out, with the message that the table holds.
bool Msix::program(unsigned vector) {
  const Entry& entry = state_.entries[vector];
  const MsiMessage message{std::uint64_t{entry.address_high} << 32 | entry.address_low, entry.data};
  Route& route = routes_[vector];
  if (route.vector && route.message == message) return true;
  try {
    if (!route.vector) route.vector = source_.allocate();
    route.vector->set_message(message);
    route.message = message;
    return true;
  } catch (const HostError& error) {
    static log::RateLimit limit;
    if (limit.allow()) {
      log::warning("MSI-X vector {} of a PCI device stays silent: {}", vector, error.what());
    }
    route.vector.reset();
    return false;
  }
}

std::uint8_t Msix::read_byte(std::uint64_t offset) const {
  const std::uint64_t index = offset / kEntrySize;
  if (index < state_.entries.size()) {
    const Entry& entry = state_.entries[index];
    const std::uint32_t words[] = {entry.address_low, entry.address_high, entry.data,
                                   entry.control};
    return static_cast<std::uint8_t>(words[offset % kEntrySize / 4] >> (8 * (offset % 4)));
  }
  // The pending bits: vector n is bit n % 64 of quadword n / 64 (PCI 3.0, 6.8.2.10).
  if (offset < pba_offset()) return 0;
  const std::uint64_t first = (offset - pba_offset()) * 8;
  unsigned bits = 0;
  for (unsigned i = 0; i < 8 && first + i < state_.entries.size(); ++i) {
    if (state_.entries[first + i].pending) bits |= 1u << i;
  }
  return static_cast<std::uint8_t>(bits);
}

void Msix::write_byte(std::uint64_t offset, std::uint8_t value) {
  const std::uint64_t index = offset / kEntrySize;
  if (index >= state_.entries.size()) return;  // The pending bits are read-only (6.8.2.10).
  Entry& entry = state_.entries[index];
  std::uint32_t* const words[] = {&entry.address_low, &entry.address_high, &entry.data,
                                  &entry.control};
  std::uint32_t& word = *words[offset % kEntrySize / 4];
  const auto shift = static_cast<unsigned>(8 * (offset % 4));
  word = (word & ~(0xffu << shift)) | std::uint32_t{value} << shift;
  entry.control &= kMaskBit;   // Bits 31:1 are reserved.
  entry.address_low &= ~0x3u;  // The message's address is a dword's (6.8.2.7).
}

void Msix::read(std::uint64_t offset, std::span<std::byte> data) {
  for (std::byte& byte : data) byte = std::byte{read_byte(offset++)};
}

void Msix::write(std::uint64_t offset, std::span<const std::byte> data) {
  if (data.empty()) return;
  std::uint64_t next = offset;
  for (const std::byte byte : data) write_byte(next++, std::to_integer<std::uint8_t>(byte));
  // A message may only be changed while masked (6.8.2); when a guest does it all the same, what is
  // sent is what the table says at that moment.
  const std::uint64_t last = (next - 1) / kEntrySize;
  for (std::uint64_t index = offset / kEntrySize; index <= last; ++index) {
    if (index < state_.entries.size()) update(static_cast<unsigned>(index));
  }
  changed_();
}

}  // namespace minivmm::pci
