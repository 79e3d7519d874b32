// The guests of kvm_guest_test, each at address 0x1000 (kProgram in tiny_guest.h), or where its test
// puts it: no program holds an address of its own. Port 0xe8 says "ready", 0xe9 "here".

.macro program name
  .globl \name\()_begin
\name\()_begin:
.endm
.macro end name
  .globl \name\()_end
\name\()_end:
.endm

LAPIC_EOI = 0xfee000b0
LAPIC_SPURIOUS = 0xfee000f0         // Bit 8 enables the local APIC.
LAPIC_ICR_LOW = 0xfee00300
LAPIC_ICR_HIGH = 0xfee00310
IOAPIC_INDEX = 0xfec00000
IOAPIC_DATA = 0xfec00010
WINDOW = 0xe0000000                 // Memory that a test maps.
DEVICE = 0xd0000000                 // Nothing but user space answers here.

  .section .rodata

// --- Real mode ---
  .code16

program write_byte
  movw $0x3f8, %dx
  movb $'H', %al
  outb %al, %dx
  hlt
end write_byte

program read_ports
  inb $0x60, %al
  outb %al, $0xe9
  movw $0x1234, %dx
  inw %dx, %ax
  inl %dx, %eax
  hlt
end read_ports

program write_string
  movw $0x2000, %si
  movw $4, %cx
  movw $0x402, %dx
  rep outsb
  hlt
end write_string

program read_string
  movw $0x2000, %di
  movw $4, %cx
  movw $0x1f0, %dx
  rep insw
  outb %al, $0xe9
  hlt
end read_string

program count_for_ever
1: incb 0x3000
  jmp 1b
end count_for_ever

program halt_for_ever
1: hlt
  jmp 1b
end halt_for_ever

program write_memory
  movb $0x77, 0x5000
  outb %al, $0xe9
  hlt
end write_memory

program write_rom
  movw $0xc000, %ax
  movw %ax, %ds
  movb 0, %al
  movb $0x66, 1
  outb %al, $0xe9
  hlt
end write_rom

// The PIC's interrupts 0 to 7 become vectors 8 to 15; only interrupt 4 is let through.
program await_pic_4
  movb $0x11, %al                   // ICW1: edge-triggered, cascaded, ICW4 follows.
  outb %al, $0x20
  movb $0x08, %al                   // ICW2
  outb %al, $0x21
  movb $0x04, %al                   // ICW3
  outb %al, $0x21
  movb $0x01, %al                   // ICW4: 8086.
  outb %al, $0x21
  movb $0xef, %al                   // OCW1
  outb %al, $0x21
  sti
  outb %al, $0xe8
1: hlt
  jmp 1b
end await_pic_4

program pic_handler
  outb %al, $0xe9
  movb $0x20, %al                   // OCW2: end of interrupt.
  outb %al, $0x20
  iret
end pic_handler

program second_cpu
  movb $'P', %al
  outb %al, $0xe9
  hlt
end second_cpu

// --- Protected mode, no paging ---
  .code32

program use_device
  movl DEVICE + 0x10, %eax
  movw %ax, DEVICE + 0x14
  movb $0x5a, DEVICE + 0x16
  hlt
end use_device

program ring_doorbell
  movb $1, DEVICE + 0x1000
  movw $2, DEVICE + 0x1000
  movl $3, DEVICE + 0x1000
  outb %al, $0xe9
  movl $4, DEVICE + 0x1000
  hlt
end ring_doorbell

program await_message
  movl $0x1ff, LAPIC_SPURIOUS
  sti
  outb %al, $0xe8
1: hlt
  jmp 1b
end await_message

// The handlers wait for the next message where they are: not every KVM can emulate IRET in protected
// mode.
program message_handler
  outb %al, $0xe9
  movl $0, LAPIC_EOI
  sti
1: hlt
  jmp 1b
end message_handler

program other_message_handler
  outb %al, $0xea
  movl $0, LAPIC_EOI
  sti
1: hlt
  jmp 1b
end other_message_handler

