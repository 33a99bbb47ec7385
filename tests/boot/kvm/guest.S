/* SPDX-License-Identifier: MIT */
/*
 * The guest: real mode, its data behind its code in the segment CS = DS = GUEST_START >> 4. It is copied to GUEST_START of the virtual
 * machine, so nothing here has an absolute address.
 */
#include "tests/boot/kvm/guest.h"

	.section .rodata
	.code16

/*
 * guest_code: writes a text to GUEST_PORT and what it finds by multiplying there, then stops.
 *   in:    CS = DS = the guest's segment, IP = 0
 *   out:   HLT
 *   mode:  16 bits
 */
	.globl guest_code
guest_code:
	mov	$text - guest_code, %si
	mov	$GUEST_PORT, %dx
	cld
1:	lodsb
	test	%al, %al
	jz	2f
	out	%al, %dx
	jmp	1b
2:	mov	$6, %al                    /* an answer that is nowhere in the text */
	mov	$7, %bl
	mul	%bl
	aam
	add	$0x3030, %ax
	xchg	%ah, %al
	out	%al, %dx
	mov	%ah, %al
	out	%al, %dx
	mov	$'\n', %al
	out	%al, %dx
	hlt

text:	.asciz	"6 * 7 = "

	.globl guest_code_end
guest_code_end:

	.section .note.GNU-stack, "", @progbits
