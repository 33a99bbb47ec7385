/* SPDX-License-Identifier: MIT */
/* The way into a kernel that keeps the firmware. */

	.text
/*
 * enter_with_firmware: jumps to a kernel.
 *   in:       RDI = entry, RSI = struct entry_registers {ax bx cx dx si di bp sp}; the stack pointer of it is not used
 *   out:      does not return; the registers, R8 to R15 = 0, direction flag clear; stack, interrupts, segments and page tables are the
 *             firmware's
 *   mode:     64 bits
 */
	.globl enter_with_firmware
	.hidden enter_with_firmware
enter_with_firmware:
	cld
	and	$-16, %rsp
	push	%rdi
	mov	(%rsi), %rax
	mov	8(%rsi), %rbx
	mov	16(%rsi), %rcx
	mov	24(%rsi), %rdx
	mov	40(%rsi), %rdi
	mov	48(%rsi), %rbp
	mov	32(%rsi), %rsi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	ret
	.section .note.GNU-stack, "", @progbits
