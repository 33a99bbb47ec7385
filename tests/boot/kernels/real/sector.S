/* SPDX-License-Identifier: MIT */
/*
 * A boot sector that gives a verdict: notes how it was entered, reads the sectors behind it from its own disk and partition by what it was
 * handed, and goes on there (body.S, sector.c). It begins with a BPB, as the sector of a FAT16 volume made for another place.
 */
#include "entry.h"
#include "start.inc"

#define HIDDEN_SECTORS_WRONG 63

	.text
	.code16
	.globl sector_start
sector_start:
	jmp	1f
	nop
	.ascii	"VERDICT "
	.word	512                        /* bytes of a block */
	.byte	4                          /* blocks of a cluster */
	.word	1                          /* reserved blocks */
	.byte	2                          /* FATs */
	.word	512                        /* entries of the root directory */
	.word	20000                      /* blocks */
	.byte	0xF8                       /* media */
	.word	20                         /* blocks of a FAT */
	.word	63, 255                    /* sectors of a track, heads */
	.long	HIDDEN_SECTORS_WRONG, 0
	.byte	0, 0, 0x29                 /* drive, reserved, signature */
	.long	0x12345678
	.ascii	"VERDICT    FAT16   "

1:	note_entry %cs, SECTOR_STATE
	mov	%cs, %ax
	mov	%ax, %es
	cld
	xor	%edx, %edx                 /* where the sector lies: what the partition's entry says, or the disk's first */
	test	%si, %si
	jz	2f
	mov	8(%si), %edx
2:	mov	%ax, %ds
	inc	%edx
	mov	%edx, packet_lba
	mov	$packet, %si
	mov	SECTOR_STATE + ENTRY_DX, %dl
	mov	$0x42, %ah                 /* INT 13h AH=42h. Call with DL=drive, DS:SI -> packet. Return: CF, AH */
	int	$0x13
	mov	$'R', %al
	jc	fail
	mov	$SECTOR_SEGMENT, %ax
	mov	%ax, %ds
	mov	%ax, %es
	cli
	mov	%ax, %ss
	mov	$0xFFF0, %esp
	ljmp	$SECTOR_SEGMENT, $0

fail:	out	%al, $0xE9                 /* and the debug console lacks a verdict */
	mov	$0x11, %al
	out	%al, $0xF4
3:	hlt
	jmp	3b

	.balign 4
packet:	.byte	16, 0
	.word	SECTORS, 0, SECTOR_SEGMENT
packet_lba:
	.quad	0

	.org	510
	.word	0xAA55
