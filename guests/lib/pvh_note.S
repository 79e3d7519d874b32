// What makes an ELF file a PVH kernel: the note that names its 32-bit entry.

#define XEN_ELFNOTE_PHYS32_ENTRY 18  // Xen, public/elfnote.h.

        .section .note.pvh, "a", @note
        .align  4
        .long   4, 4, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz  "Xen"
        .long   guest_entry

        .section .note.GNU-stack, "", @progbits
