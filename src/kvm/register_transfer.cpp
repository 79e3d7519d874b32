#include "kvm/register_transfer.h"

namespace minivmm::kvm {
namespace {

kvm_segment to_kernel(const Segment& segment) {
  kvm_segment kernel{};
  kernel.base = segment.base;
  kernel.limit = segment.limit;
  kernel.selector = segment.selector;
  kernel.type = segment.type;
  kernel.present = segment.present;
  kernel.dpl = segment.dpl;
  kernel.db = segment.big;
  kernel.s = segment.code_or_data;
  kernel.l = segment.long_mode;
  kernel.g = segment.granular;
  kernel.avl = segment.available;
  kernel.unusable = segment.unusable;
  return kernel;
}

Segment from_kernel(const kvm_segment& kernel) {
  return {.base = kernel.base,
          .limit = kernel.limit,
          .selector = kernel.selector,
          .type = kernel.type,
          .dpl = kernel.dpl,
          .present = kernel.present != 0,
          .code_or_data = kernel.s != 0,
          .big = kernel.db != 0,
          .long_mode = kernel.l != 0,
          .granular = kernel.g != 0,
          .available = kernel.avl != 0,
          .unusable = kernel.unusable != 0};
}

kvm_dtable to_kernel(const DescriptorTable& table) {
  kvm_dtable kernel{};
  kernel.base = table.base;
  kernel.limit = table.limit;
  return kernel;
}

}  // namespace

kvm_regs to_kernel(const Registers& registers) {
  const Registers& r = registers;
  kvm_regs kernel{};
  kernel.rax = r.rax, kernel.rbx = r.rbx, kernel.rcx = r.rcx, kernel.rdx = r.rdx;
  kernel.rsi = r.rsi, kernel.rdi = r.rdi, kernel.rsp = r.rsp, kernel.rbp = r.rbp;
  kernel.r8 = r.r8, kernel.r9 = r.r9, kernel.r10 = r.r10, kernel.r11 = r.r11;
  kernel.r12 = r.r12, kernel.r13 = r.r13, kernel.r14 = r.r14, kernel.r15 = r.r15;
  kernel.rip = r.rip, kernel.rflags = r.rflags;
  return kernel;
}

Registers from_kernel(const kvm_regs& kernel) {
  Registers r;
  r.rax = kernel.rax, r.rbx = kernel.rbx, r.rcx = kernel.rcx, r.rdx = kernel.rdx;
  r.rsi = kernel.rsi, r.rdi = kernel.rdi, r.rsp = kernel.rsp, r.rbp = kernel.rbp;
  r.r8 = kernel.r8, r.r9 = kernel.r9, r.r10 = kernel.r10, r.r11 = kernel.r11;
  r.r12 = kernel.r12, r.r13 = kernel.r13, r.r14 = kernel.r14, r.r15 = kernel.r15;
  r.rip = kernel.rip, r.rflags = kernel.rflags;
  return r;
}

void to_kernel(const SpecialRegisters& special, kvm_sregs& kernel) {
  kernel.cs = to_kernel(special.cs), kernel.ds = to_kernel(special.ds);
  kernel.es = to_kernel(special.es), kernel.fs = to_kernel(special.fs);
  kernel.gs = to_kernel(special.gs), kernel.ss = to_kernel(special.ss);
  kernel.tr = to_kernel(special.tr), kernel.ldt = to_kernel(special.ldt);
  kernel.gdt = to_kernel(special.gdt), kernel.idt = to_kernel(special.idt);
  kernel.cr0 = special.cr0, kernel.cr2 = special.cr2, kernel.cr3 = special.cr3;
  kernel.cr4 = special.cr4, kernel.cr8 = special.cr8;
  kernel.efer = special.efer;
  if (special.apic_base != 0) kernel.apic_base = special.apic_base;
}

SpecialRegisters from_kernel(const kvm_sregs& kernel) {
  SpecialRegisters special;
  special.cs = from_kernel(kernel.cs), special.ds = from_kernel(kernel.ds);
  special.es = from_kernel(kernel.es), special.fs = from_kernel(kernel.fs);
  special.gs = from_kernel(kernel.gs), special.ss = from_kernel(kernel.ss);
  special.tr = from_kernel(kernel.tr), special.ldt = from_kernel(kernel.ldt);
  special.gdt = {.base = kernel.gdt.base, .limit = kernel.gdt.limit};
  special.idt = {.base = kernel.idt.base, .limit = kernel.idt.limit};
  special.cr0 = kernel.cr0, special.cr2 = kernel.cr2, special.cr3 = kernel.cr3;
  special.cr4 = kernel.cr4, special.cr8 = kernel.cr8;
  special.efer = kernel.efer;
  special.apic_base = kernel.apic_base;
  return special;
}

}  // namespace minivmm::kvm
