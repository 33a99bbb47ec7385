/* SPDX-License-Identifier: MIT */
/* The one instruction of the loader that may fault, and what happens then. */
	.text
	.code64

/*
 * msr_try: reads a model-specific register.
 * In:   EDI = its number, RSI = where its value goes; the IDT leads a general protection fault to msr_fault
 * Out:  AL = 1 and the value stored, or AL = 0 if the read faulted
 * Clobbers: RAX, RCX, RDX. Long mode, interrupts off.
 */
	.globl	msr_try
	.hidden	msr_try
msr_try:
	mov	%edi, %ecx
	.globl	msr_instruction /* the boot tests put another instruction of two bytes here, which faults */
	.hidden	msr_instruction
msr_instruction:
	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, (%rsi)
	mov	$1, %eax
	ret
msr_failed:
	xor	%eax, %eax
	ret

/*
 * msr_fault: the handler of general protection faults while msr_try runs. If the read has faulted, it goes on at msr_failed.
 * In:   the frame of an exception with an error code: code, RIP, CS, flags, RSP, SS
 * Out:  to msr_failed, with all registers as they were; or to the handler that was there before, if something else has faulted, which
 *       can only be the handler of a non-maskable interrupt or of a machine check
 */
	.globl	msr_fault
	.hidden	msr_fault, msr_next_fault
msr_fault:
	push	%rax
	lea	msr_instruction(%rip), %rax
	cmp	%rax, 16(%rsp)
	jne	1f
	lea	msr_failed(%rip), %rax
	mov	%rax, 16(%rsp)
	pop	%rax
	add	$8, %rsp
	iretq
1:	pop	%rax
	jmp	*msr_next_fault(%rip)

	.section .note.GNU-stack, "", @progbits
