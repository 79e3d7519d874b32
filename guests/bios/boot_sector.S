// What a BIOS starts from a disk: reads the sectors after its own by INT 13h, looks at what the BIOS
// left in memory, says what it found on COM1, and ends by isa-debug-exit. From a disk that it can
// write it resets the machine once, before that.

#define COM1 0x3f8
#define DEBUG_EXIT 0xf4
#define SUCCESS 16
#define FAILURE 17

#define BDA_COM1 0x400
#define BDA_TICKS 0x46c
#define BIOS_SEGMENT 0xf000
#define MORE_SECTORS 3
#define MARK_SECTOR 8
#define MARK_BUFFER 0x6400
#define MARK 0x6b72616d
#define RESET_CONTROL 0xcf9
#define FULL_RESET 6
#define E820_BUFFER 0x6000
#define RSDT 0x5000
#define MADT 0x5800
#define COPY_SIZE 1024
#define SMAP 0x534d4150

  .code16
  .section .text
  .globl _start
_start:
  ljmp $0, $1f
1:
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $0x7c00, %sp
  movb %dl, drive
  call wait_for_tick
  movw $text_started, %si
  call print

  // INT 13h, extended read: the rest of this program.
  movw $packet, %si
  movb $0x42, %ah
  movb drive, %dl
  int $0x13
  movw $text_disk, %si
  jc fail
  jmp more

// Waits for the BIOS's timer interrupt. A BIOS that writes on COM1 too keeps the end of what it has
// to say until then.
wait_for_tick:
  movl BDA_TICKS, %eax
  sti
1:
  hlt
  cmpl %eax, BDA_TICKS
  je 1b
  ret

// Prints the zero-terminated string at %si.
print:
  lodsb
  testb %al, %al
  jz 2f
  call put
  jmp print
2:
  ret

// Prints the character in %al.
put:
  pushw %dx
  pushw %ax
  movw $(COM1 + 5), %dx
1:
  inb %dx, %al
  testb $0x20, %al  // THRE
  jz 1b
  movw $COM1, %dx
  popw %ax
  outb %al, %dx
  popw %dx
  ret

// Prints the number in %eax, in hexadecimal, without leading zeros.
put_number:
  movw $8, %cx
1:
  roll $4, %eax
  testb $0xf, %al
  jnz 2f
  decw %cx
  cmpw $1, %cx
  ja 1b
  roll $4, %eax
2:
3:
  pushl %eax
  andb $0xf, %al
  addb $'0', %al
  cmpb $'9', %al
  jbe 4f
  addb $('a' - '9' - 1), %al
4:
  call put
  popl %eax
  roll $4, %eax
  loop 3b
  ret

// Prints what is missing, at %si, and ends.
fail:
  call print
  movb $FAILURE, %al
  outb %al, $DEBUG_EXIT
1:
  hlt
  jmp 1b

drive:
  .byte 0
text_started:
  .asciz "boot sector started\r\n"
text_disk:
  .asciz "INT 13h failed\r\n"

  .balign 4
packet:
  .byte 16, 0
  .word MORE_SECTORS
  .word 0x7e00, 0
  .quad 1

  .org 510
  .word 0xaa55

// From here on in the other sectors.
more:
  call reset_once
  movw $text_drive, %si
  call print
  movzbl drive, %eax
  call put_number
  movw $text_com1, %si
  call print
  movzwl BDA_COM1, %eax
  call put_number
  movw $text_cpus, %si
  call print
  call count_cpus
  call put_number
  movw $text_memory, %si
  call print
  call usable_memory
  call put_number
  movw $text_end, %si
  call print
  movl $0x5f504d5f, %eax  // "_MP_"
  movw $text_no_mp, %si
  call find
  movl $0x5f4d535f, %eax  // "_SM_"
  movw $text_no_smbios, %si
  call find
  movw $text_done, %si
  call print
  movb $SUCCESS, %al
  outb %al, $DEBUG_EXIT
1:
  hlt
  jmp 1b

// Resets the machine unless a mark on the disk tells that this was done, or the disk can't be
// written.
reset_once:
  movb $0x42, %ah
  call mark_sector
  movw $text_disk, %si
  jc fail
  cmpl $MARK, MARK_BUFFER
  movw $text_again, %si
  je print
  movl $MARK, MARK_BUFFER
  movw $0x4300, %ax  // Extended write, unverified.
  call mark_sector
  jc 1f
  movw $text_reset, %si
  call print
  movw $RESET_CONTROL, %dx
  movb $FULL_RESET, %al
  outb %al, %dx
1:
  ret

// INT 13h for the sector of the mark.
mark_sector:
  movw $mark_packet, %si
  movb drive, %dl
  int $0x13
  ret

  .balign 4
mark_packet:
  .byte 16, 0
  .word 1
  .word MARK_BUFFER, 0
  .quad MARK_SECTOR

#include "tables.inc"

text_reset:
  .asciz "resetting\r\n"
text_again:
  .asciz "started again\r\n"
text_drive:
  .asciz "drive "
text_com1:
  .asciz "\r\nCOM1 "
text_cpus:
  .asciz "\r\nCPUs "
text_memory:
  .asciz "\r\nusable KiB "
text_end:
  .asciz "\r\n"
text_no_madt:
  .asciz "no MADT\r\n"
text_no_copy:
  .asciz "INT 15h, 87h failed\r\n"
text_no_mp:
  .asciz "no MP table\r\n"
text_no_rsdp:
  .asciz "no RSDP\r\n"
text_no_smbios:
  .asciz "no SMBIOS entry point\r\n"
text_done:
  .asciz "tables found\r\n"

  .org 512 * (MORE_SECTORS + 1)
