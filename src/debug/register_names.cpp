#include "debug/register_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace minivmm::debug {
namespace {

using Field = std::uint64_t CpuRegisters::*;
constexpr std::array<std::pair<std::string_view, Field>, 18> kGeneral{
    {{"rax", &CpuRegisters::rax},
     {"rbx", &CpuRegisters::rbx},
     {"rcx", &CpuRegisters::rcx},
     {"rdx", &CpuRegisters::rdx},
     {"rsi", &CpuRegisters::rsi},
     {"rdi", &CpuRegisters::rdi},
     {"rsp", &CpuRegisters::rsp},
     {"rbp", &CpuRegisters::rbp},
     {"r8", &CpuRegisters::r8},
     {"r9", &CpuRegisters::r9},
     {"r10", &CpuRegisters::r10},
     {"r11", &CpuRegisters::r11},
     {"r12", &CpuRegisters::r12},
     {"r13", &CpuRegisters::r13},
     {"r14", &CpuRegisters::r14},
     {"r15", &CpuRegisters::r15},
     {"rip", &CpuRegisters::rip},
     {"rflags", &CpuRegisters::rflags}}};

using Control = std::uint64_t CpuSpecialRegisters::*;
constexpr std::array<std::pair<std::string_view, Control>, 6> kControl{
    {{"cr0", &CpuSpecialRegisters::cr0},
     {"cr2", &CpuSpecialRegisters::cr2},
     {"cr3", &CpuSpecialRegisters::cr3},
     {"cr4", &CpuSpecialRegisters::cr4},
     {"cr8", &CpuSpecialRegisters::cr8},
     {"efer", &CpuSpecialRegisters::efer}}};

using Segment = CpuSegment CpuSpecialRegisters::*;
constexpr std::array<std::pair<std::string_view, Segment>, 8> kSegments{
    {{"cs", &CpuSpecialRegisters::cs},
     {"ds", &CpuSpecialRegisters::ds},
     {"es", &CpuSpecialRegisters::es},
     {"fs", &CpuSpecialRegisters::fs},
     {"gs", &CpuSpecialRegisters::gs},
     {"ss", &CpuSpecialRegisters::ss},
     {"tr", &CpuSpecialRegisters::tr},
     {"ldt", &CpuSpecialRegisters::ldt}}};

template <typename Table>
auto find(const Table& table, std::string_view name) -> decltype(table[0].second) {
  for (const auto& [known, field] : table) {
    if (known == name) return field;
  }
  return nullptr;
}

constexpr std::array<std::pair<std::uint64_t, std::string_view>, 14> kFlags{{{1u << 0, "CF"},
                                                                             {1u << 2, "PF"},
                                                                             {1u << 4, "AF"},
                                                                             {1u << 6, "ZF"},
                                                                             {1u << 7, "SF"},
                                                                             {1u << 8, "TF"},
                                                                             {1u << 9, "IF"},
                                                                             {1u << 10, "DF"},
                                                                             {1u << 11, "OF"},
                                                                             {1u << 14, "NT"},
                                                                             {1u << 16, "RF"},
                                                                             {1u << 17, "VM"},
                                                                             {1u << 18, "AC"},
                                                                             {1u << 21, "ID"}}};

// Intel SDM 4, tables 2-2; AMD APM 2, appendix A; Linux Documentation/virt/kvm/x86/msr.rst.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 35> kMsrs{
    {{0x10, "TSC"},
     {0x1b, "APIC_BASE"},
     {0x3a, "FEATURE_CONTROL"},
     {0x3b, "TSC_ADJUST"},
     {0x48, "SPEC_CTRL"},
     {0x8b, "BIOS_SIGN_ID"},
     {0xce, "PLATFORM_INFO"},
     {0xfe, "MTRRCAP"},
     {0x10a, "ARCH_CAPABILITIES"},
     {0x174, "SYSENTER_CS"},
     {0x175, "SYSENTER_ESP"},
     {0x176, "SYSENTER_EIP"},
     {0x179, "MCG_CAP"},
     {0x17a, "MCG_STATUS"},
     {0x1a0, "MISC_ENABLE"},
     {0x1d9, "DEBUGCTL"},
     {0x277, "PAT"},
     {0x2ff, "MTRR_DEF_TYPE"},
     {0x6e0, "TSC_DEADLINE"},
     {0xc0000080, "EFER"},
     {0xc0000081, "STAR"},
     {0xc0000082, "LSTAR"},
     {0xc0000083, "CSTAR"},
     {0xc0000084, "FMASK"},
     {0xc0000100, "FS_BASE"},
     {0xc0000101, "GS_BASE"},
     {0xc0000102, "KERNEL_GS_BASE"},
     {0xc0000103, "TSC_AUX"},
     {0xc0010015, "HWCR"},
     {0x4b564d00, "KVM_WALL_CLOCK"},
     {0x4b564d01, "KVM_SYSTEM_TIME"},
     {0x4b564d02, "KVM_ASYNC_PF_EN"},
     {0x4b564d03, "KVM_STEAL_TIME"},
     {0x4b564d04, "KVM_EOI_EN"},
     {0x4b564d05, "KVM_POLL_CONTROL"}}};

}  // namespace

