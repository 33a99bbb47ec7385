/* SPDX-License-Identifier: MIT */
/*
 * The A20 line: while it is off, odd megabytes are invisible. Each way to switch it on is tried and then tested, in the order of least
 * harm: it may be on already; INT 15h; keyboard controller; port 92h. Every wait is bounded, because machines without a keyboard
 * controller read FFh for ever.
 *
 * Firmware may switch it off again in any call, so it is tested after each (thunk.S). Nothing else of the firmware's runs, interrupts
 * included: what a kernel finds at the jump is what the last call has left.
 */
#include "stage2/bios/memory-map.h"

	.equ ROUNDS, 8
	.equ SHORT_TEST, 32
	.equ LONG_TEST, 0x2000
	.equ CONTROLLER_WAITS, 0xFFFF
	.equ TEST_WORD, LOW_CRC_TABLE      /* ours, and not used any more */

	.section .text16, "ax"
	.code16

/*
 * After a firmware call: some instructions if A20 is still on, which is seen by a word that differs from the one 1 MiB higher.
 * Mode: real, DS = 0. Out: CF set if A20 stays off. Clobbers: as a20_enable.
 */
	.globl a20_keep
a20_keep:
	mov	$0xFFFF, %ax
	mov	%ax, %fs
	incw	TEST_WORD                  /* an equal word there is chance, and not for long */
	mov	TEST_WORD, %ax
	cmp	%ax, %fs:TEST_WORD + 0x10
	clc
	je	a20_enable
	ret

/*
 * Mode: real, DS = 0. Out: CF set if A20 stays off. Keeps: SP, DS, the interrupt and the direction flag. Clobbers: what a firmware call
 * does.
 */
	.globl a20_enable
a20_enable:
	mov	$ROUNDS, %di
1:	mov	$SHORT_TEST, %cx
	call	a20_test
	jnc	3f
	call	a20_by_bios
	mov	$SHORT_TEST, %cx
	call	a20_test
	jnc	2f
	call	a20_by_keyboard_controller
	mov	$LONG_TEST, %cx
	call	a20_test
	jnc	2f
	call	a20_by_port_92
	mov	$LONG_TEST, %cx
	call	a20_test
	jnc	3f
	dec	%di
	jnz	1b
	stc
	ret
2:	call	a20_by_port_92             /* firmware may save and restore A20 there, whatever has switched it on: SeaBIOS does */
	clc
3:	ret

/*
 * Writes changing words to a place below 1 MiB and looks for them 1 MiB higher.
 * In: CX = tries. Out: CF set if A20 is off. Clobbers: AX, BX, CX, ES, FS.
 */
a20_test:
	xor	%ax, %ax
	mov	%ax, %es
	dec	%ax
	mov	%ax, %fs
	mov	%es:TEST_WORD, %bx
1:	inc	%bx
	mov	%bx, %es:TEST_WORD
	out	%al, $0x80                 /* about a microsecond */
	cmp	%bx, %fs:TEST_WORD + 0x10
	clc
	jne	2f
	loop	1b
	stc
2:	ret

/* INT 15h AX=2401h. Return: CF clear if it says so; some firmware changes IF. Keeps: DI, DS, flags. */
a20_by_bios:
	push	%di
	mov	$0x2401, %ax
	pushf
	int	$0x15
	popf
	pop	%di
	push	%cs
	pop	%ds                        /* 0 */
	ret

/* Command D1h: write the output port; DFh: A20 on, reset line up. FFh (nothing) lets a USB emulation finish. */
a20_by_keyboard_controller:
	call	controller_wait
	mov	$0xD1, %al
	out	%al, $0x64
	call	controller_wait
	mov	$0xDF, %al
	out	%al, $0x60
	call	controller_wait
	mov	$0xFF, %al
	out	%al, $0x64
	/* Falls through. */

/* Waits until the controller takes a byte; empties its output. Bounded. Clobbers: AX, CX. */
controller_wait:
	mov	$CONTROLLER_WAITS, %cx
1:	in	$0x64, %al
	cmp	$0xFF, %al                 /* nobody there */
	je	3f
	test	$1, %al
	jz	2f
	in	$0x60, %al
	jmp	4f
2:	test	$2, %al
	jz	3f
4:	out	%al, $0x80
	loop	1b
3:	ret

/* Bit 1 is A20; bit 0 resets the machine and must stay clear. */
a20_by_port_92:
	in	$0x92, %al
	test	$2, %al
	jnz	1f
	or	$2, %al
	and	$~1, %al
	out	%al, $0x92
1:	ret
