// A boot sector that starts the kernel that follows it on the disk, a bzImage, as boot loaders do:
// in real mode and with the BIOS at hand (Linux Documentation/arch/x86/boot.rst). For programs in a
// bzImage's clothes that have no other entry, as iPXE's.

#define SETUP_SEGMENT 0x1000
#define BUFFER_SEGMENT 0x2000
#define BUFFER_SECTORS 64
#define KERNEL_SECTOR 1
#define HIGH_MEMORY_MIB 1

// Offsets in the kernel's first sectors (boot.rst, "The Real-Mode Kernel Header").
#define SETUP_SECTS 0x1f1
#define SYSSIZE 0x1f4
#define TYPE_OF_LOADER 0x210
#define LOADFLAGS 0x211
#define HEAP_END_PTR 0x224
#define UNKNOWN_LOADER 0xff
#define CAN_USE_HEAP 0x80
#define HEAP_END 0xe000
#define STACK HEAP_END
#define ENTRY_OFFSET 0x200

  .code16
  .section .text
  .globl _start
_start:
  ljmp $0, $1f
1:
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %ss
  movw $0x7c00, %sp
  cld
  movb %dl, drive

  // The setup: its first sector says how long it is.
  call read
  movw $SETUP_SEGMENT, %ax
  movw %ax, %es
  movzbl %es:SETUP_SECTS, %ebx
  incw %bx
  movw %bx, sectors
  call read
  addl %ebx, lba
  movb $UNKNOWN_LOADER, %es:TYPE_OF_LOADER
  orb $CAN_USE_HEAP, %es:LOADFLAGS
  movw $(HEAP_END - ENTRY_OFFSET), %es:HEAP_END_PTR

  // Everything else goes to 1 MiB, through a buffer.
  movl %es:SYSSIZE, %ebx  // In units of 16 bytes.
  shll $4, %ebx
  movw $BUFFER_SEGMENT, buffer + 2
  movw $BUFFER_SECTORS, sectors
2:
  call read
  movb $0x87, %ah  // INT 15h: move to high memory.
  movw $(BUFFER_SECTORS * 512 / 2), %cx
  pushw %es
  pushw $0
  popw %es
  movw $moves, %si
  int $0x15
  popw %es
  jc fail
  addl $BUFFER_SECTORS, lba
  addl $(BUFFER_SECTORS * 512), to_low
  subl $(BUFFER_SECTORS * 512), %ebx
  ja 2b

  movb drive, %dl
  movw $SETUP_SEGMENT, %ax
  cli
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %fs
  movw %ax, %gs
  movw %ax, %ss
  movw $STACK, %sp
  ljmp $(SETUP_SEGMENT + ENTRY_OFFSET / 16), $0

// INT 13h, extended read of what packet says.
read:
  movw $packet, %si
  movb $0x42, %ah
  movb drive, %dl
  int $0x13
  jc fail
  ret

fail:
  movw $text_failed, %si
3:
  lodsb
  movb $0x0e, %ah  // INT 10h: teletype.
  movw $7, %bx
  int $0x10
  cmpb $0, (%si)
  jne 3b
4:
  hlt
  jmp 4b

text_failed:
  .asciz "The disk can't be read."
drive:
  .byte 0

  .balign 4
packet:
  .byte 16, 0
sectors:
  .word 1
buffer:
  .word 0, SETUP_SEGMENT
lba:
  .quad KERNEL_SECTOR

// INT 15h, 87h: a GDT, of which the caller fills in where from and where to (IBM PS/2 BIOS Interface
// Technical Reference).
  .balign 8
moves:
  .quad 0, 0
  .word 0xffff, 0
  .byte BUFFER_SEGMENT >> 12, 0x93, 0, 0
  .word 0xffff
to_low:
  .long HIGH_MEMORY_MIB << 20 | 0x93000000
  .word 0
  .quad 0, 0

  .org 510
  .word 0xaa55
