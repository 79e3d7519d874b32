// From the loader's 32-bit entry (PVH, multiboot: flat segments, paging off) to guest_main() in
// long mode, interrupts off, the first 32 MiB mapped one to one.

#include "lib/selectors.h"

        .section .text.entry, "ax", @progbits
        .code32
        .globl  start32
        .weak   guest_entry
        .set    guest_entry, start32
start32:
        cli
        cld
        movl    %eax, boot_magic
        movl    %ebx, boot_info_address
        lgdt    gdt_pointer
        ljmp    $SELECTOR_CODE32, $1f
1:      movl    $SELECTOR_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss

        // Needs 32-bit protected mode with this file's GDT; nothing else.
        .globl  enter_long_mode
enter_long_mode:
        movl    $boot_stack_top, %esp
        movl    $(boot_pdpt + PAGE_PRESENT + PAGE_WRITABLE + PAGE_USER), boot_pml4
        movl    $(boot_page_directory + PAGE_PRESENT + PAGE_WRITABLE + PAGE_USER), boot_pdpt
        movl    $boot_page_directory, %edi
        movl    $(PAGE_PRESENT + PAGE_WRITABLE + PAGE_USER + PAGE_LARGE), %eax
        movl    $(BOOT_MAPPED_MIB / 2), %ecx
1:      movl    %eax, (%edi)
        addl    $8, %edi
        addl    $0x200000, %eax
        loop    1b

        // Every CPU comes through here: the first from above, others from the trampoline with
        // their stack in ESP and 32-bit protected mode. Calls long_mode_entry.
        .globl  enable_long_mode
enable_long_mode:
        movl    %cr4, %eax
        orl     $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    $boot_pml4, %eax
        movl    %eax, %cr3
        movl    $MSR_EFER, %ecx
        rdmsr
        orl     $EFER_LME, %eax
        wrmsr
        movl    %cr0, %eax
        orl     $CR0_PG, %eax
        movl    %eax, %cr0
        ljmp    $SELECTOR_CODE64, $1f

        .code64
1:      movl    %esp, %esp  // The upper half is undefined after the switch.
        xorl    %ebp, %ebp
        call    *long_mode_entry
2:      cli
        hlt
        jmp     2b

        .data
        .globl  long_mode_entry
        .align  8
long_mode_entry:
        .quad   guest_main

        .align  8
        .globl  gdt, gdt_pointer
gdt:    .quad   0
        .quad   0x00cf9b000000ffff  // 32-bit code, flat.
        .quad   0x00cf93000000ffff  // Data, flat.
        .quad   0x00af9b000000ffff  // 64-bit code.
        .quad   0x00009b070000ffff  // 16-bit code, its base TRAMPOLINE_ADDRESS.
        .quad   0x000093000000ffff  // 16-bit data.
        .quad   0x00cff3000000ffff  // Data of ring 3.
        .quad   0x00affb000000ffff  // 64-bit code of ring 3.
        .quad   0, 0                // A task state segment (lib/user_mode.cpp).
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt
        .long   0

        .bss
        .globl  boot_magic, boot_info_address, boot_pml4
boot_magic:
        .long   0
boot_info_address:
        .long   0
        .align  4096
boot_pml4:
        .skip   4096
boot_pdpt:
        .skip   4096
boot_page_directory:
        .skip   4096
        .skip   16384
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
