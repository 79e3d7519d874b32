#include "debug/gdb/registers.h"

#include <fmt/core.h>

#include <array>
#include <span>
#include <string_view>

#include "debug/gdb/packets.h"

namespace minivmm::debug::gdb {
namespace {

using General = std::uint64_t CpuRegisters::*;
using Control = std::uint64_t CpuSpecialRegisters::*;
using Segment = CpuSegment CpuSpecialRegisters::*;
using Table = DescriptorTable CpuSpecialRegisters::*;

struct Register {
  std::string_view name;
  std::size_t size;  // In bytes.
  std::string_view type;
  General general = nullptr;
  Control control = nullptr;
  Segment selector = nullptr;
  Segment base = nullptr;
  Table table_base = nullptr;
  Table table_limit = nullptr;
};

constexpr Register general(std::string_view name, General member, std::string_view type = "int64") {
  return {.name = name, .size = 8, .type = type, .general = member};
}
constexpr Register selector(std::string_view name, Segment member) {
  return {.name = name, .size = 4, .type = "int32", .selector = member};
}
constexpr Register base(std::string_view name, Segment member) {
  return {.name = name, .size = 8, .type = "int", .base = member};
}
constexpr Register control(std::string_view name, Control member) {
  return {.name = name, .size = 8, .type = "int64", .control = member};
}
constexpr Register x87(std::string_view name) {
  return {.name = name, .size = 10, .type = "i387_ext"};
}
constexpr Register x87_control(std::string_view name) {
  return {.name = name, .size = 4, .type = "int"};
}

using R = CpuRegisters;
using S = CpuSpecialRegisters;
constexpr std::size_t kCoreCount = 40;
constexpr std::size_t kSegmentCount = 2;
constexpr std::array kRegisters{
    general("rax", &R::rax),
    general("rbx", &R::rbx),
    general("rcx", &R::rcx),
    general("rdx", &R::rdx),
    general("rsi", &R::rsi),
    general("rdi", &R::rdi),
    general("rbp", &R::rbp, "data_ptr"),
    general("rsp", &R::rsp, "data_ptr"),
    general("r8", &R::r8),
    general("r9", &R::r9),
    general("r10", &R::r10),
    general("r11", &R::r11),
    general("r12", &R::r12),
    general("r13", &R::r13),
    general("r14", &R::r14),
    general("r15", &R::r15),
    general("rip", &R::rip, "code_ptr"),
    Register{.name = "eflags", .size = 4, .type = "int32", .general = &R::rflags},
    selector("cs", &S::cs),
    selector("ss", &S::ss),
    selector("ds", &S::ds),
    selector("es", &S::es),
    selector("fs", &S::fs),
    selector("gs", &S::gs),
    x87("st0"),
    x87("st1"),
    x87("st2"),
    x87("st3"),
    x87("st4"),
    x87("st5"),
    x87("st6"),
    x87("st7"),
    x87_control("fctrl"),
    x87_control("fstat"),
    x87_control("ftag"),
    x87_control("fiseg"),
    x87_control("fioff"),
    x87_control("foseg"),
    x87_control("fooff"),
    x87_control("fop"),
    base("fs_base", &S::fs),
    base("gs_base", &S::gs),
    control("cr0", &S::cr0),
    control("cr2", &S::cr2),
    control("cr3", &S::cr3),
    control("cr4", &S::cr4),
    control("cr8", &S::cr8),
    control("efer", &S::efer),
    control("apic_base", &S::apic_base),
    Register{.name = "gdt_base", .size = 8, .type = "data_ptr", .table_base = &S::gdt},
    Register{.name = "gdt_limit", .size = 4, .type = "int32", .table_limit = &S::gdt},
    Register{.name = "idt_base", .size = 8, .type = "data_ptr", .table_base = &S::idt},
    Register{.name = "idt_limit", .size = 4, .type = "int32", .table_limit = &S::idt}};

std::string feature(std::string_view name, std::size_t first, std::size_t count) {
  std::string text = fmt::format("<feature name=\"{}\">", name);
  for (const Register& one : std::span(kRegisters).subspan(first, count))
    text += fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\"/>", one.name, one.size * 8,
                        one.type);
  return text + "</feature>";
}

std::uint64_t value_of(const RegisterSet& from, const Register& one) {
  const CpuSpecialRegisters& special = from.special;
  if (one.general != nullptr) return from.general.*one.general;
  if (one.control != nullptr) return special.*one.control;
  if (one.selector != nullptr) return (special.*one.selector).selector;
  if (one.base != nullptr) return (special.*one.base).base;
  if (one.table_base != nullptr) return (special.*one.table_base).base;
  return (special.*one.table_limit).limit;
}

bool is_x87(std::size_t number) {
  return number >= 24 && number < kCoreCount;
}

}  // namespace

std::string target_xml() {
  constexpr std::size_t kSystem = kCoreCount + kSegmentCount;
  return "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
         "<architecture>i386:x86-64</architecture>" +
         feature("org.gnu.gdb.i386.core", 0, kCoreCount) +
         feature("org.gnu.gdb.i386.segments", kCoreCount, kSegmentCount) +
         feature("minivmm.system", kSystem, kRegisters.size() - kSystem) + "</target>";
}

std::size_t register_count() {
  return kRegisters.size();
}

std::size_t register_size(std::size_t number) {
  return number < kRegisters.size() ? kRegisters.at(number).size : 0;
}

std::string register_hex(const RegisterSet& from, std::size_t number) {
  if (number >= kRegisters.size()) return {};
  const Register& one = kRegisters.at(number);
  if (is_x87(number)) return std::string(one.size * 2, 'x');
  const std::uint64_t value = value_of(from, one);
  return to_hex(std::as_bytes(std::span(&value, 1)).first(one.size));
}

SetOutcome set_register(RegisterSet& to, std::size_t number, std::uint64_t value) {
  if (number >= kRegisters.size() || is_x87(number)) return SetOutcome::kRefused;
  const Register& one = kRegisters.at(number);
  if (value_of(to, one) == value) return SetOutcome::kGeneral;
  if (one.general != nullptr) {
    to.general.*one.general = value;
    return SetOutcome::kGeneral;
  }
  if (one.control != nullptr)
    to.special.*one.control = value;
  else if (one.base != nullptr)
    (to.special.*one.base).base = value;
  else if (one.table_base != nullptr)
    (to.special.*one.table_base).base = value;
  else if (one.table_limit != nullptr)
    (to.special.*one.table_limit).limit = static_cast<std::uint16_t>(value);
  else
    return SetOutcome::kRefused;  // A selector without its descriptor would be half a segment.
  return SetOutcome::kSpecial;
}

}  // namespace minivmm::debug::gdb
