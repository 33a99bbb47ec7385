/* SPDX-License-Identifier: MIT */
/* Calls to the firmware for C code in real mode (gcc -m16). */
	.text
	.code16

/*
 * void bios_int(uint32_t number, struct bios_registers *registers): INT `number` with the registers, which it takes back with the flags.
 *   in:    4(%esp), 8(%esp)
 *   keeps: what the C ABI keeps, and all segments
 */
	.globl bios_int
	.hidden bios_int
bios_int:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushw	%es
	pushw	%fs
	movl	24(%esp), %eax
	movb	%al, 1f + 1
	movl	28(%esp), %ebp
	pushl	%ebp
	movl	4(%ebp), %ebx
	movl	8(%ebp), %ecx
	movl	12(%ebp), %edx
	movl	16(%ebp), %esi
	movl	20(%ebp), %edi
	movw	28(%ebp), %es
	movl	(%ebp), %eax
	sti
	stc
	jmp	1f
1:	int	$0
	cli
	cld
	popl	%ebp
	movl	%eax, (%ebp)
	movl	%ebx, 4(%ebp)
	movl	%ecx, 8(%ebp)
	movl	%edx, 12(%ebp)
	movl	%esi, 16(%ebp)
	movl	%edi, 20(%ebp)
	movw	%es, 28(%ebp)
	pushfl
	popl	24(%ebp)
	movw	%cs, %ax                   /* as it was: some firmware does not keep it */
	movw	%ax, %ds
	popw	%fs
	popw	%es
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	retl

	.section .note.GNU-stack, "", @progbits
