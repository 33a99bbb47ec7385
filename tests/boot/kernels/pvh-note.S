/* SPDX-License-Identifier: MIT */
/*
 * What makes a verdict kernel one with a PVH entry: the note 18 of Xen, with the entry in 32 bits, or in 64 (WIDE). Other notes stand in
 * front of it, and the file's own entry, which is not for us, is a failure.
 */
#define NOTE_GUEST_OS		6
#define NOTE_PHYS32_ENTRY	18
#define EXIT_PORT		0xf4
#define EXIT_FAILED		0x11

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 2f - 1f, NOTE_GUEST_OS
	.asciz "Xen"
1:	.asciz "verdict"
2:	.balign 4
	.long 6, 4, NOTE_PHYS32_ENTRY		/* the same type, but somebody else's */
	.asciz "Other"
	.balign 4
	.long wrong_entry
	.long 4, 4f - 3f, NOTE_PHYS32_ENTRY
	.asciz "Xen"
3:	.long entry_physical
#ifdef WIDE
	.long 0
#endif
4:

/*
 * wrong_entry: leaves QEMU without a verdict.
 *   mode: 32 bits
 */
	.section .text, "ax"
	.code32
	.globl wrong_entry
wrong_entry:
	mov $EXIT_FAILED, %al
	out %al, $EXIT_PORT
1:	hlt
	jmp 1b

	.section .note.GNU-stack, "", @progbits
