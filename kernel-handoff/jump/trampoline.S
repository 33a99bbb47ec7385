/* SPDX-License-Identifier: MIT */
/*
 * The last instructions of the loader: position-independent code that is copied to the trampoline's first page, makes the moves that
 * were left, sets the processor's state and enters the kernel. One routine for each entry mode; all are entered in long mode with
 * interrupts off, the trampoline mapped one to one, and
 *
 *   RDI = address of the data page (jump-layout.h)
 *
 * From here on nothing of the loader but the trampoline may be used: the moves may overwrite it.
 */
#include "kernel-handoff/jump/jump-layout.h"

	.equ MSR_EFER, 0xC0000080
	.equ CR0_PROTECTED, 0x00000011     /* PE, ET */
	.equ CR0_LONG, 0x80010031          /* PE, ET, NE, WP, PG */
	.equ CR4_PAE, 1 << 5
	.equ CR4_PCIDE, 1 << 17
	.equ CR4_CET, 1 << 23
	.equ FLAGS_CLEAR, 0x00000002       /* bit 1 is always set */

/*
 * Lets go of paging and makes the moves: addresses below 4 GiB, and no page table that they could overwrite or that could mislead them.
 * In: 64-bit mode, RDI = data page, \code32 = selector of 32-bit code. Out: protected mode, EBP = data page, flat segments, EFER = CR3 =
 * CR4 = 0. Clobbers: the others but ESP, which is the top of the data page.
 */
	.macro	leave_paging_and_move code32
	lea	JUMP_STACK_TOP(%rdi), %rsp
	mov	%cr4, %rax                 /* with either of these on, paging and write protection cannot be switched off */
	and	$~(CR4_PCIDE | CR4_CET), %eax
	mov	%rax, %cr4
	lgdt	JUMP_GDTR(%rdi)
	push	$\code32
	lea	1f(%rip), %rax
	push	%rax
	lretq
	.code32
1:	mov	$JUMP_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	$CR0_PROTECTED, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	mov	%eax, %cr4
	mov	%eax, %cr3
	lidt	JUMP_IDTR(%edi)
	mov	%edi, %ebp
	lea	JUMP_MOVES(%ebp), %ebx
	mov	JUMP_MOVE_COUNT(%ebp), %edx
2:	dec	%edx
	js	3f
	mov	(%ebx), %esi
	mov	8(%ebx), %edi
	mov	16(%ebx), %ecx
	mov	%ecx, %eax
	shr	$2, %ecx
	rep movsl
	mov	%eax, %ecx
	and	$3, %ecx
	rep movsb
	add	$24, %ebx
	jmp	2b
3:
	.endm

	.section .rodata
	.code64

/*
 * jump_protected: to protected mode without paging. The moves are made there: addresses below 4 GiB, and no page table that they could
 * overwrite.
 *   in:       RDI = address of the data page
 *   out:      does not return; the registers of the data page, flat segments, paging and EFER.LME off
 *   clobbers: R8 to R15 are not set; 32-bit code cannot see them
 *   mode:     64 bits on entry, 32 bits at the kernel's entry, interrupts off
 */
	.globl jump_protected
	.hidden jump_protected
jump_protected:
	leave_paging_and_move JUMP_CODE
	mov	$JUMP_SYSTEM, %eax
	ltr	%ax                        /* PVH asks for it, and processors in a virtual machine like it */
	mov	JUMP_REGISTERS(%ebp), %eax
	mov	JUMP_REGISTERS + 8(%ebp), %ebx
	mov	JUMP_REGISTERS + 16(%ebp), %ecx
	mov	JUMP_REGISTERS + 24(%ebp), %edx
	mov	JUMP_REGISTERS + 32(%ebp), %esi
	mov	JUMP_REGISTERS + 40(%ebp), %edi
	mov	JUMP_REGISTERS + 56(%ebp), %esp
	mov	JUMP_REGISTERS + 48(%ebp), %ebp
	.byte	0xE9                       /* jmp rel32; jump.c writes the distance: no register and no stack are free any more */
	.globl jump_protected_distance
	.hidden jump_protected_distance
jump_protected_distance:
	.long	0
	.globl jump_protected_end
	.hidden jump_protected_end
jump_protected_end:

/*
 * jump_real: to real mode, with the interrupt vectors of the BIOS. Runs below 1 MiB.
 *   in:       RDI = address of the data page
 *   out:      does not return; the registers, segments and CR4 of the data page, limits of 64 KiB, paging and EFER.LME off
 *   mode:     64 bits on entry, 16 bits at the kernel's entry, interrupts as jump.c wrote them
 */
	.code64
	.balign 16
	.globl jump_real
	.hidden jump_real
