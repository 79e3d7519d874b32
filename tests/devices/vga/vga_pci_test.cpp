#include <catch2/catch.hpp>

#include "devices/vga/edid.h"
#include "devices/vga/vga_machine.h"

namespace minivmm {
namespace {

using test::VgaMachine;

std::uint64_t config(VgaMachine& machine, std::uint32_t offset, std::size_t bytes) {
  const std::lock_guard guard(machine.vga.lock());
  std::byte data[8]{};
  machine.vga.config_read(offset, std::span(data).first(bytes));
  return load_le(std::span(data).first(bytes));
}

TEST_CASE("Drivers find QEMU's standard VGA") {
  VgaMachine machine(16 << 20);
  CHECK(config(machine, pci::kVendorId, 4) == 0x11111234);
  CHECK(config(machine, pci::kRevisionId, 4) == 0x03000002);
  const auto bars = machine.vga.bars();
  REQUIRE(bars.size() == 2);
  CHECK(bars[0].size == 16 << 20);
  CHECK(bars[0].prefetchable == pci::Prefetchable::kYes);
  CHECK(bars[1].index == 2);
  CHECK(bars[1].size == 4096);
}

TEST_CASE("The linear framebuffer is mapped where BAR 0 is") {
  VgaMachine machine;
  CHECK(!machine.framebuffer.mapped());
  machine.map_bars();
  CHECK(machine.framebuffer.mapped() == GuestRange{{VgaMachine::kFramebuffer}, VgaMachine::kVram});
  const std::lock_guard guard(machine.vga.lock());
  const std::byte nothing{0};
  machine.vga.config_write(pci::kCommand, {&nothing, 1});
  CHECK(!machine.framebuffer.mapped());
}

TEST_CASE("BAR 0 answers even where the host does not map it") {
  VgaMachine machine;
  machine.map_bars();
  test::store(machine.mmio, VgaMachine::kFramebuffer + VgaMachine::kVram - 4, 0x12345678u);
  CHECK(test::load<std::uint32_t>(machine.mmio, VgaMachine::kFramebuffer + VgaMachine::kVram - 4) ==
        0x12345678u);
  CHECK(machine.memory[VgaMachine::kVram - 4] == std::byte{0x78});
}

TEST_CASE("BAR 2 shows EDID, the ports, dispi's registers and QEMU's own") {
  VgaMachine machine;
  machine.map_bars();
  Bus& mmio = machine.mmio;
  const std::uint64_t base = VgaMachine::kRegisters;
  const vga::Edid edid = vga::make_edid({1280, 800});
  for (unsigned offset = 0; offset < 256; ++offset) {
    const unsigned expected = offset < edid.size() ? edid[offset] : 0;
    REQUIRE(test::load<std::uint8_t>(mmio, base + offset) == expected);
  }

  test::store(mmio, base + 0x400 + 0x04, std::uint16_t{0x0a02});  // 0x3c4: sequencer 2.
  CHECK(machine.indexed(0x3c4, 2) == 0x0a);
  test::store(mmio, base + 0x502, std::uint16_t{800});
  CHECK(machine.dispi(vga::Dispi::kXres) == 800);
  CHECK(test::load<std::uint16_t>(mmio, base + 0x500) == 0xb0c5);
  test::store(mmio, base + 0x502, std::uint32_t{600u << 16 | 640});
  CHECK(machine.dispi(vga::Dispi::kYres) == 600);

  CHECK(test::load<std::uint32_t>(mmio, base + 0x600) == 8);
  CHECK(test::load<std::uint32_t>(mmio, base + 0x604) == 0x1e1e1e1e);
  test::store(mmio, base + 0x604, 0xbebebebeu);
  CHECK(test::load<std::uint32_t>(mmio, base + 0x604) == 0xbebebebe);
  CHECK(test::load<std::uint32_t>(mmio, base + 0x608) == 0);
}

TEST_CASE("Firmware finds the image in the expansion ROM, and zeroes behind it") {
  Bus mmio;
  Bus ports;
  test::FakeTime time;
  std::vector<std::byte> memory(VgaMachine::kVram + vga::VgaPci::kTextMemory);
  test::FakeWindow framebuffer(memory);
  test::FakeWindow legacy(memory);
  const std::vector<std::byte> image(3000, std::byte{0x55});
  vga::VgaPci vga({mmio, ports, memory, framebuffer, legacy, time, image, {1280, 800}});
  {
    const std::lock_guard guard(vga.lock());
    std::byte address[4];
    store_le(address, 0xe2000001);
    vga.config_write(0x30, address);
    const std::byte memory_space{2};
    vga.config_write(pci::kCommand, {&memory_space, 1});
  }
  CHECK(test::load<std::uint16_t>(mmio, 0xe2000000 + 2999) == 0x0055);
  CHECK(mmio.answers(0xe2000fff));
  CHECK(!mmio.answers(0xe2001000));
}

TEST_CASE("dispi's ports take words alone") {
  VgaMachine machine;
  machine.dispi(vga::Dispi::kXres, 1024);
  machine.out8(0x1cf, 7);
  CHECK(machine.dispi(vga::Dispi::kXres) == 1024);
  CHECK(test::load<std::uint16_t>(machine.ports, 0x1cf) == 1024);
  CHECK(machine.in8(0x1d0) == 0xff);
}

TEST_CASE("A framebuffer is shown for a kernel that has no firmware") {
  VgaMachine machine(4 << 20);
  const std::lock_guard guard(machine.vga.lock());
  const auto framebuffer = machine.vga.show_framebuffer({1022, 768});
  REQUIRE(framebuffer);
  CHECK(framebuffer->offset == 0);
  CHECK(framebuffer->bytes_per_row == 4096);
  CHECK(machine.vga.size() == PictureSize{1022, 768});
  CHECK(!machine.vga.show_framebuffer({1280, 1024}));
  CHECK(!machine.vga.show_framebuffer({0, 0}));
  CHECK(machine.vga.size() == PictureSize{1022, 768});
}

TEST_CASE("A reset turns the screen off and gives text back to the planes") {
  VgaMachine machine;
  machine.map_bars();
  machine.set_mode(test::kMode3);
  for (unsigned offset = 0; offset < 16; ++offset) machine.poke(0xb8000 + offset, 'x');
  const std::lock_guard guard(machine.vga.lock());
  machine.vga.reset();
  CHECK(machine.vga.size() == PictureSize{});
  CHECK(!machine.legacy.mapped());
  CHECK(!machine.framebuffer.mapped());
  CHECK(machine.memory[2 * 4] == std::byte{'x'});
}

TEST_CASE("A VGA that is taken out leaves its places to others") {
  Bus mmio;
  Bus ports;
  test::FakeTime time;
  std::vector<std::byte> memory(VgaMachine::kVram + vga::VgaPci::kTextMemory);
  test::FakeWindow framebuffer(memory);
  test::FakeWindow legacy(memory);
  { const vga::VgaPci vga({mmio, ports, memory, framebuffer, legacy, time, {}, {1280, 800}}); }
  CHECK(!mmio.answers(0xa0000));
  for (const unsigned port : {0x3b4u, 0x3c0u, 0x3dau, 0x1ceu}) CHECK(!ports.answers(port));
}

}  // namespace
}  // namespace minivmm
