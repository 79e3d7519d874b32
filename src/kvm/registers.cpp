#include "kvm/registers.h"

namespace minivmm::kvm {
namespace {

// Control register bits (Intel SDM 3A, 2.5) and EFER's (2.2.1).
constexpr std::uint64_t kCr0Pe = 1u << 0;
constexpr std::uint64_t kCr0Et = 1u << 4;  // Always 1.
constexpr std::uint64_t kCr0Nw = 1u << 29;
constexpr std::uint64_t kCr0Cd = 1u << 30;
constexpr std::uint64_t kCr0Pg = 1u << 31;
constexpr std::uint64_t kCr4Pae = 1u << 5;
constexpr std::uint64_t kEferLme = 1u << 8;
constexpr std::uint64_t kEferLma = 1u << 10;

// Segment types (Intel SDM 3A, 3.4.5.1 and 3.5).
constexpr std::uint8_t kDataReadWriteAccessed = 3;
constexpr std::uint8_t kCodeReadExecuteAccessed = 11;
constexpr std::uint8_t kLdt = 2;
constexpr std::uint8_t kBusyTss = 11;

constexpr std::uint32_t kFlatLimit = 0xffff'ffff;
constexpr std::uint16_t kSmallestTssLimit = 0x67;

// The first instruction after RESET (Intel SDM 3A, 10.1.4).
constexpr std::uint16_t kResetCodeSelector = 0xf000;
constexpr std::uint64_t kResetCodeBase = 0xffff'0000;

Segment flat(std::uint16_t selector, std::uint8_t type) {
  return {.limit = kFlatLimit, .selector = selector, .type = type, .granular = true};
}

Segment system(std::uint8_t type, std::uint32_t limit) {
  return {.limit = limit, .type = type, .code_or_data = false};
}

SpecialRegisters after_reset() {
  SpecialRegisters special;
  special.cs = {
      .base = kResetCodeBase, .selector = kResetCodeSelector, .type = kCodeReadExecuteAccessed};
  special.tr = system(kBusyTss, 0xffff);
  special.ldt = system(kLdt, 0xffff);
  special.cr0 = kCr0Cd | kCr0Nw | kCr0Et;
  return special;
}

SpecialRegisters flat_protected(const CpuEntry& entry) {
  SpecialRegisters special;
  special.cs = flat(entry.code_selector, kCodeReadExecuteAccessed);
  special.cs.big = true;
  Segment data = flat(entry.data_selector, kDataReadWriteAccessed);
  data.big = true;
  special.ds = special.es = special.fs = special.gs = special.ss = data;
  special.tr = system(kBusyTss, kSmallestTssLimit);
  special.ldt = system(kLdt, 0);
  special.gdt = {.base = entry.gdt.value, .limit = entry.gdt_limit};
  special.idt = {.base = 0, .limit = 0};  // Any exception before the guest has its own ends it.
  special.cr0 = kCr0Pe | kCr0Et;
  return special;
}

SpecialRegisters flat_long(const CpuEntry& entry) {
  SpecialRegisters special = flat_protected(entry);
  special.cs.big = false;
  special.cs.long_mode = true;
  special.cr0 |= kCr0Pg;
  special.cr3 = entry.page_table.value;
  special.cr4 = kCr4Pae;
  special.efer = kEferLme | kEferLma;
  return special;
}

}  // namespace

Registers entry_registers(const CpuEntry& entry) {
  Registers registers;
  if (entry.mode == CpuEntry::Mode::kReal16) return registers;
  registers.rip = entry.rip;
  registers.rsp = entry.rsp;
  registers.rax = entry.rax;
  registers.rbx = entry.rbx;
  registers.rsi = entry.rsi;
  return registers;
}

SpecialRegisters entry_special_registers(const CpuEntry& entry) {
  switch (entry.mode) {
    case CpuEntry::Mode::kProtected32:
      return flat_protected(entry);
    case CpuEntry::Mode::kLong64:
      return flat_long(entry);
    case CpuEntry::Mode::kReal16:
      break;
  }
  return after_reset();
}

}  // namespace minivmm::kvm
