// Writes that KVM posts, on the real /dev/kvm.

#include <catch2/catch.hpp>
#include <vector>

#include "kvm/coalesced_writes.h"
#include "kvm/tiny_guest.h"
#include "minivmm/io_device.h"

namespace minivmm::kvm::test {
namespace {

constexpr GuestRange kWindow{{0xe000'0000}, 0x1000};
constexpr GuestAddress kDevice{0xd000'0000};
constexpr GuestRange kPorts{{0x3c0}, 0x20};
constexpr unsigned kPairs = 100;  // That the program writes between two writes to kDevice.

struct Write {
  PostedWrite::Space space;
  std::uint64_t address;
  std::uint64_t value;
  std::size_t size;
  friend bool operator==(const Write&, const Write&) = default;
};

// The machine's loop around a vCPU and a device that takes what was posted before it answers.
struct Machine {
  Machine() { guest.start_long(post_writes()); }

  // To the guest's next write to kDevice; its value.
  std::uint64_t run() {
    for (;;) {
      const VcpuExit exit = guest.cpu().run();
      ++exits;
      take();
      if (const auto* out = std::get_if<PioOut>(&exit)) {
        done.push_back(
            {PostedWrite::Space::kPorts, out->port.value, load_le(out->data), out->data.size()});
        continue;
      }
      INFO("exit " << name(exit));
      REQUIRE(std::holds_alternative<MmioWrite>(exit));
      const auto& write = std::get<MmioWrite>(exit);
      if (write.address == kDevice) return load_le(write.data);
      done.push_back({PostedWrite::Space::kMemory, write.address.value, load_le(write.data),
                      write.data.size()});
    }
  }
  void take() {
    writes.take([this](const PostedWrite& write) {
      ++posted;
      done.push_back({write.space, write.address, load_le(write.data), write.data.size()});
    });
  }

  TinyGuest guest;
  CoalescedWrites writes{guest.vm(), guest.cpu(), {{kWindow}, {kPorts}}};
  std::vector<Write> done;
  unsigned exits = 0;
  unsigned posted = 0;
};

// What the program writes, from its start.
std::vector<Write> expected(unsigned pairs) {
  std::vector<Write> all;
  for (unsigned pair = 0; pair < pairs; ++pair) {
    const std::uint64_t offset = kPairs - pair % kPairs;
    all.push_back({PostedWrite::Space::kMemory, kWindow.start.value + offset, pair & 0xff, 1});
    all.push_back({PostedWrite::Space::kPorts, 0x3c4, pair & 0xffff, 2});
  }
  return all;
}

}  // namespace

TEST_CASE("Writes to memory and to ports that were posted come in the guest's order") {
  constexpr unsigned kRounds = 20;
  Machine machine;
  machine.writes.begin();

  for (unsigned round = 1; round <= kRounds; ++round) CHECK(machine.run() == round * kPairs);

  CHECK(machine.done == expected(kRounds * kPairs));
  CHECK(machine.posted > kRounds * kPairs);
  CHECK(machine.exits < kRounds * kPairs / 10);
}

TEST_CASE("Nothing is posted before a beginning and after an end, and what was posted stays") {
  Machine machine;
  machine.run();
  CHECK(machine.posted == 0);

  machine.writes.begin();
  (void)machine.guest.cpu().run();  // The queue is full, or the program is where it says so.
  machine.writes.end();
  machine.take();
  const unsigned posted = machine.posted;
  CHECK(posted > 0);

  machine.run();
  machine.run();
  CHECK(machine.posted == posted);
}

TEST_CASE("Writes are posted again after an end") {
  Machine machine;
  for (unsigned round = 1; round <= 5; ++round) {
    const unsigned before = machine.posted;
    machine.writes.begin();
    machine.run();
    CHECK(machine.posted > before);
    machine.writes.end();
    machine.run();
  }
  CHECK(machine.done == expected(10 * kPairs));
}

}  // namespace minivmm::kvm::test
