/* SPDX-License-Identifier: MIT */
/*
 * The way from long mode to a firmware function and back. One routine makes every call, so no firmware can touch a register or a
 * descriptor table of ours.
 *
 * Interrupts are on only while the firmware runs: in long mode the loader keeps them off, and IVT, PIC and PIT stay the firmware's.
 */
#include "stage2/bios/memory-map.h"
#include "stage2/bios/cpu.h"
#include "stage2/bios/bios-registers.h"

	.equ FLAGS_IF_CF, 0x0203           /* bit 1 is always set; CF is set for functions that forget to do so */

/*
 * void bios_thunk(void): calls the far routine at bios_thunk_vector as INT would, with the registers in bios_thunk_registers, and leaves
 * the results there.
 * Mode: long. Keeps: what the C ABI keeps. FS base is the library block afterwards.
 */
	.text
	.code64
	.globl bios_thunk
	.hidden bios_thunk
bios_thunk:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, thunk_long_stack
	push	$SELECTOR_CODE32
	push	$leave_long_mode
	lretq

	.section .text16, "ax"
	.code32
leave_long_mode:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ss
	mov	$LOW_REAL_STACK_TOP, %esp
	mov	$CR0_PE | CR0_ET, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	mov	bios_cr4, %eax
	mov	%eax, %cr4
	ljmp	$SELECTOR_CODE16, $1f
	.code16
1:	mov	$SELECTOR_DATA16, %eax     /* limits of 64 KiB, as the firmware expects them */
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	$CR0_ET, %eax
	mov	%eax, %cr0
	ljmp	$0, $1f
1:	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	lidt	thunk_real_idtr

	mov	bios_thunk_registers + REGISTERS_ES, %es
	mov	bios_thunk_registers + REGISTERS_EBX, %ebx
	mov	bios_thunk_registers + REGISTERS_ECX, %ecx
	mov	bios_thunk_registers + REGISTERS_EDX, %edx
	mov	bios_thunk_registers + REGISTERS_ESI, %esi
	mov	bios_thunk_registers + REGISTERS_EDI, %edi
	mov	bios_thunk_registers + REGISTERS_EBP, %ebp
	mov	bios_thunk_registers + REGISTERS_EAX, %eax
	pushw	$FLAGS_IF_CF                /* what IRET of the function restores */
	push	%cs
	push	$thunk_back
	pushw	bios_thunk_vector + 2      /* RETF enters the function */
	pushw	bios_thunk_vector
	mov	bios_thunk_registers + REGISTERS_DS, %ds
	lret

	/* Back from the function, whatever it did to segments, flags and the stack pointer's high half. */
thunk_back:
	cli
	pushfl
	push	%ds
	push	%cs
	pop	%ds                        /* 0 */
	popw	bios_thunk_registers + REGISTERS_DS
	popl	bios_thunk_registers + REGISTERS_FLAGS
	mov	%eax, bios_thunk_registers + REGISTERS_EAX
	mov	%ebx, bios_thunk_registers + REGISTERS_EBX
	mov	%ecx, bios_thunk_registers + REGISTERS_ECX
	mov	%edx, bios_thunk_registers + REGISTERS_EDX
	mov	%esi, bios_thunk_registers + REGISTERS_ESI
	mov	%edi, bios_thunk_registers + REGISTERS_EDI
	mov	%ebp, bios_thunk_registers + REGISTERS_EBP
	mov	%es, bios_thunk_registers + REGISTERS_ES
	cld
	call	a20_keep
	cli
	jc	a20_stays_off
	lgdt	thunk_gdtr                 /* some firmware loads its own */
	mov	$CR0_PE | CR0_ET, %eax
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE32, $1f
	.code32
1:	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$LOW_REAL_STACK_TOP, %esp
	call	enter_long_mode
	.code64
	mov	thunk_long_stack, %rsp
	lidt	bios_idtr
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/*
 * From protected mode to long mode over the loader's page tables. SSE is on for the libraries, and FS base is the block that their stack
 * protector reads.
 * In: the return address on a stack below 4 GiB. Out: returns in long mode; the stack pointer must be set anew. Clobbers: EAX, ECX, EDX.
 */
	.code32
	.globl enter_long_mode
enter_long_mode:
	mov	$CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT, %eax
	mov	%eax, %cr4
	mov	loader_work, %eax          /* the page tables begin it */
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	$EFER_LME, %eax
	xor	%edx, %edx
	wrmsr
	mov	$CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG, %eax
	mov	%eax, %cr0
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$MSR_FS_BASE, %ecx
	mov	$library_block, %eax
	wrmsr
	pop	%eax
	ljmp	$SELECTOR_CODE64, $1f
	.code64
1:	mov	%eax, %eax                 /* clears the high half */
	jmp	*%rax

/* Called through bios_thunk() like a firmware function: sleeps until the next interrupt, so that waiting does not burn a processor. */
	.code16
	.globl bios_idle_routine
bios_idle_routine:
	sti
	hlt
	iret

	.section .data16, "aw"
	.globl bios_thunk_registers, bios_thunk_vector, thunk_gdtr
	.balign 8
thunk_gdt:
	.quad	0
	.quad	0x00AF9B000000FFFF         /* 08h: 64-bit code */
	.quad	0x00CF9B000000FFFF         /* 10h: 32-bit code, 4 GiB */
	.quad	0x00CF93000000FFFF         /* 18h: data, 4 GiB */
	.quad	0x00009B000000FFFF         /* 20h: 16-bit code, 64 KiB from 0 */
	.quad	0x000093000000FFFF         /* 28h: data, 64 KiB from 0 */
thunk_gdt_end:
thunk_gdtr:
	.word	thunk_gdt_end - thunk_gdt - 1
	.quad	thunk_gdt
thunk_real_idtr:
	.word	0x3FF
	.long	0
	.balign 8
thunk_long_stack:
	.quad	0
bios_thunk_vector:
	.long	0
bios_thunk_registers:
	.fill	REGISTERS_BYTES, 1, 0

	.bss
	.balign 64
	/* What %fs:0x28 of the libraries' stack protector reads: any constant does. */
library_block:
	.fill	64, 1, 0
