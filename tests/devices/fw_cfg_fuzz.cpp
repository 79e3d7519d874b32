// Firmware that does anything to fw_cfg's ports, with DMA commands that lie anywhere in memory.

#include <cstdlib>

#include "bus/bus.h"
#include "devices/fw_cfg.h"
#include "support/fuzz_input.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

constexpr std::uint64_t kBase = 0x510;
constexpr std::size_t kMemory = 0x1000;

struct Machine {
  Machine() {
    fw_cfg.add_file("etc/a", std::vector<std::byte>(300, std::byte{1}));
    fw_cfg.add_file("etc/b", {});
    fw_cfg.set_item(FwCfg::kCpus, std::uint16_t{8});
    if (!ports.add({{kBase}, FwCfg::kPorts}, fw_cfg)) std::abort();
  }

  std::vector<std::byte> ram = std::vector<std::byte>(kMemory);
  GuestMemory memory{{{{{0}, kMemory}, ram.data()}}};
  FwCfg fw_cfg{memory};
  Bus ports{};
};

void access(Machine& machine, std::uint8_t action, std::uint32_t value) {
  const std::uint64_t port = kBase - 1 + (action >> 3 & 0xf);
  std::byte bytes[4];
  const std::span<std::byte> data = std::span(bytes).first(action % 3 == 2 ? 4 : 1 + action % 3);
  store_le(data, value);
  if ((action & 0x80) != 0) {
    machine.ports.write(port, data);
  } else {
    machine.ports.read(port, data);
  }
}

// A whole command, near enough to a right one to get far.
void dma(Machine& machine, test::FuzzInput& input) {
  const auto place = input.take<std::uint16_t>();
  for (std::size_t i = 0; i < 16; ++i) machine.ram[(place + i) % kMemory] = input.take<std::byte>();
  test::store<std::uint32_t>(machine.ports, kBase + 4, 0);
  test::store<std::uint32_t>(machine.ports, kBase + 8, __builtin_bswap32(place));
}

void step(Machine& machine, test::FuzzInput& input) {
  const auto action = input.take<std::uint8_t>();
  if (action < 0x10) return dma(machine, input);
  access(machine, action, input.take<std::uint32_t>());
}

// What holds whatever a guest did: items stay as they were.
void check(Machine& machine) {
  test::store<std::uint16_t>(machine.ports, kBase, 0x20);
  if (test::load<std::uint8_t>(machine.ports, kBase + 1) != 1) std::abort();
}

}  // namespace
}  // namespace minivmm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::Machine machine;
  minivmm::test::FuzzInput input(data, size);
  while (!input.empty()) minivmm::step(machine, input);
  minivmm::check(machine);
  return 0;
}
