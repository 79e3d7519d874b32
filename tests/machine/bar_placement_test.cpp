#include "machine/bar_placement.h"

#include <array>
#include <catch2/catch.hpp>

#include "minivmm/error.h"

namespace minivmm {
namespace {

class Nothing final : public IoDevice {
 public:
  explicit Nothing(std::mutex& lock) : IoDevice(lock) {}
  void read(std::uint64_t /*offset*/, std::span<std::byte> data) override { fill_ones(data); }
  void write(std::uint64_t /*offset*/, std::span<const std::byte> /*data*/) override {}
};

class TestFunction final : public pci::PciFunction {
 public:
  TestFunction(Bus& mmio, Bus& ports)
      : PciFunction({.vendor = 0x1af4, .device = 0x1042}, {.mmio = &mmio, .ports = &ports}) {}
  void add(unsigned index, pci::BarKind kind, std::uint64_t size) {
    add_bar(index, kind, size, handler_);
  }

  [[nodiscard]] std::uint32_t bar(unsigned index) {
    std::array<std::byte, 4> data{};
    config_read(0x10 + 4 * index, data);
    return static_cast<std::uint32_t>(load_le(data));
  }

 private:
  Nothing handler_{lock()};
};

struct Fixture {
  Bus mmio;
  Bus ports;
  TestFunction a{mmio, ports};
  TestFunction b{mmio, ports};
  std::array<pci::PciFunction*, 2> functions{&a, &b};
};

const PciWindows kWindows{.mmio32 = {{0xc0000000}, 0x10000},
                          .mmio64 = {{0x200000000}, 0x100000},
                          .io = {{0xc000}, 0x100}};

}  // namespace

TEST_CASE("BARs are placed largest first, aligned, without overlap") {
  Fixture f;
  f.a.add(0, pci::BarKind::kMmio32, 0x1000);
  f.b.add(0, pci::BarKind::kMmio32, 0x4000);
  f.b.add(1, pci::BarKind::kIo, 0x20);

  place_bars(f.functions, kWindows);

  CHECK(f.b.bar(0) == 0xc0000000);
  CHECK(f.a.bar(0) == 0xc0004000);
  CHECK((f.b.bar(1) & ~3u) == 0xc000);
}

TEST_CASE("A 64-bit BAR goes above RAM only when the low window is full") {
  Fixture f;
  f.a.add(0, pci::BarKind::kMmio64, 0x10000);
  f.b.add(0, pci::BarKind::kMmio64, 0x10000);

  place_bars(f.functions, kWindows);

  CHECK((f.a.bar(0) & ~15u) == 0xc0000000);
  CHECK(f.a.bar(1) == 0);
  CHECK((f.b.bar(0) & ~15u) == 0);
  CHECK(f.b.bar(1) == 2);
}

TEST_CASE("What fits nowhere is an error of the start") {
  Fixture f;
  f.a.add(0, pci::BarKind::kMmio32, 0x20000);
  CHECK_THROWS_AS(place_bars(f.functions, kWindows), HostError);
}

}  // namespace minivmm
