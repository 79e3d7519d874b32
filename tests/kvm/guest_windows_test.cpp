#include <sys/mman.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <optional>

#include "kvm/memory_windows.h"
#include "kvm/tiny_guest.h"
#include "memory/device_memory.h"
#include "minivmm/io_device.h"

namespace minivmm::kvm::test {
namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kMemorySize = 100 * kPage;
constexpr GuestAddress kWindow{0xe000'0000};
constexpr GuestAddress kDevice{0xd000'0000};
constexpr GuestAddress kReserved{0xfee0'0000};

using PageWords = std::array<std::uint64_t, 2>;

// A device's memory with one window onto it, and the machine's loop around the vCPU.
struct Machine {
  Machine() = default;

  PageWords take_dirty() {
    PageWords pages{};
    window.take_dirty(pages);
    return pages;
  }
  template <typename T>
  [[nodiscard]] T in_memory(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, memory.bytes().data() + offset, sizeof value);
    return value;
  }
  void wait_for_write() {
    window.when_written([this] { ++calls; });
  }

  // Runs the guest to its next write to kDevice; the value. Writes of the emulator to the window
  // are carried out, as a device does.
  std::uint32_t run() {
    constexpr int kEnough = 100;
    for (int exits = 0; exits < kEnough; ++exits) {
      const VcpuExit exit = guest.cpu().run();
      if (windows.resolve(exit, guest.cpu())) continue;
      INFO("exit " << name(exit));
      REQUIRE(std::holds_alternative<MmioWrite>(exit));
      const auto& write = std::get<MmioWrite>(exit);
      if (write.address == kDevice) return static_cast<std::uint32_t>(load_le(write.data));
      const std::uint64_t offset = write.address.value - kWindow.value;
      REQUIRE(offset < kMemorySize);
      std::memcpy(memory.bytes().data() + offset, write.data.data(), write.data.size());
    }
    FAIL("the guest doesn't come to its end");
    return 0;
  }

  DeviceMemory memory{kMemorySize};
  Mapping view = memory.map_again();
  TinyGuest guest;
  MemoryWindows windows{guest.vm(), {{kReserved, kPage}}};
  MemoryWindow& window = windows.add(7, view.bytes());
  int calls = 0;
};

void start(Machine& machine, int ring, Program program) {
  ring == 0 ? machine.guest.start_long(program) : machine.guest.start_user(program);
}

}  // namespace

TEST_CASE("What a guest writes through a window is in the memory, and its page is dirty") {
  const int ring = GENERATE(0, 3);
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  start(machine, ring, write_window());

  machine.run();

  CHECK(machine.in_memory<std::uint32_t>(kPage) == 0x1111'1111);
  CHECK(machine.take_dirty() == PageWords{1 << 1, 0});
  CHECK(machine.take_dirty() == PageWords{0, 0});
}

TEST_CASE("Dirty pages are counted from the start of the memory, not of the window") {
  const std::uint64_t first_page = GENERATE(3, 63, 64, 98);
  Machine machine;
  machine.window.map(kWindow, first_page * kPage, 2 * kPage);
  machine.guest.start_user(write_window());

  machine.run();

  PageWords expected{};
  expected[(first_page + 1) / 64] = 1ull << (first_page + 1) % 64;
  CHECK(machine.take_dirty() == expected);
  CHECK(machine.in_memory<std::uint32_t>((first_page + 1) * kPage) == 0x1111'1111);
}

TEST_CASE("A write that somebody waits for is told once, and done") {
  const int ring = GENERATE(0, 3);
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  start(machine, ring, write_window());
  machine.wait_for_write();
  CHECK(machine.calls == 0);

  machine.run();
  machine.run();

  CHECK(machine.calls == 1);
  CHECK(machine.in_memory<std::uint32_t>(kPage) == 0x1111'1111);
}

TEST_CASE("A write that was told can be waited for again") {
  const int ring = GENERATE(0, 3);
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  start(machine, ring, fill_window());

  for (int round = 1; round <= 3; ++round) {
    (void)machine.take_dirty();
    machine.wait_for_write();
    machine.run();
    CHECK(machine.calls == round);
  }

  CHECK(machine.in_memory<std::uint32_t>(2 * kPage - 4) == 0x2222'2222);
}

TEST_CASE("An instruction with LOCK is carried out once in a window that is waited for") {
  const int ring = GENERATE(0, 3);
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  start(machine, ring, add_in_window());
  machine.wait_for_write();

  machine.run();

  CHECK(machine.calls == 1);
  CHECK(machine.in_memory<std::uint32_t>(kPage) == 1);
}

TEST_CASE("Reading a window calls nobody") {
  const int ring = GENERATE(0, 3);
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  machine.memory.bytes()[kPage] = std::byte{0x5a};
  start(machine, ring, read_window());
  machine.wait_for_write();

  CHECK(machine.run() == 0x5a);
  CHECK(machine.calls == 0);
  CHECK(machine.take_dirty() == PageWords{0, 0});
}

TEST_CASE("However often pages are asked for, none that was written is missed") {
  constexpr int kRounds = 3000;
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  machine.guest.start_user(write_window());

  int missed = 0;
  for (int round = 0; round < kRounds; ++round) {
    machine.run();
    if (machine.take_dirty() != PageWords{1 << 1, 0}) ++missed;
  }

  CHECK(missed == 0);
}

TEST_CASE("Who waits for a write where there is one to be taken is called at once") {
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  machine.guest.start_user(write_window());
  machine.run();

  machine.wait_for_write();

  CHECK(machine.calls == 1);
  machine.run();
  CHECK(machine.calls == 1);
}

TEST_CASE("What was called off is not told") {
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  machine.guest.start_user(write_window());
  machine.wait_for_write();
  machine.window.when_written({});

  machine.run();

  CHECK(machine.calls == 0);
  CHECK(machine.take_dirty() == PageWords{1 << 1, 0});
}

TEST_CASE("Who waits for a write waits on through a move of the window") {
  Machine machine;
  machine.window.map(kWindow + 0x100'0000, 0, kMemorySize);
  machine.guest.start_user(write_window());
  machine.wait_for_write();
  machine.window.map(kWindow, kPage, kPage * 4);

  machine.run();

  CHECK(machine.calls == 1);
  CHECK(machine.take_dirty() == PageWords{1 << 2, 0});
}

TEST_CASE("Pages that were written before a window ended are still told") {
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  machine.guest.start_user(write_window());
  machine.run();

  machine.window.unmap();

  CHECK(machine.take_dirty() == PageWords{1 << 1, 0});
}

TEST_CASE("Where a window ended nobody answers") {
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  machine.window.unmap();
  machine.guest.start_user(read_window());

  const VcpuExit exit = machine.guest.cpu().run();

  REQUIRE(name(exit) == "mmio-read");
  CHECK(std::get<MmioRead>(exit).address == kWindow + kPage);
}

TEST_CASE("A window over RAM or over what is reserved stays unmapped, and can be moved away") {
  const GuestAddress taken = GENERATE(GuestAddress{0}, GuestAddress{kRamSize - kPage}, kReserved);
  Machine machine;

  machine.window.map(taken, 0, 4 * kPage);
  CHECK(machine.take_dirty() == PageWords{0, 0});

  machine.window.map(kWindow, 0, 4 * kPage);
  machine.guest.start_user(write_window());
  machine.run();
  CHECK(machine.take_dirty() == PageWords{1 << 1, 0});
}

TEST_CASE("Of two windows at one place the first stays") {
  Machine machine;
  const Mapping other_view = machine.memory.map_again();
  MemoryWindow& other = machine.windows.add(8, other_view.bytes());
  machine.window.map(kWindow, 0, 4 * kPage);

  other.map(kWindow + 2 * kPage, 10 * kPage, 4 * kPage);

  machine.guest.start_user(write_window());
  machine.run();
  CHECK(machine.in_memory<std::uint32_t>(kPage) == 0x1111'1111);
}

TEST_CASE("Two windows onto the same memory wait each for its own writes") {
  Machine machine;
  const Mapping other_view = machine.memory.map_again();
  MemoryWindow& other = machine.windows.add(8, other_view.bytes());
  machine.window.map(kWindow + 0x100'0000, 0, kMemorySize);
  other.map(kWindow, 0, kMemorySize);
  machine.wait_for_write();

  machine.guest.start_user(write_window());
  machine.run();

  CHECK(machine.calls == 0);
  CHECK(machine.in_memory<std::uint32_t>(kPage) == 0x1111'1111);
}

TEST_CASE("Memory that can't be had is a fault that no window explains") {
  Machine machine;
  machine.window.map(kWindow, 0, kMemorySize);
  // Behind the windows' back, as a memory file that somebody shortened.
  REQUIRE(::mprotect(machine.view.data(), kMemorySize, PROT_READ) == 0);
  machine.guest.start_user(write_window());

  const VcpuExit exit = machine.guest.cpu().run();

  CHECK(name(exit) == "memory-fault");
  CHECK_FALSE(machine.windows.resolve(exit, machine.guest.cpu()));
}

}  // namespace minivmm::kvm::test
