/* SPDX-License-Identifier: MIT */
/* The first instructions of a verdict kernel that is entered in 32-bit protected mode, wherever it was loaded. */
#include "entry.h"

/* Just under the place where a BIOS puts a boot sector; free in a machine that has booted. */
#define BORROWED_STACK	0x7c00

	.section .text.start, "ax"
	.code32

/*
 * _start: notes the registers and the time, takes a stack of our own, and calls verdict_main(struct entry_state *).
 *   in:    any registers, no stack
 *   out:   does not return
 *   mode:  32 bits, paging off, interrupts off
 *
 * The debug registers hold what has to be moved away before it is known where we are: they are free and need no memory.
 */
	.globl _start
_start:
	mov %eax, %dr0
	mov %edx, %dr1
	rdtsc
	mov %eax, %dr2
	mov %edx, %dr3

	mov %esp, %eax
	mov BORROWED_STACK - 4, %edx
	mov $BORROWED_STACK, %esp
	call 1f
1:	pop %esp			/* ESP = address of this instruction, from here on our base register */
	mov %edx, BORROWED_STACK - 4

	mov %eax, entry_state + ENTRY_SP - 1b(%esp)
	mov %ebx, entry_state + ENTRY_BX - 1b(%esp)
	mov %ecx, entry_state + ENTRY_CX - 1b(%esp)
	mov %esi, entry_state + ENTRY_SI - 1b(%esp)
	mov %edi, entry_state + ENTRY_DI - 1b(%esp)
	mov %ebp, entry_state + ENTRY_BP - 1b(%esp)
	mov %dr0, %eax
	mov %eax, entry_state + ENTRY_AX - 1b(%esp)
	mov %dr1, %eax
	mov %eax, entry_state + ENTRY_DX - 1b(%esp)
	mov %dr2, %eax
	mov %eax, entry_state + ENTRY_TSC - 1b(%esp)
	mov %dr3, %eax
	mov %eax, entry_state + ENTRY_TSC + 4 - 1b(%esp)
	lea _start - 1b(%esp), %eax
	mov %eax, entry_state + ENTRY_IP - 1b(%esp)
	lea entry_state - 1b(%esp), %edi
	lea stack_end - 1b(%esp), %esp	/* no instruction up to here has changed a flag */
	pushfl
	pop ENTRY_FLAGS(%edi)

	cld
	xor %ebp, %ebp
	sub $12, %esp			/* 16-byte aligned at the call */
	push %edi
	call verdict_main

	.section .data.entry_state, "aw"
	.balign 16
entry_state:
	.skip ENTRY_BYTES

	.section .stack, "aw", @nobits
	.balign 16
	.skip 16384
stack_end:

	.section .note.GNU-stack, "", @progbits
