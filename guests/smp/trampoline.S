// Where another CPU starts: real mode at TRAMPOLINE_ADDRESS, after the start-up IPI.

#include "lib/selectors.h"

#define STACK_SIZE 4096

        .section .rodata
        .globl  trampoline_start, trampoline_end
        .code16
trampoline_start:
        cli
        cld
        movw    %cs, %ax
        movw    %ax, %ds
        lgdtl   gdt_copy - trampoline_start
        movl    %cr0, %eax
        orl     $CR0_PE, %eax
        movl    %eax, %cr0
        ljmpl   $SELECTOR_CODE32, $(TRAMPOLINE_ADDRESS + 1f - trampoline_start)
        .code32
1:      movl    $SELECTOR_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $STACK_SIZE, %eax
        lock xaddl %eax, next_stack
        leal    STACK_SIZE(%eax), %esp
        movl    $enable_long_mode, %eax
        jmp     *%eax

        .align  4
gdt_copy:
        .word   8 * 8 - 1
        .long   gdt
trampoline_end:

        .data
        .align  4
next_stack:
        .long   stacks

        .bss
        .align  16
stacks:
        .skip   64 * STACK_SIZE  // kMaxCpus.

        .section .note.GNU-stack, "", @progbits
