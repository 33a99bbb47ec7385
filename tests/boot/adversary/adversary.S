/* SPDX-License-Identifier: MIT */
/*
 * A BIOS that misbehaves: stays at the top of low memory, hooks INT 10h, 12h, 13h, 15h and 16h of a good BIOS, and enters the disk's own
 * boot sector. What goes wrong is data: a list of rules, each with a call that it is for, a condition and what happens then. quirks.py
 * writes them; it has the same names and numbers as this file.
 *
 * On the disk: the loader below in place of the boot sector, the boot sector at ORIGINAL_LBA, the resident part at RESIDENT_LBA.
 */
#include "tests/boot/adversary/rules.h"

	.equ ORIGINAL_LBA, 34
	.equ RESIDENT_LBA, 40
	.equ RESIDENT_KIB, 16
	.equ BOOT_SECTOR, 0x7C00
	.equ SMAP, 0x534D4150

	.code16
	.section .loader, "ax"
	cli
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$BOOT_SECTOR, %sp
	sti
	cld
	int	$0x12
	sub	$RESIDENT_KIB, %ax
	shl	$6, %ax
	mov	%ax, packet + 6
	mov	%ax, start + 2
	mov	$packet, %si
	mov	$0x42, %ah
	int	$0x13
	jc	1f
	ljmp	*start
1:	hlt
	jmp	1b
packet:	.byte	16, 0
	.word	RESIDENT_KIB * 2, 0, 0
	.quad	RESIDENT_LBA
start:	.word	enter, 0
	.org	512

	.section .resident, "ax"
/* What quirks.py fills. */
	.ascii	"ADVERSARY"
	.org	16
entry_a20_off: .word 0
low_kib: .word 0                           /* not 0: the EBDA is moved here, and the memory ends before it */
stack_bytes: .word 0
rule_count: .word 0
range_count: .word 0
	.org	32
rules:	.fill	RULES_MAX * RULE_BYTES, 1, 0

old:	.long	0, 0, 0, 0, 0
interrupts: .byte 0x10, 0x12, 0x13, 0x15, 0x16
in_place: .byte 0
esp_lost: .byte 0
	.balign 4
target:	.long	0
resets:	.word	0
sector:	.byte	16, 0
	.word	1, BOOT_SECTOR, 0
	.quad	ORIGINAL_LBA
other_gdtr: .word 0x17
	.long	0xF1000

	.macro	take_over number, index
	mov	%es:\number * 4, %eax
	mov	%eax, old + 4 * \index
	movw	$hook_\index, %es:\number * 4
	mov	%cs, %es:\number * 4 + 2
	.endm

/* In: DL = drive. */
enter:	push	%cs
	pop	%ds
	push	%dx
	mov	$sector, %si
	mov	$0x42, %ah
	int	$0x13
	pop	%bp
	jc	hang
	cli
	xor	%ax, %ax
	mov	%ax, %es
	take_over 0x10, 0
	take_over 0x12, 1
	take_over 0x13, 2
	take_over 0x15, 3
	take_over 0x16, 4
	subw	$RESIDENT_KIB, %es:0x413
	mov	low_kib, %ax
	test	%ax, %ax
	jz	1f
	/* As an option ROM does it. */
	mov	%ax, %es:0x413
	shl	$6, %ax
	push	%ds
	mov	%es:0x40E, %ds
	mov	%ax, %es:0x40E
	mov	%ax, %es
	xor	%si, %si
	xor	%di, %di
	mov	$512, %cx
	rep movsw
	pop	%ds
1:	cmpw	$0, entry_a20_off
	je	1f
	call	switch_a20_off
1:	mov	%bp, %dx
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$BOOT_SECTOR, %sp
	sti
	ljmp	$0, $BOOT_SECTOR

hang:	sti
1:	hlt
	jmp	1b

/* Keeps all but the flags. */
switch_a20_off:
	push	%ax
	in	$0x92, %al
	and	$0xFC, %al
	out	%al, $0x92
	pop	%ax
	ret

	.irp	index, 0, 1, 2, 3, 4
