/* SPDX-License-Identifier: MIT */
/*
 * Prints "tsc=0x..." on port 0xE9, the time stamp counter at its first instruction, and ends QEMU. It is a boot sector, and it runs at
 * any other address as well: the benchmark puts it at the 16-bit entry of a Linux kernel, where SYSLINUX starts one.
 *
 * With WRITE it also writes sector 1 of the boot disk by INT 13h, which the boot tests must notice, and prints "W".
 */
	.equ DEBUG_CONSOLE, 0xE9
	.equ EXIT_PORT, 0xF4
	.equ EXIT_PASSED, 16

	.code16
	.globl start
start:
	mov	%dl, %bl                   /* the boot disk */
	rdtsc
	push	%eax
	push	%edx
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	call	1f
1:	pop	%si
	add	$prefix - 1b, %si
2:	lodsb
	test	%al, %al
	jz	3f
	out	%al, $DEBUG_CONSOLE
	jmp	2b
3:	pop	%eax
	call	print_hex
	pop	%eax
	call	print_hex
	mov	$'\n', %al
	out	%al, $DEBUG_CONSOLE
#ifdef WRITE
	/* INT 13h AH=03h, write. Call with AL=sectors, CX and DH=cylinder, head and sector, DL=drive, ES:BX -> bytes. Return: CF, AH. */
	mov	$0x0301, %ax
	mov	$0x0002, %cx
	xor	%dh, %dh
	mov	%bl, %dl
	push	%ds
	pop	%es
	mov	$start, %bx
	int	$0x13
	mov	$'W', %al                  /* for an emulator that does not end at EXIT_PORT */
	out	%al, $DEBUG_CONSOLE
	mov	$'\n', %al
	out	%al, $DEBUG_CONSOLE
#endif
	mov	$EXIT_PASSED, %al
	out	%al, $EXIT_PORT
4:	hlt
	jmp	4b

/* In: EAX. Clobbers: AX, CX, EDX. */
print_hex:
	mov	%eax, %edx
	mov	$8, %cx
1:	rol	$4, %edx
	mov	%dl, %al
	and	$15, %al
	cmp	$10, %al
	sbb	$0x69, %al                 /* with DAS: 0..15 become '0'..'9', 'A'..'F' */
	das
	out	%al, $DEBUG_CONSOLE
	loop	1b
	ret

prefix:	.asciz	"tsc=0x"
	.globl end
end:
	.org	510
	.word	0xAA55
