// Comes in as every PVH guest does, goes back to real mode as old systems do, says so, and climbs
// to protected mode and long mode again.

#include "lib/selectors.h"

#define COM1_DATA 0x3f8
#define COM1_LINE_STATUS 0x3fd
#define TRANSMITTER_EMPTY 0x20
#define CODE_SEGMENT (TRAMPOLINE_ADDRESS >> 4)

// Sends the text at DS:ESI, up to a zero. The same lines in code of 16 and of 32 bits.
.macro  PRINT_TEXT
1:      lodsb
        testb   %al, %al
        jz      3f
        movb    %al, %ah
        movw    $COM1_LINE_STATUS, %dx
2:      inb     %dx, %al
        testb   $TRANSMITTER_EMPTY, %al
        jz      2b
        movw    $COM1_DATA, %dx
        movb    %ah, %al
        outb    %al, %dx
        jmp     1b
3:
.endm

        .section .text.entry, "ax", @progbits
        .code32
        .globl  guest_entry
guest_entry:
        cli
        cld
        movl    %ebx, boot_info_address
        lgdt    gdt_pointer
        ljmp    $SELECTOR_CODE32, $1f
1:      movl    $SELECTOR_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $real_mode_start, %esi
        movl    $TRAMPOLINE_ADDRESS, %edi
        movl    $(real_mode_end - real_mode_start), %ecx
        rep movsb
        ljmp    $SELECTOR_CODE16, $0

protected_mode:
        movl    $SELECTOR_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $protected_mode_text, %esi
        PRINT_TEXT
        jmp     enter_long_mode

protected_mode_text:
        .asciz  "protected mode\r\n"

        // Runs at TRAMPOLINE_ADDRESS, its offsets counted from real_mode_start.
        .code16
real_mode_start:
        // 16-bit segments first: real mode keeps the limits that it finds (Intel SDM volume 3A,
        // 9.9.2).
        movw    $SELECTOR_DATA16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    %cr0, %eax
        andl    $~CR0_PE, %eax
        movl    %eax, %cr0
        ljmp    $CODE_SEGMENT, $(1f - real_mode_start)
1:      movw    %cs, %ax
        movw    %ax, %ds
        movw    $(real_mode_text - real_mode_start), %si
        PRINT_TEXT
        lgdtl   gdt_copy - real_mode_start
        movl    %cr0, %eax
        orl     $CR0_PE, %eax
        movl    %eax, %cr0
        ljmpl   $SELECTOR_CODE32, $protected_mode

real_mode_text:
        .asciz  "real mode\r\n"
        .align  4
gdt_copy:
        .word   8 * 8 - 1
        .long   gdt
real_mode_end:

        .section .note.GNU-stack, "", @progbits