hook_\index:
	push	$\index
	jmp	hooked
	.endr

	.macro	enter_frame
	pushf
	pushal
	push	%ds
	push	%es
	mov	%sp, %bp
	push	%cs
	pop	%ds
	cld
	.endm
	.macro	leave_frame
	pop	%es
	pop	%ds
	popal
	popf
	.endm

/* Interrupts are off but in the real function, so what is in memory between two instructions stays. */
hooked:	sub	$STATE_BYTES, %sp
	enter_frame
	call	choose
	call	before
	leave_frame
	cmpb	$0, %cs:in_place
	jne	1f
	pushf
	lcall	*%cs:target
	cli
1:	enter_frame
	call	after
	call	effects
	leave_frame
	add	$STATE_BYTES + 2, %sp
	cmpb	$0, %cs:esp_lost
	je	1f
	rol	$16, %esp
	mov	$0x1234, %sp
	rol	$16, %esp
1:	iret

/* All effects of the rules that apply, and the first action. */
choose:	xor	%ax, %ax
	mov	%ax, FRAME_ACTION(%bp)
	mov	%ax, FRAME_EFFECTS(%bp)
	mov	FRAME_INDEX(%bp), %bx
	mov	interrupts(%bx), %dl
	cmp	$0x13, %dl
	jne	1f
	cmpb	$0, FRAME_EAX + 1(%bp)
	jne	1f
	incw	resets
1:	mov	rule_count, %cx
	mov	$rules, %bx
	jcxz	3f
1:	mov	FRAME_EAX(%bp), %ax
	and	RULE_MASK(%bx), %ax
	cmp	RULE_FUNCTION(%bx), %ax
	jne	2f
	cmp	RULE_INTERRUPT(%bx), %dl
	jne	2f
	incw	RULE_CALLS(%bx)
	call	applies
	jne	2f
	mov	RULE_EFFECTS(%bx), %ax
	or	%ax, FRAME_EFFECTS(%bp)
	cmpw	$0, FRAME_ACTION(%bp)
	jne	2f
	mov	RULE_ACTION(%bx), %ax
	mov	%ax, FRAME_ACTION(%bp)
	mov	RULE_VALUE(%bx), %ax
	mov	%ax, FRAME_VALUE(%bp)
	mov	RULE_WHERE(%bx), %ax
	mov	%ax, FRAME_WHERE(%bp)
2:	add	$RULE_BYTES, %bx
	loop	1b
3:	ret

/* The caller's DS:SI as ES:SI: a packet, mostly. */
caller_si:
	mov	FRAME_DS(%bp), %es
	mov	FRAME_ESI(%bp), %si
	ret

/* In: BX -> rule. Out: ZF set if its condition is true. Keeps: BX, CX, DX. Clobbers: AX, SI, DI, ES. */
applies:
	mov	RULE_OPERAND(%bx), %ax
	movzbw	RULE_CONDITION(%bx), %di
	shl	$1, %di
	jmp	*conditions(%di)
conditions:
	.word	always, if_sectors_above, if_segment_from, if_each, if_first, if_resets_below
if_sectors_above:
	call	caller_si
	cmp	%es:2(%si), %ax
	jmp	true_if_carry
if_segment_from:
	call	caller_si
	dec	%ax
	cmp	%es:6(%si), %ax
	jmp	true_if_carry
if_first:
	mov	RULE_CALLS(%bx), %di
	dec	%di
	cmp	%ax, %di
	jmp	true_if_carry
if_resets_below:
	cmp	%ax, resets
true_if_carry:
	sbb	%di, %di
	inc	%di
	ret
if_each:
	cmp	%ax, RULE_CALLS(%bx)
	jb	1f
	movw	$0, RULE_CALLS(%bx)
always:	cmp	%ax, %ax
1:	ret

/* What comes before the real function, or whether it comes at all. */
before:	testw	$STACK, FRAME_EFFECTS(%bp)
	jz	2f
	mov	%sp, %bx
	mov	stack_bytes, %cx
	shr	$1, %cx
1:	push	$0xA5A5
	loop	1b
	mov	%bx, %sp
