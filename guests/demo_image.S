// The demo guest's ELF file, as bytes.

        .section .rodata
        .globl  minivmm_demo_image_start, minivmm_demo_image_end
        .balign 16
minivmm_demo_image_start:
        .incbin DEMO_FILE
minivmm_demo_image_end:

        .section .note.GNU-stack, "", @progbits