std::uint64_t* full_register(CpuRegisters& registers, std::string_view name) {
  const Field field = find(kGeneral, name);
  return field == nullptr ? nullptr : &(registers.*field);
}

std::uint64_t* control_register(CpuSpecialRegisters& registers, std::string_view name) {
  const Control field = find(kControl, name);
  return field == nullptr ? nullptr : &(registers.*field);
}

std::optional<std::uint64_t> general_register(const CpuRegisters& registers,
                                              std::string_view name) {
  if (const Field field = find(kGeneral, name)) return registers.*field;
  // Parts of the first eight and of RIP and RFLAGS: "eax", "ax", "al", "eip".
  if (name.size() == 3 && name.front() == 'e') {
    if (const Field field = find(kGeneral, fmt::format("r{}", name.substr(1))))
      return registers.*field & 0xffffffff;
  }
  if (name == "eflags") return registers.rflags & 0xffffffff;
  if (name.size() != 2) return std::nullopt;
  if (const Field field = find(kGeneral, fmt::format("r{}", name))) {
    if (name != "8" && name != "9") return registers.*field & 0xffff;
  }
  if (name.back() == 'l') {
    if (const Field field = find(kGeneral, fmt::format("r{}x", name.front())))
      return registers.*field & 0xff;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> special_register(const CpuSpecialRegisters& registers,
                                              std::string_view name) {
  if (const Control field = find(kControl, name)) return registers.*field;
  if (const Segment field = find(kSegments, name)) return (registers.*field).selector;
  return std::nullopt;
}

const std::vector<std::string>& register_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    all.reserve(kGeneral.size() + kControl.size() + kSegments.size());
    for (const auto& [name, field] : kGeneral) all.emplace_back(name);
    for (const auto& [name, field] : kControl) all.emplace_back(name);
    for (const auto& [name, field] : kSegments) all.emplace_back(name);
    return all;
  }();
  return names;
}

std::string flags_text(std::uint64_t rflags) {
  std::string text;
  for (const auto& [bit, name] : kFlags) {
    if ((rflags & bit) != 0) text += fmt::format("{}{}", text.empty() ? "" : " ", name);
  }
  constexpr unsigned kIoplShift = 12;
  if (const auto iopl = rflags >> kIoplShift & 3; iopl != 0)
    text += fmt::format("{}IOPL={}", text.empty() ? "" : " ", iopl);
  return text;
}

std::string_view msr_name(std::uint32_t index) {
  for (const auto& [known, name] : kMsrs) {
    if (known == index) return name;
  }
  return {};
}

std::vector<std::string> msr_names() {
  std::vector<std::string> names;
  names.reserve(kMsrs.size());
  for (const auto& [index, name] : kMsrs) names.emplace_back(name);
  return names;
}

std::optional<std::uint32_t> msr_index(std::string_view name) {
  const auto same = [](char typed, char known) {
    return std::toupper(static_cast<unsigned char>(typed)) == known;
  };
  for (const auto& [index, known] : kMsrs) {
    if (std::ranges::equal(name, std::string_view(known), same)) return index;
  }
  return std::nullopt;
}

}  // namespace minivmm::debug
