#pragma once
// Segment descriptors, gates and task state segments, from a guest's tables and in words (Intel
// SDM 3A, chapters 3.4, 6.14 and 7.2).

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "minivmm/cpu_registers.h"
#include "minivmm/guest_memory.h"

namespace minivmm::debug {

/// A GDT's or LDT's entry.
struct Descriptor {
  std::uint64_t raw = 0;       ///< The first 8 bytes.
  CpuSegment segment{};        ///< selector is what it was read by.
  bool sixteen_bytes = false;  ///< A system descriptor of long mode, whose base has 64 bits.
};

/// Why a selector gives no descriptor, or the descriptor.
struct DescriptorLookup {
  enum class Outcome : std::uint8_t {
    kFound,
    kNull,  ///< Selector 0 to 3.
    kBeyondLimit,
    kUnreadable,  ///< The table lies where nothing is mapped.
  };
  Outcome outcome = Outcome::kFound;
  Descriptor descriptor{};  ///< kFound; it may be one that is not present.
};

/// upper is the next 8 bytes of the table, used for system descriptors of long mode only.
[[nodiscard]] Descriptor decode_descriptor(std::uint64_t raw, std::uint64_t upper, bool long_mode);

/// In the GDT, or with TI (bit 2) in the LDT; the selector's privilege level is ignored.
[[nodiscard]] DescriptorLookup find_descriptor(const GuestMemory& memory,
                                               const CpuSpecialRegisters& registers,
                                               std::uint16_t selector);

/// "64-bit code, readable, DPL 0, base 0x0, limit 0xffffffff", "busy 64-bit TSS, ...", "null".
[[nodiscard]] std::string describe(const Descriptor& descriptor);
/// The same, or why there is none.
[[nodiscard]] std::string describe(const DescriptorLookup& lookup);

/// An entry of the IDT; in real mode one of the interrupt vector table.
struct Gate {
  enum class Kind : std::uint8_t { kRealMode, kInterrupt, kTrap, kTask, kOther };
  Kind kind = Kind::kOther;
  std::uint64_t raw = 0;  ///< The first 8 bytes; 4 in real mode.
  std::uint8_t type = 0;  ///< As in the descriptor (Intel SDM 3A, table 3-2).
  std::uint16_t selector = 0;
  std::uint64_t offset = 0;
  std::uint8_t ist = 0;  ///< 1 to 7: the stack from the TSS; 0: none.
  std::uint8_t dpl = 0;
  bool present = false;
};

struct GateLookup {
  enum class Outcome : std::uint8_t { kFound, kBeyondLimit, kUnreadable };
  Outcome outcome = Outcome::kFound;
  Gate gate{};  ///< kFound; it may be one that is not present.
};

[[nodiscard]] GateLookup find_gate(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                                   std::uint8_t vector);

/// "interrupt gate to 0x8:0x201000, DPL 0, stack IST1", "not present".
[[nodiscard]] std::string describe(const Gate& gate);
[[nodiscard]] std::string describe(const GateLookup& lookup);

/// What a TSS has for changes of stack; those of 16 bits aren't told apart from those of 32.
struct TaskState {
  bool wide = false;                   ///< Of long mode: no segments, but interrupt stacks.
  std::array<std::uint64_t, 3> rsp{};  ///< RSP0 to RSP2, or ESP0 to ESP2.
  std::array<std::uint16_t, 3> ss{};   ///< Not wide: SS0 to SS2.
  std::array<std::uint64_t, 7> ist{};  ///< Wide: IST1 to IST7.
  std::uint16_t io_map = 0;            ///< Offset of the I/O permission bitmap.
};

/// The task register's; nullopt when it isn't loaded, too small or not mapped.
[[nodiscard]] std::optional<TaskState> read_task_state(const GuestMemory& memory,
                                                       const CpuSpecialRegisters& registers);

// Whole tables for people: lines, each ended by a newline. Runs of equal entries take one.
[[nodiscard]] std::string describe_gdt(const GuestMemory& memory,
                                       const CpuSpecialRegisters& registers);
[[nodiscard]] std::string describe_idt(const GuestMemory& memory,
                                       const CpuSpecialRegisters& registers);
[[nodiscard]] std::string describe_tss(const GuestMemory& memory,
                                       const CpuSpecialRegisters& registers);

}  // namespace minivmm::debug