// The IOAPIC's pin 2 sends vector 0x41 to CPU 0, edge-triggered.
program await_ioapic_pin_2
  movb $0xff, %al                   // OCW1: the PIC lets nothing through.
  outb %al, $0x21
  movl $0x1ff, LAPIC_SPURIOUS
  movl $0x14, IOAPIC_INDEX          // IOREDTBL2, low half.
  movl $0x41, IOAPIC_DATA
  sti
  outb %al, $0xe8
1: hlt
  jmp 1b
end await_ioapic_pin_2

program start_second_cpu
  movl $0x1ff, LAPIC_SPURIOUS
  movl $0x01000000, LAPIC_ICR_HIGH  // To APIC id 1.
  movl $0x4500, LAPIC_ICR_LOW       // INIT
  movl $0x01000000, LAPIC_ICR_HIGH
  movl $0x4609, LAPIC_ICR_LOW       // SIPI: start at 0x9000.
1: hlt
  jmp 1b
end start_second_cpu

program tell_cpuid_1_ebx
  movl $1, %eax
  cpuid
  movl %ebx, %eax
  outl %eax, $0xe8
  hlt
end tell_cpuid_1_ebx

program tell_default_memory_type
  movl $0x2ff, %ecx
  rdmsr
  outl %eax, $0xe8
  hlt
end tell_default_memory_type

program run_from_nowhere
  movl $DEVICE, %eax
  jmp *%eax
end run_from_nowhere

// --- Long mode ---
  .code64

program use_device_64
  movabsq $DEVICE + 0x20, %rbx
  movq (%rbx), %rax
  movq %rax, 8(%rbx)
  hlt
end use_device_64

// A write to DEVICE says that what was to be done is done.
program write_window
  movl $WINDOW, %edi
  movl $DEVICE, %ebx
1: movl $0x11111111, 0x1000(%rdi)
  movl $1, (%rbx)
  jmp 1b
end write_window

program read_window
  movl $WINDOW, %edi
  movl $DEVICE, %ebx
1: movl 0x1000(%rdi), %eax
  movl %eax, (%rbx)
  jmp 1b
end read_window

program add_in_window
  movl $WINDOW, %edi
  movl $DEVICE, %ebx
1: lock incl 0x1000(%rdi)
  movl $1, (%rbx)
  jmp 1b
end add_in_window

program fill_window
  movl $DEVICE, %ebx
1: movl $WINDOW, %edi
  movl $0x2000 / 4, %ecx
  movl $0x22222222, %eax
  rep stosl
  movl $1, (%rbx)
  jmp 1b
end fill_window

// Bytes to WINDOW and words to port 0x3c4, in turns; a write to DEVICE says where it is.
program post_writes
  movl $WINDOW, %edi
  movl $DEVICE, %ebx
  movw $0x3c4, %dx
  xorl %eax, %eax
1: movl $100, %ecx
2: movb %al, (%rdi, %rcx)
  outw %ax, %dx
  incl %eax
  loop 2b
  movl %eax, (%rbx)
  jmp 1b
end post_writes

program fault_without_idt
  outb %al, $0xe9
  ud2
end fault_without_idt

// An INT3 between two instructions, then "here".
program meet_breakpoint
  nop
  int3
  nop
  outb %al, $0xe9
  hlt
end meet_breakpoint

// A handler that tells where it would return to.
program tell_return_address
  popq %rax
  outl %eax, $0xe9
  hlt
end tell_return_address

program write_low_memory
  movl $0x6000, %edi
  movl $1, (%rdi)
  nop
  outb %al, $0xe9
  hlt
end write_low_memory

program use_msrs
  movl $0xc0000082, %ecx
  movl $0x12345678, %eax
  xorl %edx, %edx
  wrmsr
  xorl %eax, %eax
  rdmsr
  outl %eax, $0xe9
  hlt
end use_msrs

// No such MSR anywhere: #GP.
program use_unknown_msr
  movl $0x4b564dff, %ecx
  rdmsr
  outl %eax, $0xe9
  hlt
end use_unknown_msr

  .section .note.GNU-stack, "", @progbits
