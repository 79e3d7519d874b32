#include "devices/ide/controller.h"

#include <fmt/core.h>

namespace minivmm::ide {
namespace {

// Datasheet 6.1: 0101h is IDE; 80h: a bus master, both channels in compatibility mode.
constexpr pci::Identity kIdentity = {
    .vendor = 0x8086, .device = 0x7111, .class_code = 0x01'01'80, .revision = 1};

constexpr unsigned kBusMasterBar = 4;
constexpr std::uint64_t kBusMasterPorts = 16;

// Datasheet 6.1.9 to 6.1.12. The timings are kept for drivers that look at them.
constexpr std::uint32_t kIdeTiming = 0x40;  // Two bytes for each channel.
constexpr std::uint32_t kDecodeEnable = 0x8000;
constexpr std::uint32_t kSlaveTiming = 0x44;
constexpr std::uint32_t kUltraDmaControl = 0x48;
constexpr std::uint32_t kUltraDmaControlBits = 0x0f;
constexpr std::uint32_t kUltraDmaTiming = 0x4a;
constexpr std::uint32_t kUltraDmaTimingBits = 0x3333;

struct LegacyPorts {
  GuestRange command;
  GuestRange control;
};
constexpr std::array<LegacyPorts, Controller::kChannels> kLegacyPorts{
    {{{{0x1f0}, kCommandBlockPorts}, {{0x3f6}, 1}}, {{{0x170}, kCommandBlockPorts}, {{0x376}, 1}}}};

}  // namespace

Controller::Controller(const Pins& pins)
    : PciFunction(kIdentity, {.mmio = &pins.mmio, .ports = &pins.ports, .intx = nullptr}),
      ports_(pins.ports),
      bus_masters_(lock(), *this) {
  for (IrqLine* line : pins.lines)
    channels_.emplace_back(
        Channel::Wiring{.lock = lock(), .memory = pins.memory, .line = *line, .may_master = [this] {
                          return bus_master();
                        }});
  add_bar(kBusMasterBar, pci::BarKind::kIo, kBusMasterPorts, bus_masters_);
  config().allow_writes(kIdeTiming, 4, 0xffff'ffff);
  config().allow_writes(kSlaveTiming, 1, 0xff);
  config().allow_writes(kUltraDmaControl, 1, kUltraDmaControlBits);
  config().allow_writes(kUltraDmaTiming, 2, kUltraDmaTimingBits);
}

Controller::~Controller() {
  for (unsigned channel = 0; channel < kChannels; ++channel) decode(channel, false);
}

void Controller::enable_as_firmware() {
  config().put(kIdeTiming, 2, kDecodeEnable);
  config().put(kIdeTiming + 2, 2, kDecodeEnable);
  std::array<std::byte, 2> command{};
  store_le(command, pci::kCommandIo | pci::kCommandBusMaster);
  config_write(pci::kCommand, command);
}

void Controller::reset() {
  PciFunction::reset();
  for (Channel& channel : channels_) channel.reset();
  update_decode();
}

void Controller::after_config_write(std::uint32_t /*offset*/, std::uint32_t /*bytes*/) {
  update_decode();
  // The bus master may go on where it had to wait for COMMAND.
  for (Channel& channel : channels_) channel.changed();
}

void Controller::update_decode() {
  const bool io = (config().get(pci::kCommand, 2) & pci::kCommandIo) != 0;
  for (unsigned channel = 0; channel < kChannels; ++channel) {
    const std::uint32_t timing = config().get(kIdeTiming + 2 * channel, 2);
    decode(channel, io && (timing & kDecodeEnable) != 0);
  }
}

// A range that another device has already is left to that device: the next write looks again.
void Controller::decode(unsigned channel, bool wanted) {
  if (decoded_[channel] == wanted) return;
  const LegacyPorts& ports = kLegacyPorts[channel];
  if (wanted) {
    if (!ports_.add(ports.command, channels_[channel].command_block())) return;
    if (!ports_.add(ports.control, channels_[channel].control_block())) {
      ports_.remove(ports.command);
      return;
    }
  } else {
    ports_.remove(ports.command);
    ports_.remove(ports.control);
  }
  decoded_[channel] = wanted;
}

void Controller::BusMasters::read(std::uint64_t offset, std::span<std::byte> data) {
  for (std::byte& byte : data) {
    Channel& channel = controller_.channels_[offset / BusMaster::kPorts % kChannels];
    byte = std::byte{channel.bus_master().read(offset % BusMaster::kPorts)};
    ++offset;
  }
}

void Controller::BusMasters::write(std::uint64_t offset, std::span<const std::byte> data) {
  for (const std::byte byte : data) {
    Channel& channel = controller_.channels_[offset / BusMaster::kPorts % kChannels];
    channel.bus_master().write(offset % BusMaster::kPorts, std::to_integer<std::uint8_t>(byte));
    channel.changed();
    ++offset;
  }
}

std::string Controller::BusMasters::register_at(std::uint64_t offset, Access /*access*/) const {
  const std::string name = BusMaster::register_at(offset % BusMaster::kPorts);
  return name.empty() ? name : fmt::format("{}{}", name, offset / BusMaster::kPorts);
}

std::vector<RegisterValue> Controller::BusMasters::registers() const {
  std::vector<RegisterValue> values;
  for (unsigned i = 0; i < kChannels; ++i)
    controller_.channels_[i].bus_master().list_registers(fmt::format("channel{}.", i), values);
  return values;
}

}  // namespace minivmm::ide
