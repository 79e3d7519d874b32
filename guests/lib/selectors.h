#pragma once
// The segments of lib/start.S's GDT: for assembly and C++.

#define SELECTOR_CODE32      0x08
#define SELECTOR_DATA        0x10
#define SELECTOR_CODE64      0x18
#define SELECTOR_CODE16      0x20
#define SELECTOR_DATA16      0x28
#define SELECTOR_USER_DATA   (0x30 | 3)
#define SELECTOR_USER_CODE64 (0x38 | 3)
#define SELECTOR_TASK        0x40

/* Control registers (Intel SDM volume 3A, 2.5). */
#define CR0_PE  0x00000001
#define CR0_PG  0x80000000
#define CR4_PAE 0x00000020

/* The extended feature enable register (Intel SDM volume 3A, 2.2.1). */
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100

/* Page table entries (Intel SDM volume 3A, 4.5.4). */
#define PAGE_PRESENT       0x001
#define PAGE_WRITABLE      0x002
#define PAGE_USER          0x004
#define PAGE_CACHE_DISABLE 0x010
#define PAGE_LARGE         0x080

/* What start.S maps: enough for the guest's own image and what a loader puts below 32 MiB. */
#define BOOT_MAPPED_MIB 32

/* Where real-mode code is copied to: a page below 1 MiB, as a start-up IPI names it. */
#define TRAMPOLINE_ADDRESS 0x70000