jump_real:
	leave_paging_and_move JUMP_CODE
	push	$FLAGS_CLEAR               /* the loader has asked for CPUID by one of them */
	popf
	mov	JUMP_CR4(%ebp), %eax
	mov	%eax, %cr4
	mov	%ebp, %eax
	shr	$4, %eax                   /* the data page's segment */
	ljmp	$JUMP_CODE_OTHER, $5f - jump_real
	.code16
5:	mov	$JUMP_SYSTEM, %dx
	mov	%dx, %ds
	mov	%dx, %es
	mov	%dx, %fs
	mov	%dx, %gs
	mov	%dx, %ss
	mov	%cr0, %edx
	and	$~1, %dl
	mov	%edx, %cr0
	.byte	0xEA                       /* ljmp: jump.c writes the segment of this page */
	.word	6f - jump_real
	.globl jump_real_far
	.hidden jump_real_far
jump_real_far:
	.word	0
6:	mov	%ax, %ds
	mov	JUMP_SEGMENTS, %es
	mov	JUMP_SEGMENTS + 2, %fs
	mov	JUMP_SEGMENTS + 4, %gs
	mov	JUMP_REGISTERS + 8, %ebx
	mov	JUMP_REGISTERS + 16, %ecx
	mov	JUMP_REGISTERS + 24, %edx
	mov	JUMP_REGISTERS + 32, %esi
	mov	JUMP_REGISTERS + 40, %edi
	mov	JUMP_REGISTERS + 48, %ebp
	lssl	JUMP_STACK, %esp
	.byte	0xB8                       /* mov $imm16, %ax: jump.c writes all four of the following */
	.globl jump_real_data
	.hidden jump_real_data
jump_real_data:
	.word	0
	mov	%ax, %ds
	.byte	0x66, 0xB8                 /* mov $imm32, %eax */
	.globl jump_real_ax
	.hidden jump_real_ax
jump_real_ax:
	.long	0
	.globl jump_real_interrupts
	.hidden jump_real_interrupts
jump_real_interrupts:
	cli                                /* or sti, which waits for the jump */
	.byte	0xEA                       /* ljmp */
	.globl jump_real_entry
	.hidden jump_real_entry
jump_real_entry:
	.word	0, 0
	.globl jump_real_end
	.hidden jump_real_end
jump_real_end:

/*
 * jump_long: to long mode with the kernel's page tables, which map the trampoline one to one. The moves are made without paging here, too:
 * the kernel's tables may show other memory at the addresses that they name.
 *   in:       RDI = address of the data page
 *   out:      does not return; the registers of the data page, R8 to R15 = 0, flat segments, CR3, EFER.NXE and CR0.WP set
 *   mode:     64 bits, interrupts off
 */
	.code64
	.balign 16
	.globl jump_long
	.hidden jump_long
jump_long:
	leave_paging_and_move JUMP_CODE_OTHER
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	JUMP_CR3(%ebp), %eax       /* below 4 GiB, as all that we place by default */
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	JUMP_EFER(%ebp), %eax
	xor	%edx, %edx
	wrmsr                              /* LME, and NXE if the tables use it */
	mov	$CR0_LONG, %eax
	mov	%eax, %cr0
	push	$JUMP_CODE
	lea	4f - jump_long - JUMP_PAGE_BYTES(%ebp), %eax
	push	%eax
	lretl
	.code64
4:	mov	%ebp, %ebp                 /* the high half is not known */
	mov	JUMP_REGISTERS(%rbp), %rax
	mov	JUMP_REGISTERS + 8(%rbp), %rbx
	mov	JUMP_REGISTERS + 16(%rbp), %rcx
	mov	JUMP_REGISTERS + 24(%rbp), %rdx
	mov	JUMP_REGISTERS + 32(%rbp), %rsi
	mov	JUMP_REGISTERS + 40(%rbp), %rdi
	mov	JUMP_REGISTERS + 56(%rbp), %rsp
	mov	JUMP_REGISTERS + 48(%rbp), %rbp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	jmp	*jump_long_target(%rip)
	.globl jump_long_target
	.hidden jump_long_target
jump_long_target:
	.quad	0                          /* jump.c writes the entry */
	.globl jump_long_end
	.hidden jump_long_end
jump_long_end:
