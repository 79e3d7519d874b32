#include <fmt/core.h>

#include <cstring>
#include <span>

#include "debug/control_bits.h"
#include "debug/descriptors.h"
#include "debug/page_walk.h"

namespace minivmm::debug {
namespace {

constexpr std::size_t kTssSize = 104;  // Both layouts: Intel SDM 3A, figures 7-2 and 7-11.

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
  return value;
}

void load_wide(std::span<const std::byte> bytes, TaskState& state) {
  for (std::size_t i = 0; i < state.rsp.size(); ++i)
    state.rsp[i] = load<std::uint64_t>(bytes, 4 + i * 8);
  for (std::size_t i = 0; i < state.ist.size(); ++i)
    state.ist[i] = load<std::uint64_t>(bytes, 36 + i * 8);
}

void load_narrow(std::span<const std::byte> bytes, TaskState& state) {
  for (std::size_t i = 0; i < state.rsp.size(); ++i) {
    state.rsp[i] = load<std::uint32_t>(bytes, 4 + i * 8);
    state.ss[i] = load<std::uint16_t>(bytes, 8 + i * 8);
  }
}

}  // namespace

std::optional<TaskState> read_task_state(const GuestMemory& memory,
                                         const CpuSpecialRegisters& registers) {
  const CpuSegment& tr = registers.tr;
  // After a reset the task register holds a "present" TSS at 0 that nobody made.
  const bool loaded = tr.present && !tr.unusable && (tr.selector & ~3u) != 0;
  if (!loaded || tr.limit < kTssSize - 1) return std::nullopt;
  std::array<std::byte, kTssSize> bytes{};
  if (read_linear(memory, registers, tr.base, bytes) != bytes.size()) return std::nullopt;
  TaskState state{.wide = in_long_mode(registers)};
  if (state.wide)
    load_wide(bytes, state);
  else
    load_narrow(bytes, state);
  state.io_map = load<std::uint16_t>(bytes, 102);
  return state;
}

std::string describe_tss(const GuestMemory& memory, const CpuSpecialRegisters& registers) {
  const CpuSegment& tr = registers.tr;
  std::string text =
      fmt::format("TR {:#x}, TSS at {:#x}, limit {:#x}\n", tr.selector, tr.base, tr.limit);
  const std::optional<TaskState> state = read_task_state(memory, registers);
  if (!state) return text + "  no TSS is loaded, or it is too small or not mapped\n";
  for (std::size_t i = 0; i < state->rsp.size(); ++i) {
    if (state->wide)
      text += fmt::format("  RSP{} {:#x}\n", i, state->rsp[i]);
    else
      text += fmt::format("  SS{}:ESP{} {:#x}:{:#x}\n", i, i, state->ss[i], state->rsp[i]);
  }
  for (std::size_t i = 0; state->wide && i < state->ist.size(); ++i)
    text += fmt::format("  IST{} {:#x}\n", i + 1, state->ist[i]);
  return text + fmt::format("  I/O permission bitmap at offset {:#x}\n", state->io_map);
}

}  // namespace minivmm::debug
