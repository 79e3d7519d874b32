// The smallest guest: says success to isa-debug-exit and nothing else.

#define DEBUG_EXIT 0xf4
#define SUCCESS 0x10

        .section .text.entry, "ax", @progbits
        .code32
        .globl  guest_entry
guest_entry:
        movb    $SUCCESS, %al
        outb    %al, $DEBUG_EXIT
1:      cli
        hlt
        jmp     1b

        .section .note.GNU-stack, "", @progbits
