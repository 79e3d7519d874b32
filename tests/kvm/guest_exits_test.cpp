#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "kvm/account.h"
#include "kvm/tiny_guest.h"
#include "minivmm/io_device.h"

namespace minivmm::kvm::test {
namespace {

TEST_CASE("A guest's OUT arrives with its port, its width and its value") {
  TinyGuest guest;
  guest.start_real(write_byte());

  const VcpuExit exit = guest.cpu().run();

  REQUIRE(name(exit) == "pio-out");
  const auto out = std::get<PioOut>(exit);
  CHECK(out.port == Port{0x3f8});
  CHECK(out.width == 1);
  CHECK(out.count() == 1);
  CHECK(load_le(out.data) == 'H');
}

TEST_CASE("A guest's IN gets what was put into the exit's data") {
  TinyGuest guest;
  guest.start_real(read_ports());
  auto in = std::get<PioIn>(guest.cpu().run());
  REQUIRE(in.port == Port{0x60});
  store_le(in.data, 0x5c);

  const auto out = std::get<PioOut>(guest.cpu().run());

  CHECK(load_le(out.data) == 0x5c);
}

TEST_CASE("IN exits with the width that the guest used") {
  TinyGuest guest;
  guest.start_real(read_ports());
  (void)guest.cpu().run();
  (void)guest.cpu().run();

  const auto word = std::get<PioIn>(guest.cpu().run());
  const auto double_word = std::get<PioIn>(guest.cpu().run());

  CHECK(word.port == Port{0x1234});
  CHECK(word.width == 2);
  CHECK(double_word.width == 4);
  CHECK(double_word.data.size() == 4);
}

TEST_CASE("Every byte of a REP OUTSB arrives, in one exit or in several") {
  TinyGuest guest;
  guest.start_real(write_string());
  constexpr std::array<char, 4> kText{'t', 'e', 'x', 't'};
  REQUIRE(guest.memory().write({0x2000}, kText));

  std::string seen;
  while (seen.size() < kText.size()) {
    const VcpuExit exit = guest.cpu().run();
    REQUIRE(name(exit) == "pio-out");
    for (const std::byte byte : std::get<PioOut>(exit).data) seen += static_cast<char>(byte);
  }

  CHECK(seen == "text");
}

TEST_CASE("REP INSW fills the guest's memory with the words of one exit or of several") {
  TinyGuest guest;
  guest.start_real(read_string());

  std::uint8_t next = 1;
  VcpuExit exit = guest.cpu().run();
  for (; std::holds_alternative<PioIn>(exit); exit = guest.cpu().run()) {
    CHECK(std::get<PioIn>(exit).width == 2);
    for (std::byte& byte : std::get<PioIn>(exit).data) byte = static_cast<std::byte>(next++);
  }

  REQUIRE(name(exit) == "pio-out");
  CHECK(guest.memory().read<std::uint64_t>({0x2000}) == 0x0807'0605'0403'0201);
}

TEST_CASE("A read and two writes of a device's registers exit in order") {
  TinyGuest guest;
  guest.start_protected(use_device());

  const auto read = std::get<MmioRead>(guest.cpu().run());
  CHECK(read.address == GuestAddress{0xd000'0010});
  REQUIRE(read.data.size() == 4);
  store_le(read.data, 0x1234'5678);

  const auto word = std::get<MmioWrite>(guest.cpu().run());
  CHECK(word.address == GuestAddress{0xd000'0014});
  CHECK(word.data.size() == 2);
  CHECK(load_le(word.data) == 0x5678);

  const auto byte = std::get<MmioWrite>(guest.cpu().run());
  CHECK(byte.address == GuestAddress{0xd000'0016});
  CHECK(byte.data.size() == 1);
  CHECK(load_le(byte.data) == 0x5a);
}

TEST_CASE("A 64-bit guest's eight bytes arrive in one access") {
  TinyGuest guest;
  guest.start_long(use_device_64());

  const auto read = std::get<MmioRead>(guest.cpu().run());
  REQUIRE(read.data.size() == 8);
  store_le(read.data, 0x0102'0304'0506'0708);
  const auto write = std::get<MmioWrite>(guest.cpu().run());

  CHECK(write.address == GuestAddress{0xd000'0028});
  CHECK(load_le(write.data) == 0x0102'0304'0506'0708);
}

TEST_CASE("A guest reads ROM in place, and its write there exits") {
  Pages rom(4096);
  rom.bytes()[0] = std::byte{0x42};
  TinyGuest guest(1, rom.bytes());
  guest.start_real(write_rom());

  const auto write = std::get<MmioWrite>(guest.cpu().run());
  CHECK(write.address == GuestAddress{0xc0001});
  CHECK(load_le(write.data) == 0x66);

  const auto out = std::get<PioOut>(guest.cpu().run());
  CHECK(load_le(out.data) == 0x42);
  CHECK(rom.bytes()[1] == std::byte{0});
}

TEST_CASE("Completing an IN changes the register and runs no further") {
  TinyGuest guest;
  guest.start_real(read_ports());
  const auto in = std::get<PioIn>(guest.cpu().run());
  store_le(in.data, 0x5c);

  const VcpuExit completed = guest.cpu().complete_io();

  CHECK(name(completed) == "interrupted");
  CHECK((guest.cpu().registers().rax & 0xff) == 0x5c);
  CHECK(guest.cpu().registers().rip == kProgram.value + 2);
  CHECK(name(guest.cpu().run()) == "pio-out");
}

TEST_CASE("A page that the guest wrote is in the dirty log, once") {
  TinyGuest guest;
  guest.start_real(write_memory());
  std::array<std::uint64_t, kRamSize / 4096 / 64> bitmap{};
  guest.vm().dirty_log(0, bitmap);
  (void)guest.cpu().run();

  guest.vm().dirty_log(0, bitmap);
  const std::uint64_t after_write = bitmap[0];
  guest.vm().dirty_log(0, bitmap);

  CHECK((after_write & (1u << 5)) != 0);
  CHECK(bitmap[0] == 0);
}

TEST_CASE("A fault without an IDT is a triple fault with an account of it") {
  TinyGuest guest;
  guest.start_long(fault_without_idt());
  REQUIRE(name(guest.cpu().run()) == "pio-out");

  const VcpuExit exit = guest.cpu().run();

  REQUIRE(name(exit) == "shutdown");
  CHECK_THAT(headline(exit), Catch::StartsWith("triple fault"));
}

TEST_CASE("A jump to where no memory is ends the run with an account that says so") {
  TinyGuest guest;
  guest.start_protected(run_from_nowhere());

  const VcpuExit exit = guest.cpu().run();

  REQUIRE(name(exit) == "internal-error");
  CHECK_THAT(headline(exit), Catch::Contains("emulation failure"));
  CHECK(guest.cpu().registers().rip == 0xd0000000);
}

}  // namespace
}  // namespace minivmm::kvm::test
