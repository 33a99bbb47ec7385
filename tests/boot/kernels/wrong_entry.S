/* SPDX-License-Identifier: MIT */
/* An entry that nobody may take, for kernels whose headers name more than one. */

/*
 * wrong_entry: where nobody should come in.
 *   in:    nothing is needed, no stack either
 *   out:   leaves QEMU with status 35
 *   mode:  any: these instructions have the same bytes in 32 and in 64 bits
 */
	.section .text
	.globl wrong_entry
wrong_entry:
	/* "verdict=fail entered at a wrong entry", LF */
	.irp c, 118, 101, 114, 100, 105, 99, 116, 61, 102, 97, 105, 108, 32, 101, 110, 116, 101, 114, 101, 100, \
		32, 97, 116, 32, 97, 32, 119, 114, 111, 110, 103, 32, 101, 110, 116, 114, 121, 10
	mov $\c, %al
	out %al, $0xe9
	.endr
	mov $0x11, %al
	out %al, $0xf4
1:	hlt
	jmp 1b

	.section .note.GNU-stack, "", @progbits
