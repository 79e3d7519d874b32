#include "devices/ide/bus_master.h"

#include <algorithm>

namespace minivmm::ide {
namespace {

// Offsets in a channel's registers (2.0).
constexpr std::uint64_t kCommand = 0;
constexpr std::uint64_t kStatus = 2;
constexpr std::uint64_t kTable = 4;

// BMIC (2.1).
constexpr std::uint8_t kStart = 0x01;
constexpr std::uint8_t kToMemory = 0x08;  // The bus master writes: a read of the drive.

// BMIS (2.2).
constexpr std::uint8_t kActive = 0x01;
constexpr std::uint8_t kErrorBit = 0x02;
constexpr std::uint8_t kInterrupt = 0x04;
constexpr std::uint8_t kDrivesCapable = 0x60;

constexpr std::uint32_t kTableBits = 0xffff'fffc;
constexpr std::uint32_t kTableSpan = 0xffff;  // A table doesn't cross 64 KiB (1.2).

// A physical region descriptor (1.2).
struct Descriptor {
  std::uint32_t address = 0;  // Even.
  std::uint32_t count = 0;    // Bytes in bits 15:0, even, 0 for 64 KiB; bit 31: the last.
};
static_assert(sizeof(Descriptor) == 8);
constexpr std::uint32_t kCountBits = 0xfffe;
constexpr std::uint32_t kMostBytes = 0x1'0000;
constexpr std::uint32_t kEndOfTable = 0x8000'0000;
constexpr std::uint32_t kAddressBits = 0xffff'fffe;

}  // namespace

std::uint8_t BusMaster::status() const {
  return static_cast<std::uint8_t>((state_.active ? kActive : 0) | (state_.error ? kErrorBit : 0) |
                                   (state_.interrupt ? kInterrupt : 0) | state_.drives_capable);
}

std::uint8_t BusMaster::read(std::uint64_t offset) const {
  if (offset == kCommand) return state_.command;
  if (offset == kStatus) return status();
  if (offset >= kTable && offset < kPorts)
    return static_cast<std::uint8_t>(state_.table >> 8 * (offset - kTable));
  return 0;
}

void BusMaster::write(std::uint64_t offset, std::uint8_t value) {
  if (offset == kCommand) return write_command(value);
  if (offset == kStatus) {
    if ((value & kErrorBit) != 0) state_.error = false;
    if ((value & kInterrupt) != 0) state_.interrupt = false;
    state_.drives_capable = value & kDrivesCapable;
  } else if (offset >= kTable && offset < kPorts) {
    const auto shift = 8 * static_cast<unsigned>(offset - kTable);
    const std::uint32_t byte = std::uint32_t{value} << shift;
    state_.table = ((state_.table & ~(0xffu << shift)) | byte) & kTableBits;
  }
}

// The direction doesn't change under a transfer (2.1).
void BusMaster::write_command(std::uint8_t value) {
  const bool started = (state_.command & kStart) == 0 && (value & kStart) != 0;
  if (state_.active && (value & kStart) != 0) return;
  state_.command = value & (kStart | kToMemory);
  if (!started) {
    state_.active = state_.active && (value & kStart) != 0;
    return;
  }
  state_.active = true;
  state_.next_descriptor = state_.table;
  state_.left = 0;
  state_.last = false;
}

std::size_t BusMaster::move(std::span<std::byte> data, Direction direction) {
  const bool to_memory = (state_.command & kToMemory) != 0;
  std::size_t moved = 0;
  while (state_.active && moved < data.size()) {
    const bool region = state_.left != 0 || next_region();
    const std::size_t bytes = std::min<std::size_t>(state_.left, data.size() - moved);
    const bool agreed = to_memory == (direction == Direction::kToHost);
    if (!region || !agreed || !copy(data.subspan(moved, bytes), direction)) {
      state_.error = true;
      state_.active = false;
      break;
    }
    moved += bytes;
    state_.address += static_cast<std::uint32_t>(bytes);
    state_.left -= static_cast<std::uint32_t>(bytes);
    if (state_.left == 0 && state_.last) state_.active = false;
  }
  return moved;
}

bool BusMaster::next_region() {
  const auto descriptor = memory_.read<Descriptor>({state_.next_descriptor});
  if (!descriptor) return false;
  state_.address = descriptor->address & kAddressBits;
  state_.left = descriptor->count & kCountBits;
  if (state_.left == 0) state_.left = kMostBytes;
  state_.last = (descriptor->count & kEndOfTable) != 0;
  state_.next_descriptor = (state_.next_descriptor & ~kTableSpan) |
                           ((state_.next_descriptor + sizeof(Descriptor)) & kTableSpan);
  return true;
}

bool BusMaster::copy(std::span<std::byte> data, Direction direction) const {
  const GuestAddress address{state_.address};
  return direction == Direction::kToHost ? memory_.copy_out(address, data)
                                         : memory_.copy_in(address, data);
}

std::string BusMaster::register_at(std::uint64_t offset) {
  if (offset == kCommand) return "BMIC";
  if (offset == kStatus) return "BMIS";
  return offset >= kTable && offset < kPorts ? "BMIDTP" : "";
}

void BusMaster::list_registers(const std::string& prefix,
                               std::vector<RegisterValue>& values) const {
  std::string meaning;
  if (state_.active) meaning = "active";
  if (state_.error) meaning += meaning.empty() ? "error" : ", error";
  if (state_.interrupt) meaning += meaning.empty() ? "interrupt" : ", interrupt";
  values.push_back({.name = prefix + "BMIC",
                    .value = state_.command,
                    .meaning = (state_.command & kToMemory) != 0 ? "to memory" : "from memory"});
  values.push_back({.name = prefix + "BMIS", .value = status(), .meaning = meaning});
  values.push_back({.name = prefix + "BMIDTP", .value = state_.table, .width = 4});
}

}  // namespace minivmm::ide
