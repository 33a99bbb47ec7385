/* SPDX-License-Identifier: MIT */
/*
 * From real mode to long mode, once. The first block jumps here with DL = drive, DH = copy of stage 2 (0 = A, 1 = B), all data segments
 * zero, SS:SP below 0x7BE0.
 */
#include "stage2/bios/memory-map.h"
#include "stage2/bios/cpu.h"

	.equ BDA_EBDA_SEGMENT, 0x40E
	.equ EBDA_KIB_MIN, 256             /* below that it is none */
	.equ LOW_KIB_MAX, 640

	.section .text16, "ax"
	.code16
	.globl stage2_start
stage2_start:
	mov	%dx, bios_boot_drive       /* and bios_boot_copy behind it */
	mov	$LOW_REAL_STACK_TOP, %esp
	call	require_long_mode
	rdtsc                              /* such a processor has it */
	mov	%eax, bios_start_tsc
	mov	%edx, bios_start_tsc + 4
	call	choose_work_area
	call	a20_enable
	jc	a20_stays_off
	mov	%cr4, %eax                 /* firmware calls are made with the value that the firmware left */
	mov	%eax, bios_cr4
	cli
	lgdt	thunk_gdtr
	mov	$CR0_PE | CR0_ET, %eax
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE32, $enter_protected

	.code32
enter_protected:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$LOW_REAL_STACK_TOP, %esp  /* firmware may have lost the high half */
	call	build_page_tables
	call	enter_long_mode
	.code64
	mov	loader_work, %esp
	add	$WORK_STACK_TOP, %esp
	mov	$bss_start, %edi
	mov	$bss_words, %ecx
	xor	%eax, %eax
	rep stosq
	xor	%ebp, %ebp                 /* ends the backtrace */
	call	bios_main
	ud2                                /* bios_main does not return */

/*
 * Maps the first 4 GiB one to one with pages of 2 MiB.
 * In: flat data segments. Clobbers: EAX, ECX, EDX, EDI.
 */
	.code32
build_page_tables:
	mov	loader_work, %edx
	.if	WORK_PAGE_TABLES
	.error	"the page tables begin the work area"
	.endif
	mov	%edx, %edi
	mov	$WORK_PAGE_TABLE_COUNT * 4096 / 4, %ecx
	xor	%eax, %eax
	rep stosl
	lea	0x1000 + PAGE_PRESENT_WRITE(%edx), %eax
	mov	%eax, (%edx)
	lea	0x2000 + PAGE_PRESENT_WRITE(%edx), %eax
	lea	0x1000(%edx), %edi
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$0x1000, %eax
	add	$8, %edi
	loop	1b
	lea	0x2000(%edx), %edi
	mov	$PAGE_PRESENT_WRITE | PAGE_LARGE, %eax
	mov	$2048, %ecx
1:	mov	%eax, (%edi)
	add	$1 << 21, %eax
	add	$8, %edi
	loop	1b
	ret

/*
 * No return if the processor cannot run 64-bit code.
 * CPUID is there if bit 21 of EFLAGS can be changed; function 80000001h: EDX bit 29 is long mode.
 * Mode: real. Clobbers: EAX, EBX, ECX, EDX.
 */
	.code16
require_long_mode:
	pushfl
	pop	%eax
	mov	%eax, %ecx
	xor	$1 << 21, %eax
	push	%eax
	popfl
	pushfl
	pop	%eax
	xor	%ecx, %eax
	test	$1 << 21, %eax
	jz	1f
	mov	$0x80000000, %eax
	cpuid
	cmp	$0x80000001, %eax
	jb	1f
	mov	$0x80000001, %eax
	cpuid
	test	$1 << 29, %edx
	jz	1f
	ret
1:	mov	$message_long_mode, %si
	jmp	die

/*
 * Where INT 12h or the EBDA leave too little below 640 KiB, the work area goes above 1 MiB. A rough look:
 * memory_probe_low() will look closer. No return if not even stage 2 and a small disk buffer have room.
 * INT 12h. Return: AX = KiB.
 * Mode: real. Clobbers: what a firmware call does but SP, DS and ES.
 */
choose_work_area:
	int	$0x12
	xor	%cx, %cx
	mov	%cx, %ds
	mov	%cx, %es
	sti
	cld
	test	%ax, %ax
	jnz	1f
	mov	$LOW_KIB_MAX, %ax          /* it does not know */
1:	mov	BDA_EBDA_SEGMENT, %bx
	shr	$6, %bx                    /* KiB */
	cmp	$EBDA_KIB_MIN, %bx
	jb	1f
	cmp	%ax, %bx
	jae	1f
	mov	%bx, %ax
1:	mov	$message_low_memory, %si
	cmp	$least_low_kib, %ax
	jb	die
	cmp	$LOW_END / 1024, %ax
	jae	2f
	movl	$HIGH_WORK, loader_work
2:	ret

/* In: as die, but SI. */
	.globl a20_stays_off
a20_stays_off:
	mov	$message_a20, %si
	/* Falls through. */

/*
 * Prints a sentence on the screen, the first serial port and the debug console, and gives the boot back to the firmware.
 * In: SI -> text, DS = 0. Mode: real. Does not return.
 */
die:
	sti
1:	mov	(%si), %al
	inc	%si
	test	%al, %al
	jz	3f
	mov	$0x3FD, %dx
	mov	$0xFFFF, %cx               /* bounded: there may be no port */
2:	in	%dx, %al
	test	$0x20, %al                 /* transmitter empty */
	loopz	2b
	mov	-1(%si), %al
	mov	$0x3F8, %dx
	out	%al, %dx
	out	%al, $0xE9
	mov	$0x0E, %ah                 /* INT 10h AH=0Eh. Call with AL=character BX=page and colour */
	mov	$7, %bx
	push	%si
	int	$0x10
	pop	%si
	xor	%ax, %ax
	mov	%ax, %ds
	jmp	1b
3:	int	$0x18
4:	hlt
	jmp	4b

message_long_mode:
	.asciz	"mkboot: error: this processor cannot run 64-bit code; mkboot and the kernels it starts need x86-64\r\n"
message_a20:
	.asciz	"mkboot: error: the A20 line cannot be switched on by BIOS, keyboard controller or port 92h\r\n"
message_low_memory:
	.asciz	"mkboot: error: the firmware leaves too little memory below 640 KiB; switch off network boot in its setup\r\n"

	.section .data16, "aw"
	.globl bios_boot_drive, bios_boot_copy, bios_start_tsc, bios_cr4, loader_work
bios_boot_drive: .byte 0
bios_boot_copy: .byte 0
	.balign 8
bios_start_tsc: .quad 0
bios_cr4: .long 0
loader_work: .long LOW_WORK
