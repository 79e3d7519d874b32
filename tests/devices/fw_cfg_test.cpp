#include "devices/fw_cfg.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "bus/bus.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

using test::load;
using test::store;

constexpr std::uint16_t kSelector = 0x510;
constexpr std::uint16_t kData = 0x511;
constexpr std::uint16_t kDmaHigh = 0x514;
constexpr std::uint16_t kDmaLow = 0x518;

constexpr std::uint32_t kError = 1;
constexpr std::uint32_t kRead = 2;
constexpr std::uint32_t kSkip = 4;
constexpr std::uint32_t kSelect = 8;
constexpr std::uint32_t kWrite = 16;

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

/// The device on its ports, and a guest's firmware that talks to it.
struct Machine {
  Machine() { REQUIRE(ports.add({{kSelector}, FwCfg::kPorts}, fw_cfg)); }

  std::string read_by_port(std::uint16_t item, std::size_t size) {
    store<std::uint16_t>(ports, kSelector, item);
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
      text += static_cast<char>(load<std::uint8_t>(ports, kData));
    return text;
  }

  /// Runs a DMA command that lies at 0x100; answers what its control field holds then.
  std::uint32_t dma(std::uint32_t control, std::uint32_t length, std::uint64_t address,
                    std::uint64_t command = 0x100) {
    put_be(command, control, 4);
    put_be(command + 4, length, 4);
    put_be(command + 8, address, 8);
    // IN and OUT are little-endian, the register is not.
    store<std::uint32_t>(ports, kDmaHigh,
                         __builtin_bswap32(static_cast<std::uint32_t>(command >> 32)));
    store<std::uint32_t>(ports, kDmaLow, __builtin_bswap32(static_cast<std::uint32_t>(command)));
    std::uint32_t result = 0;
    std::memcpy(&result, ram.data() + command, sizeof(result));
    return __builtin_bswap32(result);
  }
  void put_be(std::uint64_t address, std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      ram[address + i] = static_cast<std::byte>(value >> 8 * (size - 1 - i));
  }
  std::string text_at(std::uint64_t address, std::size_t size) const {
    return {reinterpret_cast<const char*>(ram.data()) + address, size};
  }

  std::vector<std::byte> ram = std::vector<std::byte>(0x4000, std::byte{0xcc});
  GuestMemory memory{{{{{0}, 0x4000}, ram.data()}}};
  FwCfg fw_cfg{memory};
  Bus ports{};
};

TEST_CASE("firmware finds the signature and both interfaces") {
  Machine machine;

  CHECK(machine.read_by_port(FwCfg::kSignature, 4) == "QEMU");
  CHECK(machine.read_by_port(FwCfg::kId, 4) == std::string("\x03\0\0\0", 4));
  CHECK(load<std::uint32_t>(machine.ports, kDmaHigh) == 0x554d4551);  // "QEMU"
  CHECK(load<std::uint32_t>(machine.ports, kDmaLow) == 0x47464320);   // " CFG"
}

TEST_CASE("an item is read from its start after it was selected, and then gives zeros") {
  Machine machine;
  machine.fw_cfg.set_item(0x1234, bytes_of("abc"));

  CHECK(machine.read_by_port(0x1234, 5) == std::string("abc\0\0", 5));
  CHECK(machine.read_by_port(0x1234, 1) == "a");
  CHECK(machine.read_by_port(0x1234 | 0x4000, 1) == "a");  // The old write bit means nothing.
  CHECK(machine.read_by_port(0x4321, 2) == std::string(2, '\0'));
}

TEST_CASE("numbers are little-endian") {
  Machine machine;
  machine.fw_cfg.set_item(FwCfg::kCpus, std::uint16_t{0x0102});

  CHECK(machine.read_by_port(FwCfg::kCpus, 2) == "\x02\x01");
}

TEST_CASE("the directory lists every file with its size and its item, big-endian") {
  Machine machine;
  machine.fw_cfg.add_file("etc/one", bytes_of("1"));
  machine.fw_cfg.add_file("bootorder", bytes_of("22"));

  const std::string directory = machine.read_by_port(FwCfg::kFileDirectory, 4 + 2 * 64);

  CHECK(directory.substr(0, 4) == std::string("\0\0\0\2", 4));
  CHECK(directory.substr(4, 8) == std::string("\0\0\0\1\0\x20\0\0", 8));
  CHECK(directory.substr(12, 8) == std::string("etc/one\0", 8));
  CHECK(directory.substr(68, 8) == std::string("\0\0\0\2\0\x21\0\0", 8));
  CHECK(directory.substr(76, 10) == std::string("bootorder\0", 10));
  CHECK(machine.read_by_port(0x21, 2) == "22");
}

