#include "kvm/account.h"

#include <array>
#include <catch2/catch.hpp>

namespace minivmm::kvm {
namespace {

using Catch::Contains;

constexpr std::array kUd2{std::byte{0x0f}, std::byte{0x0b}};

struct Crashed {
  Registers registers = entry_registers({.mode = CpuEntry::Mode::kLong64, .rip = 0x20'0000});
  SpecialRegisters special = entry_special_registers({.mode = CpuEntry::Mode::kLong64});
  [[nodiscard]] std::string account(const VcpuExit& exit, std::span<const std::byte> code) const {
    return crash_account(exit, 1, registers, special, {.linear = registers.rip, .bytes = code});
  }
};

TEST_CASE("A triple fault's account names the vCPU, the code and the registers") {
  const std::string account = Crashed{}.account(Shutdown{}, kUd2);

  CHECK_THAT(account, Catch::StartsWith("vCPU 1: triple fault: "));
  CHECK_THAT(account, Contains("code at 0000000000200000: 0f 0b\n"));
  CHECK_THAT(account, Contains("RIP 0000000000200000") && Contains("64-bit mode"));
  CHECK_THAT(account, Contains("CR3") && Contains("IDT base"));
}

TEST_CASE("Code that can't be read is said to be unreadable") {
  CHECK_THAT(Crashed{}.account(Shutdown{}, {}), Contains("not readable"));
}

TEST_CASE("After an AMD triple fault the account doesn't show a reset's registers as the guest's") {
  Crashed crashed;
  crashed.registers = {};
  crashed.special = entry_special_registers({});

  const std::string account = crashed.account(Shutdown{}, {});

  CHECK_THAT(account, Contains("triple fault") && Contains("after a reset"));
  CHECK_THAT(account, !Contains("RIP"));
}

TEST_CASE("A refused entry tells the hardware's reason") {
  CHECK_THAT(Crashed{}.account(FailEntry{.hardware_reason = 0x8000'0021, .cpu = 3}, {}),
             Contains("hardware reason 0x80000021") && Contains("CPU 3"));
  CHECK_THAT(Crashed{}.account(FailEntry{.hardware_reason = 1, .cpu = ~0u}, {}),
             !Contains("CPU 4"));
}

TEST_CASE("KVM's internal errors are told by name, with KVM's data") {
  InternalError error;
  error.suberror = 3;
  error.data_words[0] = 0x8000'0b0e;
  error.data_count = 1;

  const std::string account = Crashed{}.account(error, {});

  CHECK_THAT(account, Contains("internal error 3") && Contains("in the middle of delivering"));
  CHECK_THAT(account, Contains("0x80000b0e"));
}

TEST_CASE("An emulation failure shows the instruction that KVM had fetched") {
  InternalError error;
  error.suberror = 1;
  error.instruction_bytes = {std::byte{0xc5}, std::byte{0xf8}};
  error.instruction_size = 2;

  CHECK_THAT(Crashed{}.account(error, {}), Contains("instruction  c5 f8"));
}

TEST_CASE("An exit that nobody asked for is told by its number") {
  CHECK_THAT(Crashed{}.account(Unknown{.reason = 38}, {}), Contains("exit 38"));
  CHECK_THAT(Crashed{}.account(Unknown{.reason = 0, .hardware_reason = 0x77}, {}),
             Contains("hardware reason 0x77"));
}

TEST_CASE("The register dump names the mode and the flags that are set") {
  Registers registers;
  registers.rflags = 0x246;
  const std::string real = describe(registers, entry_special_registers({}));
  const std::string protected_mode =
      describe(registers, entry_special_registers({.mode = CpuEntry::Mode::kProtected32}));

  CHECK_THAT(real, Contains("real mode") && Contains(" PF ZF IF "));
  CHECK_THAT(protected_mode, Contains("32-bit protected mode"));
}

}  // namespace
}  // namespace minivmm::kvm
