/* SPDX-License-Identifier: MIT */
/* The first instructions of the example kernel: note the registers, take a stack of our own, go on in C. */

	.section .text.start, "ax"

/*
 * start: the entry point (e_entry).
 *   in:       the state that <mkboot/handoff.h> promises; RDI = address of struct mkboot_handoff
 *   out:      does not return
 *   mode:     64 bits, interrupts off, on the loader's stack
 */
	.globl start
start:
	mov %rax, entry_state + 0(%rip)
	mov %rbx, entry_state + 8(%rip)
	mov %rcx, entry_state + 16(%rip)
	mov %rdx, entry_state + 24(%rip)
	mov %rsi, entry_state + 32(%rip)
	mov %rbp, entry_state + 40(%rip)
	mov %rsp, entry_state + 48(%rip)
	mov %r8, entry_state + 72(%rip)
	mov %r9, entry_state + 80(%rip)
	mov %r10, entry_state + 88(%rip)
	mov %r11, entry_state + 96(%rip)
	mov %r12, entry_state + 104(%rip)
	mov %r13, entry_state + 112(%rip)
	mov %r14, entry_state + 120(%rip)
	mov %r15, entry_state + 128(%rip)
	pushfq
	pop %rax
	mov %rax, entry_state + 56(%rip)
	rdtsc
	mov %eax, entry_state + 64(%rip)
	mov %edx, entry_state + 68(%rip)

	cld
	lea stack_end(%rip), %rsp
	xor %ebp, %ebp			/* ends a backtrace */
	mov %rdi, %rsi
	lea entry_state(%rip), %rdi
	call example_main

/* struct entry_state. In .data: .bss must stay as it is until it has been checked. */
	.section .data.entry_state, "aw"
	.balign 16
entry_state:
	.skip 136

/* Its own section, so that it is not checked for zeros. */
	.section .stack, "aw", @nobits
	.balign 16
	.skip 16384
stack_end:

	.section .note.GNU-stack, "", @progbits
