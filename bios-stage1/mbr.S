/* SPDX-License-Identifier: MIT */
/*
 * Stage 1: the boot sector of a disk. It loads the first block of a copy of stage 2, proves it by its sum and calls it. That block loads
 * and proves the rest (stage2/bios/first-block.S); it returns when the copy is bad, and the other copy is tried.
 *
 * The firmware loads this sector to 0x7C00 and enters it in real mode with DL = its number for the disk. Memory while it runs:
 *
 *   ...... .. 0x7BDF   stack
 *   0x7BE0 .. 0x7BFF   variables (layout.h)
 *   0x7C00 .. 0x7DFF   this sector
 *   0x8000 .. 0x4FFFF  the copy of stage 2
 *
 * mkboot writes into the sector: the LBA of copy A (offset 424) and that of copy B (offset 432), both u64, in sectors of 512 bytes.
 * What each error letter means is in README.md.
 */
#include "bios-stage1/layout.h"

	.equ TRIES, 4
	.equ ERROR_READ, 'R'
	.equ ERROR_SUM, 'S'

	.code16
	.globl mbr_start
mbr_start:
	jmp	normalise
	nop
	/* Some firmware reads, some writes a BPB here: plausible values for a hard disk, none of them used. */
	.ascii	"MKBOOT  "
	.word	512
	. = mbr_start + 0x15
	.byte	0xF8
	. = mbr_start + 0x18
	.word	63, 255
	. = mbr_start + MBR_BPB_END

normalise:
	cli                                /* SS and SP change as one */
	xor	%ax, %ax
	mov	%ax, %ss
	mov	$STAGE1_PACKET, %sp
	mov	%ax, %ds
	mov	%ax, %es
	ljmp	$0, $1f                    /* some firmware enters at 07C0:0000 */
1:	sti
	cld

	/* DL: hard disks are 80h to 8Fh; some firmware passes 0 or 1 for one. */
	test	$0x80, %dl
	jz	2f
	test	$0x70, %dl
	jz	3f
2:	mov	$0x80, %dl
3:	xor	%dh, %dh
	mov	%dx, STAGE1_DRIVE          /* and STAGE1_COPY = 0 behind it */
	mov	$mbr_copy_lba, %bp
	call	try_copy
	incb	STAGE1_COPY
	add	$8, %bp
	call	try_copy
	int	$0x18                      /* "no boot device": the firmware may have another one */
4:	hlt
	jmp	4b

/*
 * Loads and checks the first block of a copy, and calls it if it is good.
 * In: BP -> the copy's LBA (u64). Out: returns only if the copy is bad, with the letter printed. Keeps: BP. Clobbers: everything else.
 */
try_copy:
	mov	$STAGE1_PACKET, %di
	mov	$16, %ax                   /* bytes of the packet, and a zero byte */
	stosw
	mov	$1, %al                    /* sectors */
	stosw
	dec	%ax                        /* offset and segment of the buffer */
	stosw
	mov	$STAGE2_LOAD_ADDRESS / 16, %ax
	stosw
	mov	%bp, %si
	movsl
	movsl
	call	read_packet
	mov	$ERROR_READ, %al
	jc	print_letter

	mov	$STAGE2_LOAD_ADDRESS, %si
	cmpl	$0x4F424B4D, (%si)         /* "MKBO", the start of STAGE2_MAGIC: a sector of zeros has a good sum, too */
	jne	bad_sum
	xor	%edx, %edx
	mov	$LAYOUT_SECTOR_BYTES / 4, %cx
1:	lodsl
	add	%eax, %edx
	loop	1b
	jnz	bad_sum                    /* loop leaves the flags of the last add */
	/*
	 * The first block. In: DI -> read_packet, the packet as left by the read above, STAGE1_DRIVE, STAGE1_COPY. Out: returns only
	 * if the copy is bad, AL = the letter. Keeps: BP, segment registers.
	 */
	mov	$read_packet, %di
	mov	$STAGE2_LOAD_ADDRESS + STAGE2_BLOCK_ENTRY_OFFSET, %ax
	call	*%ax
	jmp	print_letter
bad_sum:
	mov	$ERROR_SUM, %al
/*
 * INT 10h AH=0Eh. Call with AL=character BH=page BL=colour. The first serial port and the debug console get the letter too, for machines
 * without a screen.
 * In: AL. Keeps: BP, DS, ES. Clobbers: AX, BX, DX.
 */
print_letter:
	mov	$0x3F8, %dx
	out	%al, %dx
	out	%al, $0xE9
	mov	$0x0E, %ah
	mov	$7, %bx
	movb	$0x10, interrupt_number
	jmp	call_firmware

