#include "devices/ide/channel.h"

#include <fmt/core.h>

#include <cassert>

namespace minivmm::ide {

Channel::Channel(const Wiring& wiring)
    : wiring_(wiring),
      command_block_(wiring.lock, *this),
      control_block_(wiring.lock, *this),
      bus_master_(wiring.memory) {}

void Channel::attach(unsigned unit, Drive& drive) {
  assert(drives_.at(unit) == nullptr && (unit == 0 || drives_[0] != nullptr));
  drives_[unit] = &drive;
  drive.plug(*this);
  drive.hardware_reset();
}

void Channel::reset() {
  state_ = {};
  wiring_.line.set(false);
  bus_master_.reset();
  for (Drive* drive : drives_) {
    if (drive != nullptr) drive->hardware_reset();
  }
  update_irq();
}

void Channel::changed() {
  move_data();
  update_irq();
}

void Channel::move_data() {
  Drive* const drive = selected();
  while (drive != nullptr && bus_master_.active() && wiring_.may_master()) {
    const auto block = drive->dma();
    if (!block) return;
    drive->dma_moved(bus_master_.move(block->bytes, block->direction));
  }
}

void Channel::update_irq() {
  const Drive* const drive = selected();
  const bool enabled = (state_.control & kInterruptDisable) == 0;
  const bool level = drive != nullptr && drive->interrupt() && enabled;
  if (level == state_.line) return;
  if (level) bus_master_.drive_interrupted();
  state_.line = level;
  wiring_.line.set(level);
}

std::uint8_t Channel::read_register(Register which) {
  Drive* const drive = selected();
  if (drive == nullptr) return 0;
  const std::uint8_t value = drive->read(which, (state_.control & kHighOrderByte) != 0);
  if (which == Register::kStatusCommand) drive->clear_interrupt();  // 7.15.
  return value;
}

void Channel::write_register(Register which, std::uint8_t value) {
  // 6.20: a write to the command block ends the view of the older bytes.
  state_.control &= static_cast<std::uint8_t>(~kHighOrderByte);
  if (which == Register::kStatusCommand) return command(value);
  if (which == Register::kDevice) state_.selected = (value & kDeviceSelect) != 0 ? 1 : 0;
  for (Drive* drive : drives_) {
    if (drive != nullptr) drive->write(which, value);
  }
}

void Channel::command(std::uint8_t command) {
  if ((state_.control & kSoftwareReset) != 0) return;
  if (command == kCmdDiagnostic) return diagnose();
  Drive* const drive = selected();
  if (drive == nullptr) return;
  // 8.7: whatever a packet device is doing.
  if (command == kCmdDeviceReset && drive->is_packet_device()) {
    drive->begin_reset();
    drive->end_reset();
    return;
  }
  drive->command(command);
}

// 8.9: both devices look at themselves, and device 0 tells of it.
void Channel::diagnose() {
  state_.selected = 0;
  for (Drive* drive : drives_) {
    if (drive != nullptr) drive->diagnose();
  }
  if (drives_[1] != nullptr) drives_[1]->clear_interrupt();
}

// 9.3: the reset begins as SRST is set, and ends after it has been cleared.
void Channel::write_control(std::uint8_t value) {
  const bool was_reset = (state_.control & kSoftwareReset) != 0;
  const bool is_reset = (value & kSoftwareReset) != 0;
  state_.control = value;
  if (was_reset != is_reset) {
    state_.selected = 0;
    for (Drive* drive : drives_) {
      if (drive == nullptr) continue;
      is_reset ? drive->begin_reset() : drive->end_reset();
    }
  }
  changed();
}

// --- The ports
// ------------------------------------------------------------------------------------

void Channel::CommandBlock::read(std::uint64_t offset, std::span<std::byte> data) {
  if (offset == 0) {
    Drive* const drive = channel_.selected();
    if (drive != nullptr)
      drive->read_data(data);
    else
      store_le(data, 0);
  } else {
    for (std::byte& byte : data) {
      byte = offset < kCommandBlockPorts
                 ? std::byte{channel_.read_register(static_cast<Register>(offset))}
                 : std::byte{0xff};
      ++offset;
    }
  }
  channel_.changed();
}

void Channel::CommandBlock::write(std::uint64_t offset, std::span<const std::byte> data) {
  if (offset == 0) {
    if (Drive* const drive = channel_.selected()) drive->write_data(data);
  } else {
    for (const std::byte byte : data) {
      if (offset < kCommandBlockPorts)
        channel_.write_register(static_cast<Register>(offset), std::to_integer<std::uint8_t>(byte));
      ++offset;
    }
  }
  channel_.changed();
}

// The alternate status: as STATUS, without its effect on the interrupt (7.2).
void Channel::ControlBlock::read(std::uint64_t /*offset*/, std::span<std::byte> data) {
  const Drive* const drive = channel_.selected();
  fill_ones(data);
  const std::uint8_t status = drive == nullptr ? 0 : drive->read(Register::kStatusCommand, false);
  data.front() = std::byte{status};
}

void Channel::ControlBlock::write(std::uint64_t /*offset*/, std::span<const std::byte> data) {
  channel_.write_control(std::to_integer<std::uint8_t>(data.front()));
}

// --- For people
// -----------------------------------------------------------------------------------

std::string Channel::CommandBlock::register_at(std::uint64_t offset, Access access) const {
  static constexpr std::array<const char*, kCommandBlockPorts> kRead{
      "Data", "Error", "Sector_Count", "LBA_Low", "LBA_Mid", "LBA_High", "Device", "Status"};
  if (offset >= kRead.size()) return {};
  if (access == Access::kWrite && offset == 1) return "Features";
  if (access == Access::kWrite && offset == 7) return "Command";
  return kRead[offset];
}

std::vector<RegisterValue> Channel::CommandBlock::registers() const {
  return channel_.list_registers();
}

std::string Channel::ControlBlock::register_at(std::uint64_t offset, Access access) const {
  if (offset != 0) return {};
  return access == Access::kRead ? "Alternate_Status" : "Device_Control";
}

std::vector<RegisterValue> Channel::list_registers() const {
  std::vector<RegisterValue> values;
  values.push_back({.name = "Device_Control",
                    .value = state_.control,
                    .meaning = (state_.control & kInterruptDisable) != 0 ? "nIEN" : ""});
  values.push_back({.name = "selected",
                    .value = state_.selected,
                    .meaning = selected() == nullptr ? "nobody" : selected()->name()});
  for (unsigned unit = 0; unit < kDrives; ++unit) {
    if (drives_[unit] != nullptr)
      drives_[unit]->list_registers(fmt::format("drive{}.", unit), values);
  }
  bus_master_.list_registers("", values);
  return values;
}

}  // namespace minivmm::ide
