/* SPDX-License-Identifier: MIT */
/*
 * The start of a Linux image that is entered in real mode (Linux Documentation/arch/x86/boot.rst). PROTOCOL is the version of the boot
 * protocol, 0 for a kernel from before 2.00; LOAD_FLAGS, CODE32_START and SYSTEM_SIZE are the fields of these names. linux.c goes on.
 */
#include "entry.h"
#include "start.inc"

#define INITRD_MAX       0x37ffffff
#define COMMAND_LINE_MAX 0x7ff
#define SEGMENT_OF_ENTRY 0x20

	.section .header, "ax"
	.code16
	.globl _start
_start:
image:
	/* Offsets 1f1h and up, as far as the version has them. It stands here and once more behind the code, to compare with. */
	.macro setup_header name
	.globl \name
\name:	.byte	SETUP_SECTORS              /* 1f1 setup_sects */
	.word	1                          /* 1f2 root_flags */
	.long	SYSTEM_SIZE                /* 1f4 syssize */
	.word	0                          /* 1f8 ram_size */
	.word	0xffff                     /* 1fa vid_mode: normal */
	.word	0                          /* 1fc root_dev */
	.word	0xaa55                     /* 1fe boot_flag */
	.byte	0xeb, setup_entry - image - 0x202 /* 200 jump */
#if PROTOCOL >= 0x200
	.ascii	"HdrS"                     /* 202 header */
	.word	PROTOCOL                   /* 206 version */
	.long	0                          /* 208 realmode_swtch */
	.word	0x1000                     /* 20c start_sys_seg */
	.word	version_string - 0x200     /* 20e kernel_version */
	.byte	0                          /* 210 type_of_loader */
	.byte	LOAD_FLAGS                 /* 211 loadflags */
	.word	0x8000                     /* 212 setup_move_size */
	.long	CODE32_START               /* 214 code32_start */
	.long	0, 0                       /* 218 ramdisk_image, ramdisk_size */
	.long	0                          /* 220 bootsect_kludge */
#endif
#if PROTOCOL >= 0x201
	.word	0x5555                     /* 224 heap_end_ptr */
#endif
#if PROTOCOL >= 0x202
	.byte	0, 0                       /* 226 ext_loader_ver, ext_loader_type */
	.long	0                          /* 228 cmd_line_ptr */
#endif
#if PROTOCOL >= 0x203
	.long	INITRD_MAX                 /* 22c initrd_addr_max */
#endif
#if PROTOCOL >= 0x206
	.long	0                          /* 230 kernel_alignment */
	.byte	0, 0                       /* 234 relocatable_kernel, min_alignment */
	.word	0                          /* 236 xloadflags */
	.long	COMMAND_LINE_MAX           /* 238 cmdline_size */
#endif
	.endm

	.org	0x1f1
	setup_header setup_header_live

/*
 * setup_entry: notes how it was entered, makes the other segments and CS those of the image, and calls verdict_main(entry).
 *   in:    CS = segment of the image's first byte + 20h, a stack
 *   out:   does not return
 */
setup_entry:
	note_entry %cs, "real_entry_state - 0x200"
	mov	%cs, %ax
	sub	$SEGMENT_OF_ENTRY, %ax
	mov	%ax, %ds
	mov	%ax, %es
	cld
	movzwl	%sp, %esp
	push	%ax
	pushw	$1f
	lretw
1:	mov	%ax, %dx
	mov	%ss, %cx
	cmp	%cx, %dx
	je	2f
	mov	%dx, %ss                   /* verdict_main() will say that it was another one */
2:	pushl	$real_entry_state
	calll	verdict_main

	.section .rodata
	setup_header setup_header_copy
	.globl setup_header_copy_end
setup_header_copy_end:
version_string:
	.asciz	"0.0-verdict (mkboot)"

	.section .data
	.globl real_entry_state
	.balign	8
real_entry_state:
	.skip	REAL_ENTRY_BYTES

	.section .note.GNU-stack, "", @progbits
