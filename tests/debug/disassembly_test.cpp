#include "debug/disassembly.h"

#include <array>
#include <catch2/catch.hpp>

using namespace minivmm;
using namespace minivmm::debug;

namespace {

template <typename... Byte>
std::array<std::byte, sizeof...(Byte)> code(Byte... bytes) {
  return {static_cast<std::byte>(bytes)...};
}

}  // namespace

TEST_CASE("an instruction is told in Intel's notation, with its size") {
  const auto bytes = code(0xee, 0xc3);
  const auto one = disassemble(bytes, 0x1000, CodeMode::k64Bit);
  REQUIRE(one);
  CHECK(one->text == "out dx, al");
  CHECK(one->size == 1);
  CHECK(one->address == 0x1000);
}

TEST_CASE("the same bytes are another instruction in another mode") {
  const auto bytes = code(0xb8, 0x34, 0x12, 0x00, 0x00);
  CHECK(disassemble(bytes, 0, CodeMode::k16Bit)->text == "mov ax, 0x1234");
  CHECK(disassemble(bytes, 0, CodeMode::k32Bit)->text == "mov eax, 0x1234");
}

TEST_CASE("what is cut off or no instruction is none") {
  CHECK_FALSE(disassemble(code(0xb8, 0x34), 0, CodeMode::k64Bit));
  CHECK_FALSE(disassemble(code(0x06), 0, CodeMode::k64Bit));
  CHECK_FALSE(disassemble({}, 0, CodeMode::k64Bit));
}

TEST_CASE("the instruction before an address is found") {
  // mov dx, 0x3f8 / mov al, 0x41 / out dx, al
  const auto bytes = code(0x66, 0xba, 0xf8, 0x03, 0xb0, 0x41, 0xee);
  const auto one = instruction_before(bytes, 0x2007, CodeMode::k64Bit);
  REQUIRE(one);
  CHECK(one->address == 0x2006);
  CHECK(one->text == "out dx, al");
}

TEST_CASE("the mode is that of the code segment, and 64 bits need long mode") {
  CpuSpecialRegisters registers;
  CHECK(code_mode(registers) == CodeMode::k16Bit);
  registers.cs.big = true;
  CHECK(code_mode(registers) == CodeMode::k32Bit);
  registers.cs.big = false;
  registers.cs.long_mode = true;
  CHECK(code_mode(registers) == CodeMode::k16Bit);
  registers.efer = 1u << 10;
  CHECK(code_mode(registers) == CodeMode::k64Bit);
}
