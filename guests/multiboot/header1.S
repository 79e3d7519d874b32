// The header of Multiboot 0.6.96, 3.1. With KLUDGE it says by itself where everything goes, as
// kernels do that are no ELF files.

#define MAGIC 0x1badb002
#define ALIGN_MODULES 0x00001
#define MEMORY_MAP    0x00002
#define ADDRESSES     0x10000

#ifdef KLUDGE
#define FLAGS (ALIGN_MODULES | MEMORY_MAP | ADDRESSES)
#else
#define FLAGS (ALIGN_MODULES | MEMORY_MAP)
#endif

        .section .multiboot, "a", @progbits
        .align  4
header: .long   MAGIC
        .long   FLAGS
        .long   -(MAGIC + FLAGS)
#ifdef KLUDGE
        .long   header          // header_addr
        .long   image_start     // load_addr
        .long   image_data_end  // load_end_addr
        .long   image_end       // bss_end_addr
        .long   guest_entry     // entry_addr
#endif

        .section .note.GNU-stack, "", @progbits
