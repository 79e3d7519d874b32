#include "machine/exit_dispatch.h"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

namespace minivmm {
namespace {

// Remembers what it is written; answers reads with its counter.
class CountingDevice final : public IoDevice {
 public:
  void read(std::uint64_t /*offset*/, std::span<std::byte> data) override {
    store_le(data, ++reads);
  }
  void write(std::uint64_t offset, std::span<const std::byte> data) override {
    written.push_back({offset, load_le(data)});
  }

  std::uint64_t reads = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> written;
};

struct Fixture {
  Fixture() {
    REQUIRE(ports.add({{0x3f8}, 8}, device));
    REQUIRE(mmio.add({{0xc0000000}, 0x1000}, device));
  }

  CountingDevice device;
  Bus ports;
  Bus mmio;
  ExitDispatch dispatch{ports, mmio};
};

using Outcome = ExitDispatch::Outcome;

}  // namespace

TEST_CASE("A port write reaches the device at its offset") {
  Fixture f;
  const std::array data{std::byte{0x41}};
  CHECK(f.dispatch.handle(kvm::PioOut{.port = {0x3f9}, .width = 1, .data = data}) ==
        Outcome::kContinue);
  REQUIRE(f.device.written.size() == 1);
  CHECK(f.device.written[0] == std::pair<std::uint64_t, std::uint64_t>{1, 0x41});
}

TEST_CASE("A string instruction's elements reach the port one by one, in order") {
  Fixture f;
  const std::array data{std::byte{1}, std::byte{0}, std::byte{2}, std::byte{0}};
  (void)f.dispatch.handle(kvm::PioOut{.port = {0x3f8}, .width = 2, .data = data});
  REQUIRE(f.device.written.size() == 2);
  CHECK(f.device.written[0].second == 1);
  CHECK(f.device.written[1].second == 2);

  std::array<std::byte, 3> in{};
  (void)f.dispatch.handle(kvm::PioIn{.port = {0x3f8}, .width = 1, .data = in});
  CHECK(in == std::array{std::byte{1}, std::byte{2}, std::byte{3}});
}

TEST_CASE("Memory-mapped accesses go to the other bus") {
  Fixture f;
  std::array<std::byte, 4> in{};
  CHECK(f.dispatch.handle(kvm::MmioRead{.address = {0xc0000010}, .data = in}) ==
        Outcome::kContinue);
  CHECK(load_le(in) == 1);
  CHECK(f.dispatch.handle(kvm::MmioWrite{.address = {0xc0000020}, .data = in}) ==
        Outcome::kContinue);
  CHECK(f.device.written.back() == std::pair<std::uint64_t, std::uint64_t>{0x20, 1});
}

TEST_CASE("Where nobody answers a read gives ones") {
  Fixture f;
  std::array<std::byte, 2> in{};
  CHECK(f.dispatch.handle(kvm::PioIn{.port = {0x1234}, .width = 2, .data = in}) ==
        Outcome::kContinue);
  CHECK(load_le(in) == 0xffff);
}

TEST_CASE("A triple fault, a failed entry and an internal error end the guest") {
  Fixture f;
  CHECK(f.dispatch.handle(kvm::Shutdown{}) == Outcome::kFatal);
  CHECK(f.dispatch.handle(kvm::FailEntry{}) == Outcome::kFatal);
  CHECK(f.dispatch.handle(kvm::InternalError{}) == Outcome::kFatal);
  CHECK(f.dispatch.handle(kvm::Unknown{}) == Outcome::kFatal);
}

TEST_CASE("Each exit is remembered with what was written or answered") {
  Fixture f;
  std::array<std::byte, 1> in{};
  (void)f.dispatch.handle(kvm::PioIn{.port = {0x3fd}, .width = 1, .data = in});
  (void)f.dispatch.handle(kvm::Interrupted{});
  const auto last = f.dispatch.history().last();
  REQUIRE(last.size() == 2);
  CHECK(last[0].kind == ExitKind::kPioIn);
  CHECK(last[0].address == 0x3fd);
  CHECK(last[0].value == 1);
  CHECK(last[1].kind == ExitKind::kInterrupted);
}

}  // namespace minivmm
