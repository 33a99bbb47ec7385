/* SPDX-License-Identifier: MIT */
/* Where exceptions arrive, the GDT, and the probes: accesses that are allowed to fault. */

#define EXCEPTIONS		32
/* Vectors with an error code from the processor: 8, 10 to 14, 17, 21, 29, 30 (Intel SDM vol. 3, table 6-1; AMD APM vol. 2, 8.2). */
#define WITH_ERROR_CODE		0x60227d00

	.text

/*
 * exception_entries: one entry every 16 bytes, vector 0 first.
 *   in:       an interrupt frame; some vectors come with an error code, and the others get one here
 *   out:      exception() of fault.c is called with a struct exception; then the interrupted code goes on as that says
 *   keeps:    all registers, but for what exception() changes in the structure
 *   mode:     64 bits, interrupts off
 */
	.globl exception_entries
	.balign 16
exception_entries:
	vector = 0
	.rept EXCEPTIONS
	.balign 16
	.if ((WITH_ERROR_CODE >> vector) & 1) == 0
	push $0
	.endif
	push $vector
	jmp exception_common
	vector = vector + 1
	.endr

exception_common:
	push %rax
	push %rbx
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %rbp
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, %rdi
	mov %rsp, %rbp			/* the processor aligned the stack before its 5 words; 17 more are on it: even, so aligned */
	cld
	call exception
	mov %rbp, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rbp
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rbx
	pop %rax
	add $16, %rsp			/* vector and error code */
	iretq

/*
 * probe_read, probe_write, probe_run: one access that may fault.
 *   in:       RDI = address
 *   out:      RAX = PROBE_DONE, or the error code of the page fault, which exception() puts there before it resumes at 1
 *   clobbers: RCX, flags
 */
	.macro probe name, instruction:vararg
	.globl \name
\name:
	mov %rsp, probe_stack(%rip)
	lea 1f(%rip), %rax
	mov %rax, probe_resume(%rip)
	\instruction
	mov $-1, %rax
1:	movq $0, probe_resume(%rip)
	ret
	.endm

	probe probe_read, movb (%rdi), %cl
	probe probe_write, orb $0, (%rdi)
	probe probe_run, call *%rdi

/*
 * gdt_load: makes the GDT below the one in force.
 *   in:       nothing
 *   out:      CS = 0x08, the other segment registers = 0x10
 *   clobbers: RAX
 */
	.globl gdt_load
gdt_load:
	lgdt gdt_pointer(%rip)
	push $0x08
	lea 1f(%rip), %rax
	push %rax
	lretq
1:	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov %eax, %ss
	ret

/* Read-only, so the "accessed" bits are set here: the processor would write them otherwise, and fault. */
	.section .rodata
	.balign 8
gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x10: data */
gdt_pointer:
	.word . - gdt - 1
	.quad gdt

	.section .note.GNU-stack, "", @progbits
