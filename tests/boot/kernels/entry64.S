/* SPDX-License-Identifier: MIT */
/* The first instructions of a verdict kernel that is entered in long mode, wherever it was loaded. */
#include "entry.h"

	.section .text.start, "ax"

/*
 * _start: notes the registers and the time, takes a stack of our own, and calls verdict_main(struct entry_state *).
 *   in:    any registers, no stack
 *   out:   does not return
 *   mode:  64 bits, our memory mapped one to one, interrupts off or the firmware's
 */
	.globl _start
_start:
	mov %rax, entry_state + ENTRY_AX(%rip)
	mov %rdx, entry_state + ENTRY_DX(%rip)
	rdtsc
	mov %eax, entry_state + ENTRY_TSC(%rip)
	mov %edx, entry_state + ENTRY_TSC + 4(%rip)
	mov %rbx, entry_state + ENTRY_BX(%rip)
	mov %rcx, entry_state + ENTRY_CX(%rip)
	mov %rsi, entry_state + ENTRY_SI(%rip)
	mov %rdi, entry_state + ENTRY_DI(%rip)
	mov %rbp, entry_state + ENTRY_BP(%rip)
	mov %rsp, entry_state + ENTRY_SP(%rip)
	lea _start(%rip), %rax
	mov %rax, entry_state + ENTRY_IP(%rip)
	lea entry_state(%rip), %rdi
	lea stack_end(%rip), %rsp	/* no instruction up to here has changed a flag */
	pushfq
	pop ENTRY_FLAGS(%rdi)

	cld
	xor %ebp, %ebp
	call verdict_main

	.section .data.entry_state, "aw"
	.balign 16
entry_state:
	.skip ENTRY_BYTES

	.section .stack, "aw", @nobits
	.balign 16
	.skip 65536			/* the firmware's interrupts and services use it too */
stack_end:

	.section .note.GNU-stack, "", @progbits
