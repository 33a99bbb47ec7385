/* SPDX-License-Identifier: MIT */
/*
 * A kernel of the suite's own hand-off whose segments lie where the loader is, at virtual addresses that hide each other's physical ones:
 * what the last step moves must not be misled by the kernel's page tables. Prints a verdict on port E9h, then leaves by isa-debug-exit.
 */
	.equ PATTERN_A, 0x4141414141414141
	.equ PATTERN_B, 0x4242424242424242
	.equ WORDS, 2048

	.section .text.start, "ax"
	.globl start
start:
	mov	$0x40000000, %edi          /* A: physical 20000h */
	mov	$PATTERN_A, %rax
	call	check
	mov	$0x20000, %edi             /* B: physical 400000h */
	mov	$PATTERN_B, %rax
	call	check
	lea	passed(%rip), %rsi
	mov	$0x10, %bl
leave:
	mov	(%rsi), %al
	inc	%rsi
	test	%al, %al
	jz	1f
	out	%al, $0xE9
	jmp	leave
1:	mov	%bl, %al
	out	%al, $0xF4
2:	hlt
	jmp	2b

/* In: RDI -> WORDS words that have to be RAX. Does not return if one is not. */
check:
	mov	$WORDS, %ecx
	repe scasq
	jne	1f
	ret
1:	lea	failed(%rip), %rsi
	mov	$0x11, %bl
	jmp	leave

passed:	.asciz	"verdict=pass\n"
failed:	.asciz	"verdict=fail a segment has other bytes\n"

	.section .a, "aw"
	.rept	WORDS
	.quad	PATTERN_A
	.endr
	.section .b, "aw"
	.rept	WORDS
	.quad	PATTERN_B
	.endr
