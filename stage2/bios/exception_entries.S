/* SPDX-License-Identifier: MIT */
/*
 * Entries of the 32 processor exceptions. Each leaves a struct exception_frame (exception.h) on the stack and ends in exception_report(),
 * which does not return.
 */
	.text
	.code64
	.balign 16
	.globl exception_entries
	.hidden exception_entries
exception_entries:
	.irp	vector, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	.balign 16
	/* Vectors 8, 10 to 14, 17, 21, 29 and 30 push an error code; the others get a zero. */
	.if !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21 || \vector == 29 || \vector == 30)
	push	$0
	.endif
	push	$\vector
	jmp	exception_common
	.endr

exception_common:
	push	%rax
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	exception_report
	ud2