2:	mov	FRAME_INDEX(%bp), %bx
	shl	$2, %bx
	mov	old(%bx), %eax
	mov	%eax, target
	mov	FRAME_ACTION(%bp), %ax
	cmp	$HANG, %ax
	je	hang
	cmp	$SHORT, %ax
	je	3f
	cmp	$SHORT_SILENT, %ax
	je	3f
	dec	%ax                        /* no action becomes the highest number */
	cmp	$DONE - 1, %ax
	setb	in_place
	ret
3:	call	caller_si
	mov	FRAME_VALUE(%bp), %ax
	xchg	%ax, %es:2(%si)
	mov	%ax, FRAME_COUNT(%bp)
	movb	$0, in_place
	ret

/* Results. */
after:	mov	FRAME_FLAGS_NOW(%bp), %ax
	and	$0x08D5, %ax
	andw	$~0x08D5, FRAME_FLAGS(%bp)
	or	%ax, FRAME_FLAGS(%bp)
	call	caller_si
	mov	FRAME_VALUE(%bp), %ax
	mov	FRAME_ACTION(%bp), %bx
	shl	$1, %bx
	jmp	*actions(%bx)
actions:
	.word	nothing, fail, pretend, table, fail, short, short_silent, corrupt, poke_16, poke_64
fail:	mov	%al, FRAME_EAX + 1(%bp)
	orb	$1, FRAME_FLAGS(%bp)
nothing:
	ret
pretend:
	mov	%ax, FRAME_EAX(%bp)
	andb	$~1, FRAME_FLAGS(%bp)
	ret
short_silent:
	mov	FRAME_COUNT(%bp), %ax
short:	mov	%ax, %es:2(%si)
	ret
corrupt:
	les	%es:4(%si), %di
	xorb	$0x40, %es:0x105(%di)
	ret
poke_64:
	mov	FRAME_WHERE(%bp), %di
	add	%di, %si
	movl	$0, %es:2(%si)
	movw	$0, %es:6(%si)
	sub	%di, %si
poke_16:
	mov	FRAME_WHERE(%bp), %di
	add	%di, %si
	mov	%ax, %es:(%si)
	ret
table:	mov	FRAME_EBX(%bp), %bx
	mov	$0x86, %al
	cmp	range_count, %bx
	jae	fail
	imul	$RANGE_BYTES, %bx, %bx
	lea	ranges(%bx), %si
	mov	FRAME_ES(%bp), %es
	mov	FRAME_EDI(%bp), %di
	mov	$20, %cx
	rep movsb
	lodsl
	mov	%eax, FRAME_EBX(%bp)
	movl	$20, FRAME_ECX(%bp)
	movl	$SMAP, FRAME_EAX(%bp)
	andb	$~1, FRAME_FLAGS(%bp)
	ret

	.macro	effect bit
	testw	$\bit, FRAME_EFFECTS(%bp)
	jz	1f
	.endm

effects:
	effect	LOSE_INDEXES
	movw	$0xBAD1, FRAME_ESI(%bp)
	movw	$0xBAD3, FRAME_EDI(%bp)
	movw	$0xBAD5, FRAME_EBP(%bp)
1:	effect	LOSE_OTHERS
	movw	$0xBAD7, FRAME_EBX(%bp)
	movw	$0xBAD9, FRAME_ECX(%bp)
	movw	$0xBADB, FRAME_EDX(%bp)
1:	movb	$0, esp_lost
	effect	LOSE_HIGH
	movb	$1, esp_lost
	.irp	at, FRAME_EDI, FRAME_ESI, FRAME_EBP, FRAME_EBX, FRAME_EDX, FRAME_ECX, FRAME_EAX
	movw	$0xDEAD, \at + 2(%bp)
	.endr
1:	effect	LOSE_SEGMENTS
	mov	$0xF123, %ax
	mov	%ax, FRAME_DS(%bp)
	mov	%ax, FRAME_ES(%bp)
	mov	%ax, %fs
	mov	%ax, %gs
1:	effect	A20_OFF
	call	switch_a20_off
1:	effect	INTERRUPTS_OFF
	andb	$~2, FRAME_FLAGS + 1(%bp)
1:	effect	DIRECTION_DOWN
	orb	$4, FRAME_FLAGS + 1(%bp)
1:	effect	OTHER_GDT
	lgdt	other_gdtr
1:	ret

	.balign	16
ranges:
