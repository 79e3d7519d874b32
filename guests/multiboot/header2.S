// The header of Multiboot 2 (version 2.0, 3.1): asks for a memory map, page-aligned modules.

#define MAGIC 0xe85250d6
#define I386 0
#define TAG_END 0
#define TAG_INFORMATION_REQUEST 1
#define TAG_MODULE_ALIGNMENT 6
#define INFORMATION_COMMAND_LINE 1
#define INFORMATION_MODULE 3
#define INFORMATION_MEMORY_MAP 6

        .section .multiboot, "a", @progbits
        .align  8
header: .long   MAGIC
        .long   I386
        .long   header_end - header
        .long   -(MAGIC + I386 + (header_end - header))

request:
        .word   TAG_INFORMATION_REQUEST, 0
        .long   request_end - request
        .long   INFORMATION_COMMAND_LINE, INFORMATION_MODULE, INFORMATION_MEMORY_MAP
request_end:
        .align  8
        .word   TAG_MODULE_ALIGNMENT, 0
        .long   8

        .word   TAG_END, 0
        .long   8
header_end:

        .section .note.GNU-stack, "", @progbits
