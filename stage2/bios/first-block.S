/* SPDX-License-Identifier: MIT */
/*
 * The first block of a copy of stage 2: the header (bios-stage1/layout.h), and the code that loads the rest of its copy and proves it by
 * its CRC-32. Stage 1 has proved this block by its sum and calls it at STAGE2_BLOCK_ENTRY_OFFSET.
 */
#include "bios-stage1/layout.h"
#include "stage2/bios/memory-map.h"
#include "core/base/version.h"

	.equ CRC_POLYNOMIAL, 0xEDB88320
	.equ CHUNK, 64             /* sectors a call: 32 KiB from a 32 KiB boundary never cross a 64 KiB line */
	.equ CHUNK_PARAGRAPHS, CHUNK * LAYOUT_SECTOR_BYTES / 16

	.section .first_block, "ax"
	.code16
	.globl first_block
first_block:
	.asciz	STAGE2_MAGIC
	.long	STAGE2_FORMAT
	.long	stage2_length
	.long	0                          /* CRC: mkboot's */
	.long	0                          /* sequence: mkboot's */
	.ascii	MKBOOT_VERSION
	. = first_block + STAGE2_SUM_OFFSET
	.long	0                          /* sum: mkboot's */

/*
 * In: DI -> stage 1's read_packet, its packet for this block (one sector at 0x8000), STAGE1_DRIVE, STAGE1_COPY.
 * Out: starts stage 2 with DL = drive, DH = copy; or returns AL = 'M' (too little memory), 'R' (not readable) or 'S' (wrong CRC).
 * Keeps: BP, DS = ES = 0. Clobbers: everything else.
 */
block_entry:
	/* INT 12h. Return: AX = KiB below the firmware's own data; 0 where it does not know. Nothing is loaded over these data. */
	push	%bp
	push	%di
	int	$0x12
	pop	%di
	pop	%bp
	xor	%cx, %cx
	mov	%cx, %ds
	mov	%cx, %es
	sti
	cld
	dec	%ax
	cmp	$stage2_kib - 1, %ax
	mov	$'M', %al
	jb	bad_copy

	mov	$stage2_sectors, %cx
1:	mov	STAGE1_PACKET_SEGMENT, %bx /* this block is read a second time: whole chunks keep their alignment */
	and	$CHUNK_PARAGRAPHS - 1, %bx /* into a chunk, after a call that has read less */
	shr	$5, %bx
	mov	$CHUNK, %ax
	sub	%bx, %ax
	cmp	%ax, %cx
	ja	2f
	mov	%cx, %ax
2:	mov	%ax, STAGE1_PACKET_COUNT
	push	%ax
	push	%cx
	push	%di
	call	*%di
	pop	%di
	pop	%cx
	pop	%ax
	jc	not_readable
	mov	STAGE1_PACKET_COUNT, %bx   /* believed when it is low, not when it is 0: then all was read */
	dec	%bx
	cmp	%ax, %bx
	jae	4f
	inc	%bx
	mov	%bx, %ax
4:	movzwl	%ax, %ebx
	add	%ebx, STAGE1_PACKET_LBA
	adcl	$0, STAGE1_PACKET_LBA + 4
	sub	%ax, %cx
	shl	$5, %ax
	add	%ax, STAGE1_PACKET_SEGMENT
	test	%cx, %cx
	jnz	1b

	/* The table of the CRC: entry i is what eight shifts make of i. */
	mov	$LOW_CRC_TABLE, %di
	xor	%ebx, %ebx
1:	mov	%ebx, %eax
	mov	$8, %cx
2:	shr	%eax
	jnc	3f
	xor	$CRC_POLYNOMIAL, %eax
3:	loop	2b
	stosl
	inc	%bl
	jnz	1b

	or	$-1, %edx
	mov	$(LOW_STAGE2 + LAYOUT_SECTOR_BYTES) / 16, %di
	mov	$stage2_sectors - 1, %cx
1:	push	%cx
	mov	%di, %ds
	xor	%si, %si
	mov	$LAYOUT_SECTOR_BYTES, %cx
2:	lodsb
	xor	%dl, %al
	movzbl	%al, %ebx
	shr	$8, %edx
	xor	%es:LOW_CRC_TABLE(, %ebx, 4), %edx
	loop	2b
	add	$LAYOUT_SECTOR_BYTES / 16, %di
	pop	%cx
	loop	1b
	mov	%cx, %ds                   /* 0 again */
	not	%edx
	mov	$'S', %al
	cmp	first_block + STAGE2_CRC_OFFSET, %edx
	jne	bad_copy
	mov	STAGE1_DRIVE, %dx
	ljmp	$0, $LOW_STAGE2 + STAGE2_ENTRY_OFFSET
not_readable:
	mov	$'R', %al
bad_copy:
	ret
	. = first_block + LAYOUT_SECTOR_BYTES
