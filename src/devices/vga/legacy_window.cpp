#include "devices/vga/legacy_window.h"

namespace minivmm::vga {

namespace {

/// Mapping costs about as much as some exits, so a mode that a guest only passes through, or a bank
/// of which it needs little, is not worth it.
constexpr unsigned kAccessesBeforeMapping = 4;

// Graphics Controller Miscellaneous, bits 3:2 (the manual, Memory Map).
GuestRange decoded_range(const Registers& registers) {
  switch (registers.graphics[kGrMiscellaneous] >> 2 & 3) {
    case 0:
      return {{0xa0000}, 128ull << 10};
    case 1:
      return {{0xa0000}, 64ull << 10};
    case 2:
      return {{0xb0000}, 32ull << 10};
    default:
      return {{0xb8000}, 32ull << 10};
  }
}

bool chained(const Registers& registers) {
  return (registers.sequencer[kSrMemoryMode] & kMemoryChain4) != 0;
}

/// Even addresses are plane 0's, odd ones plane 1's, for reads as for writes.
bool odd_even(const Registers& registers) {
  return (registers.sequencer[kSrMemoryMode] & kMemoryNotOddEven) == 0 &&
         (registers.graphics[kGrMode] & kModeOddEven) != 0 &&
         (registers.graphics[kGrMiscellaneous] & kChainOddEven) != 0;
}

constexpr unsigned kAllPlanes = 0xf;
constexpr unsigned kEvenPlanes = 0x5;
constexpr unsigned kOddPlanes = 0xa;
constexpr unsigned kTextPlanes = 0x3;

}  // namespace

// --- What the window shows ----------------------------------------------------------------------

LegacyWindow::View LegacyWindow::wanted_by_dispi(const DispiMode& mode) const {
  // The bank is at 0xa0000, wherever the VGA's own registers say that its memory is.
  const GuestRange range{kLegacyRange.start, 64ull << 10};
  if (mode.bits == 4) return {Kind::kTrapped, range, 0};
  return {Kind::kLinear, range, wiring_.dispi.bank_start()};
}

LegacyWindow::View LegacyWindow::wanted() const {
  const Registers& r = wiring_.registers;
  if ((r.video_enable & 1) == 0 || (r.miscellaneous & kMiscEnableRam) == 0) return {};
  if (const auto mode = wiring_.dispi.mode()) return wanted_by_dispi(*mode);

  const GuestRange range = decoded_range(r);
  const unsigned map_mask = r.sequencer[kSrMapMask];
  View view{Kind::kTrapped, range, 0};
  if (!passes_through(r)) return view;
  if (chained(r)) {
    if (map_mask == kAllPlanes) view.kind = Kind::kLinear;
  } else if (odd_even(r) && map_mask == kTextPlanes && (r.graphics[kGrReadMap] & 2) == 0 &&
             range.size <= wiring_.memory.size() - wiring_.vram) {
    view.kind = Kind::kText;
    view.offset = wiring_.vram;
  }
  return view;
}

void LegacyWindow::registers_changed() {
  const View now = wanted();
  if (now == state_.view) return;
  unmap();
  state_.view = now;
  state_.accesses = 0;
}

void LegacyWindow::reset() {
  unmap();
  state_ = {};
}

void LegacyWindow::count_access() {
  if (state_.mapped) return;
  const Kind kind = state_.view.kind;
  if (kind != Kind::kLinear && kind != Kind::kText) return wiring_.posting.trapped();
  if (++state_.accesses < kAccessesBeforeMapping) return;
  // A register that changes the mapping must do so before the guest's next access: nothing is
  // posted any more, and the next access, behind all that was, finds that.
  if (wiring_.posting.active()) return wiring_.posting.end();
  map();
}

void LegacyWindow::map() {
  const View& view = state_.view;
  if (view.kind == Kind::kText) {
    const std::span<std::byte> memory = wiring_.memory;
    for (std::uint64_t address = 0; address < view.range.size; address += 2) {
      const PlaneWord word = load_word(memory, address);
      std::memcpy(&memory[view.offset + address], &word, 2);  // Planes 0 and 1.
    }
  }
  wiring_.window.map(view.range.start, view.offset, view.range.size);
  state_.mapped = true;
}

void LegacyWindow::unmap() {
  if (!state_.mapped) return;
  wiring_.window.unmap();
  state_.mapped = false;
  const View& view = state_.view;
  if (view.kind != Kind::kText) return;
  const std::span<std::byte> memory = wiring_.memory;
  for (std::uint64_t address = 0; address < view.range.size; address += 2) {
    std::memcpy(&memory[address * kPlanes], &memory[view.offset + address], 2);
  }
}

PlaneWord LegacyWindow::fetch(std::uint64_t address) const {
  const PlaneWord word = load_word(wiring_.memory, address);
  const View& view = state_.view;
  if (!state_.mapped || view.kind != Kind::kText) return word;
  if (address >= view.range.size || address % 2 != 0) return word;
  std::uint16_t text = 0;
  std::memcpy(&text, &wiring_.memory[view.offset + address], sizeof text);
  return (word & 0xffff0000u) | text;
}

// --- What traps ---------------------------------------------------------------------------------

LegacyWindow::Target LegacyWindow::target(std::uint64_t offset) const {
  const Registers& r = wiring_.registers;
  const unsigned map_mask = r.sequencer[kSrMapMask];
  const unsigned read_map = r.graphics[kGrReadMap];
  const auto low = static_cast<unsigned>(offset & 3);
  if (wiring_.dispi.mode()) {  // With 4 bits a pixel; the others are linear.
    const std::uint64_t address = wiring_.dispi.bank_start() + offset;
    return {address & (wiring_.vram / kPlanes - 1), map_mask, read_map};
  }
  if (chained(r)) return {offset / kPlanes, map_mask & 1u << low, low};

  Target found{offset & (kPlaneSize - 1), map_mask, read_map};
  if ((r.graphics[kGrMiscellaneous] & kChainOddEven) != 0) {
    // A higher address bit takes the place of bit 0: in the 128 KiB window bit 16.
    found.address = (offset & (kPlaneSize - 2)) | (offset >> 16 & 1);
  }
  if ((r.sequencer[kSrMemoryMode] & kMemoryNotOddEven) == 0) {
    found.write_planes &= (low & 1) != 0 ? kOddPlanes : kEvenPlanes;
  }
  if ((r.graphics[kGrMode] & kModeOddEven) != 0) found.read_plane = (read_map & 2) | (low & 1);
  return found;
}

std::uint8_t LegacyWindow::read_byte(GuestAddress address) {
  const View& view = state_.view;
  if (view.kind == Kind::kNobody || !view.range.contains(address)) return 0xff;
  const std::uint64_t offset = address.value - view.range.start.value;
  if (view.kind == Kind::kLinear || state_.mapped) {
    return std::to_integer<std::uint8_t>(wiring_.memory[view.offset + offset]);
  }
  const Target from = target(offset);
  state_.latches = load_word(wiring_.memory, from.address);
  return read_through(wiring_.registers, state_.latches, from.read_plane);
}

void LegacyWindow::write_byte(GuestAddress address, std::uint8_t value) {
  const View& view = state_.view;
  if (view.kind == Kind::kNobody || !view.range.contains(address)) return;
  const std::uint64_t offset = address.value - view.range.start.value;
  if (view.kind == Kind::kLinear || state_.mapped) {
    wiring_.memory[view.offset + offset] = std::byte{value};
    wiring_.written.add(view.offset + offset);
    return;
  }
  const Target to = target(offset);
  const PlaneWord old = load_word(wiring_.memory, to.address);
  const PlaneWord now =
      write_through(wiring_.registers, state_.latches, old, value, to.write_planes);
  if (now == old) return;
  store_word(wiring_.memory, to.address, now);
  wiring_.written.add(to.address * kPlanes);
}

void LegacyWindow::read(std::uint64_t offset, std::span<std::byte> data) {
  wiring_.posting.catch_up();
  count_access();
  for (std::byte& byte : data) byte = std::byte{read_byte(kLegacyRange.start + offset++)};
}

void LegacyWindow::write(std::uint64_t offset, std::span<const std::byte> data) {
  wiring_.posting.catch_up();
  write_posted(offset, data);
}

void LegacyWindow::write_posted(std::uint64_t offset, std::span<const std::byte> data) {
  count_access();
  for (const std::byte byte : data) {
    write_byte(kLegacyRange.start + offset++, std::to_integer<std::uint8_t>(byte));
  }
  wiring_.changed();
}

}  // namespace minivmm::vga