/*
 * Reads what the packet describes, by LBA if the firmware can, else by CHS.
 * Out: CF set if it could not be read. STAGE1_PACKET_COUNT may be lower than it was: so many sectors were read, if it is not 0.
 * Keeps: BP, DS, ES = 0, the rest of the packet. Clobbers: everything else.
 */
read_packet:
	push	%bp
	mov	$TRIES, %bp
	push	STAGE1_PACKET_COUNT        /* a failed call may write into it how little it has read */
	/*
	 * INT 13h AH=41h, installation check. Call with BX=55AAh DL=drive. Return: CF clear, BX=AA55h, CX bit 0: AH=42h is there.
	 * It may destroy DX (AST 1.04).
	 */
1:	mov	$0x41, %ah
	mov	$0x55AA, %bx
	call	int13
	jc	by_chs
	cmp	$0xAA55, %bx
	jne	by_chs
	shr	$1, %cx
	jnc	by_chs
	/* INT 13h AH=42h, extended read. Call with DS:SI -> packet, DL=drive. Return: CF clear, or CF set whatever AH says. */
	mov	$0x42, %ah
	mov	$STAGE1_PACKET, %si
	call	int13
	jnc	2f
	pop	%ax
	push	%ax
	mov	%ax, STAGE1_PACKET_COUNT
	call	reset
	dec	%bp
	jnz	1b

/*
 * One sector at a time: this is for firmware without AH=42h, or with one that only pretends. INT 13h AH=08h. Call with ES:DI=0:0,
 * DL=drive. Return: CL bits 0..5 = sectors a track, DH = highest head; CF may be set with AH=0, which means nothing, so a failure is
 * told by CX. Destroys ES and DI.
 */
by_chs:
	mov	$8, %ah
	xor	%cx, %cx
	xor	%di, %di
	call	int13
	and	$0x3F, %cx
	stc
	jz	2f                         /* no sectors a track: no disk */
	movzbl	%dh, %esi
	inc	%si                        /* heads */
	movzwl	%cx, %edi                  /* sectors a track */
	mov	STAGE1_PACKET_SEGMENT, %es
	mov	STAGE1_PACKET_LBA, %eax    /* far below 2^32 on any disk that needs this */
3:	mov	$TRIES, %bp
1:	push	%eax
	xor	%edx, %edx
	div	%edi
	mov	%dx, %cx
	inc	%cx                        /* sector, from 1 */
	cltd                               /* 0: far fewer tracks than 2^31 */
	div	%esi
	mov	%dl, %dh                   /* head */
	mov	%al, %ch                   /* cylinder, bits 0..7 */
	shl	$6, %ah
	or	%ah, %cl                   /* and 8..9 */
	mov	$0x0201, %ax               /* INT 13h AH=02h. Call with AL=1 sector, to ES:BX. Return: CF */
	xor	%bx, %bx                   /* STAGE1_PACKET_OFFSET */
	call	int13_head
	jnc	4f
	call	reset
	pop	%eax
	dec	%bp
	jnz	1b
	stc
	jmp	2f
4:	pop	%eax
	inc	%eax
	mov	%es, %dx
	add	$LAYOUT_SECTOR_BYTES / 16, %dx
	mov	%dx, %es
	decw	STAGE1_PACKET_COUNT        /* keeps CF, which the addition has cleared */
	jnz	3b
2:	pop	%bx                        /* the count; keeps CF */
	push	$0
	pop	%es
	pop	%bp
	ret

/*
 * INT 13h for the boot drive.
 * In: as the function. reset: nothing. int13_head: DH is an argument. Out: AX, BX, CX, DX, CF as the function. Keeps: BP, ESI, EDI, DS,
 * ES.
 */
reset:
	xor	%ah, %ah
int13:
	xor	%dh, %dh
int13_head:
	mov	STAGE1_DRIVE, %dl
	movb	$0x13, interrupt_number
/* Every call to the firmware, which may lose SI, DI, BP, DS, ES, the high halves, the direction and the interrupt flag. */
call_firmware:
	push	%ds
	push	%es
	push	%bp
	push	%esi
	push	%edi
	.byte	0xCD                       /* int */
interrupt_number:
	.byte	0
	pop	%edi
	pop	%esi
	pop	%bp
	pop	%es
	pop	%ds
	sti
	cld
	ret

	.globl mbr_code_end
mbr_code_end:
	. = mbr_start + MBR_COPY_A_LBA_OFFSET
mbr_copy_lba:
	.quad	0, 0
	. = mbr_start + MBR_SIGNATURE_OFFSET
	.word	MBR_SIGNATURE