TEST_CASE("DMA selects an item and reads it to memory, with zeros behind its end") {
  Machine machine;
  machine.fw_cfg.set_item(0x20, bytes_of("content"));

  CHECK(machine.dma(0x20 << 16 | kSelect | kRead, 9, 0x200) == 0);

  CHECK(machine.text_at(0x200, 10) == std::string("content\0\0\xcc", 10));
}

TEST_CASE("DMA goes on where the last read ended, and skips") {
  Machine machine;
  machine.fw_cfg.set_item(0x20, bytes_of("0123456789"));

  CHECK(machine.dma(0x20 << 16 | kSelect, 0, 0) == 0);
  CHECK(machine.dma(kRead, 2, 0x200) == 0);
  CHECK(machine.dma(kSkip, 3, 0) == 0);
  CHECK(machine.dma(kRead, 2, 0x202) == 0);

  CHECK(machine.text_at(0x200, 4) == "0156");
  CHECK(load<std::uint8_t>(machine.ports, kData) == '7');
}

TEST_CASE("a DMA write is an error and changes nothing") {
  Machine machine;
  machine.fw_cfg.set_item(0x20, bytes_of("content"));

  CHECK(machine.dma(0x20 << 16 | kSelect | kWrite, 4, 0x200) == kError);

  CHECK(machine.read_by_port(0x20, 7) == "content");
}

TEST_CASE("writes to the data register change nothing") {
  Machine machine;
  machine.fw_cfg.set_item(0x20, bytes_of("content"));
  store<std::uint16_t>(machine.ports, kSelector, 0x20);
  store<std::uint8_t>(machine.ports, kData, 'x');

  CHECK(machine.read_by_port(0x20, 7) == "content");
}

TEST_CASE("a DMA read that is not wholly in memory is an error and writes nothing") {
  Machine machine;
  machine.fw_cfg.set_item(0x20, bytes_of("content"));

  CHECK(machine.dma(0x20 << 16 | kSelect | kRead, 7, 0x3ffc) == kError);
  CHECK(machine.dma(0x20 << 16 | kSelect | kRead, 0xffff'ffff, 0x200) == kError);
  CHECK(machine.dma(0x20 << 16 | kSelect | kRead, 7, ~0ull - 2) == kError);

  CHECK(machine.text_at(0x3ffc, 4) == "\xcc\xcc\xcc\xcc");
  CHECK(machine.text_at(0x200, 1) == "\xcc");
}

TEST_CASE("a DMA command outside of memory does nothing") {
  Machine machine;
  store<std::uint32_t>(machine.ports, kDmaHigh, 0xffff'ffff);
  store<std::uint32_t>(machine.ports, kDmaLow, 0xf0ff'ffff);

  CHECK(machine.read_by_port(FwCfg::kSignature, 4) == "QEMU");
}

TEST_CASE("the high half of a DMA address holds for one command only") {
  Machine machine;
  machine.fw_cfg.set_item(0x20, bytes_of("content"));
  store<std::uint32_t>(machine.ports, kDmaHigh, 0x0100'0000);  // 2^32: no memory there.
  store<std::uint32_t>(machine.ports, kDmaLow, __builtin_bswap32(0x100));
  machine.put_be(0x100, 0x20 << 16 | kSelect | kRead, 4);
  machine.put_be(0x104, 7, 4);
  machine.put_be(0x108, 0x200, 8);
  CHECK(machine.text_at(0x200, 1) == "\xcc");

  store<std::uint32_t>(machine.ports, kDmaLow, __builtin_bswap32(0x100));

  CHECK(machine.text_at(0x200, 7) == "content");
}

TEST_CASE("accesses of other widths read as ones and select nothing") {
  Machine machine;
  store<std::uint8_t>(machine.ports, kSelector, 1);
  store<std::uint32_t>(machine.ports, kSelector, 1);
  CHECK(load<std::uint16_t>(machine.ports, kSelector) == 0xffff);
  CHECK(load<std::uint32_t>(machine.ports, kSelector) == 0xffff'ffff);

  CHECK(load<std::uint8_t>(machine.ports, kData) == 'Q');
}

TEST_CASE("a reset selects the signature again") {
  Machine machine;
  machine.fw_cfg.set_item(0x20, bytes_of("content"));
  CHECK(machine.read_by_port(0x20, 2) == "co");

  machine.fw_cfg.reset();

  CHECK(load<std::uint8_t>(machine.ports, kData) == 'Q');
  CHECK(machine.read_by_port(0x20, 2) == "co");
}

}  // namespace
}  // namespace minivmm
