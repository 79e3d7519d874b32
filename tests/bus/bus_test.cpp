#include "bus/bus.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "support/guest_access.h"

namespace minivmm {
namespace {

using test::load;
using test::store;

/// Reads give the offset of each byte plus a base; writes are kept as (offset, size, value).
class Recorder final : public IoDevice {
 public:
  explicit Recorder(std::uint8_t base = 0) : base_(base) {}

  void read(std::uint64_t offset, std::span<std::byte> data) override {
    for (std::byte& byte : data) byte = static_cast<std::byte>(base_ + offset++);
  }
  void write(std::uint64_t offset, std::span<const std::byte> data) override {
    writes.push_back({offset, data.size(), load_le(data)});
  }

  struct Write {
    std::uint64_t offset;
    std::size_t size;
    std::uint64_t value;
    bool operator==(const Write&) const = default;
  };
  std::vector<Write> writes{};

 private:
  const std::uint8_t base_;
};

TEST_CASE("an access reaches the device of its range with the offset") {
  Bus bus;
  Recorder low;
  Recorder high;
  REQUIRE(bus.add({{0x100}, 0x10}, low));
  REQUIRE(bus.add({{0x110}, 0x10}, high));

  store<std::uint16_t>(bus, 0x112, 0xbeef);

  CHECK(low.writes.empty());
  CHECK(high.writes == std::vector<Recorder::Write>{{2, 2, 0xbeef}});
  CHECK(load<std::uint32_t>(bus, 0x104) == 0x07060504);
}

TEST_CASE("a device with two ranges tells them apart by the first offset") {
  Bus bus;
  Recorder device;
  REQUIRE(bus.add({{0x60}, 1}, device, 0));
  REQUIRE(bus.add({{0x64}, 1}, device, 4));

  CHECK(load<std::uint8_t>(bus, 0x64) == 4);
  CHECK(load<std::uint8_t>(bus, 0x60) == 0);
}

TEST_CASE("where nobody answers a guest reads ones, and the record says so") {
  Bus bus;

  CHECK(load<std::uint32_t>(bus, 0x80) == 0xffffffff);
  CHECK(load<std::uint64_t>(bus, 0xffff'ffff'ffff'fffc) == ~0ull);
  store<std::uint8_t>(bus, 0x80, 1);

  const std::vector<Bus::Stray> strays = bus.strays();
  REQUIRE(strays.size() == 2);
  CHECK(strays[0].address == 0x80);
  CHECK(strays[0].reads == 1);
  CHECK(strays[0].writes == 1);
}

TEST_CASE("the record of strays is bounded") {
  Bus bus;
  for (std::uint64_t i = 0; i < Bus::kMaxStrays + 5; ++i) load<std::uint8_t>(bus, i);
  load<std::uint8_t>(bus, 0);

  CHECK(bus.strays().size() == Bus::kMaxStrays);
  CHECK(bus.strays()[0].reads == 2);
  CHECK(bus.strays_left_out() == 5);
}

TEST_CASE("an access across the end of a range is split into bytes") {
  Bus bus;
  Recorder first(0xa0);
  Recorder second(0xb0);
  REQUIRE(bus.add({{0x10}, 2}, first));
  REQUIRE(bus.add({{0x12}, 1}, second));

  CHECK(load<std::uint32_t>(bus, 0x11) == 0xffffb0a1);
  store<std::uint16_t>(bus, 0x0f, 0x2211);

  CHECK(first.writes == std::vector<Recorder::Write>{{0, 1, 0x22}});
  CHECK(bus.strays().empty());
}

TEST_CASE("who came first keeps its place") {
  Bus bus;
  Recorder first(1);
  Recorder second(2);
  REQUIRE(bus.add({{0x1000}, 0x1000}, first));

  CHECK_FALSE(bus.add({{0x1fff}, 0x10}, second));
  CHECK_FALSE(bus.add({{0x0}, 0x1001}, second));
  CHECK_FALSE(bus.add({{0x1800}, 1}, second));
  CHECK_FALSE(bus.add({{0x0}, 0x10000}, second));
  CHECK(load<std::uint8_t>(bus, 0x1000) == 1);

  REQUIRE(bus.remove({{0x1000}, 0x1000}));
  CHECK(bus.add({{0x1800}, 1}, second));
  CHECK_FALSE(bus.remove({{0x1000}, 0x1000}));
}

TEST_CASE("ranges that are empty or wrap are refused") {
  Bus bus;
  Recorder device;

  CHECK_FALSE(bus.add({{0x1000}, 0}, device));
  CHECK_FALSE(bus.add({{0xffff'ffff'ffff'f000}, 0x1001}, device));
  CHECK(bus.add({{0xffff'ffff'ffff'f000}, 0xfff}, device));
}

TEST_CASE("a full bus refuses one more range") {
  Bus bus;
  Recorder device;
  for (std::uint64_t i = 0; i < Bus::kCapacity; ++i) REQUIRE(bus.add({{i * 16}, 16}, device));

  CHECK_FALSE(bus.add({{Bus::kCapacity * 16}, 16}, device));
  CHECK(load<std::uint8_t>(bus, (Bus::kCapacity - 1) * 16 + 3) == 3);
}

TEST_CASE("vCPUs find a device that stays while others come and go") {
  Bus bus;
  Recorder staying;
  Recorder moving;
  REQUIRE(bus.add({{0x8000}, 0x100}, staying));
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> vcpus;
  for (int i = 0; i < 2; ++i) {
    vcpus.emplace_back([&] {
      while (!stop) wrong += load<std::uint8_t>(bus, 0x8042) != 0x42 ? 1 : 0;
    });
  }

  for (std::uint64_t i = 0; i < 2000; ++i) {
    const GuestRange range = {{i % 2 == 0 ? 0x100u : 0x9000u}, 0x100};
    REQUIRE(bus.add(range, moving));
    REQUIRE(bus.remove(range));
  }
  stop = true;
  for (std::thread& vcpu : vcpus) vcpu.join();

  CHECK(wrong == 0);
}

}  // namespace
}  // namespace minivmm
