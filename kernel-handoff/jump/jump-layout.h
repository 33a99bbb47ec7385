/* SPDX-License-Identifier: MIT */
/*
 * The data page of the trampoline (plan.h), which is the page behind its code, shared by jump.c and trampoline.S: offsets in bytes.
 */
#ifndef KERNEL_HANDOFF_JUMP_LAYOUT_H
#define KERNEL_HANDOFF_JUMP_LAYOUT_H

#define JUMP_PAGE_BYTES 4096

#define JUMP_GDT        0x000 /* five descriptors */
#define JUMP_GDT_BYTES  40
#define JUMP_GDTR       0x030 /* u16 limit, u64 base */
#define JUMP_IDTR       0x040 /* u16 limit, u64 base */
#define JUMP_EFER       0x050 /* u32: low half, for long mode */
#define JUMP_CR4        0x054 /* u32, for real mode */
#define JUMP_CR3        0x058 /* u64, for long mode */
#define JUMP_REGISTERS  0x060 /* u64 each: ax bx cx dx si di bp sp */
#define JUMP_MOVE_COUNT 0x0A0 /* u64 */
#define JUMP_MOVES      0x0A8 /* u64 from, to, bytes each */
#define JUMP_MOVES_MAX  128
#define JUMP_SEGMENTS   0xCA8 /* u16 each: es fs gs; then, for LSS, u32 esp, u16 ss */
#define JUMP_STACK      0xCB0
#define JUMP_STACK_TOP  JUMP_PAGE_BYTES

/* Selectors. The Linux boot protocol asks for code at 10h and data at 18h. */
#define JUMP_CODE_OTHER 0x08 /* protected mode: 64-bit code, as the trampoline is entered; long mode: 32-bit; real mode: its own, 16-bit */
#define JUMP_CODE       0x10 /* 32 bits or 64, as the kernel wants it; real mode: 32 bits */
#define JUMP_DATA       0x18
#define JUMP_SYSTEM     0x20 /* protected mode: the TSS; real mode: 16-bit data */

#endif
