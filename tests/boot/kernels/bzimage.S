/* SPDX-License-Identifier: MIT */
/*
 * A file that looks like a Linux kernel: setup header, a real-mode part that only says no, and the verdict kernel as its
 * protected-mode part (Linux Documentation/arch/x86/boot.rst). PROTOCOL is the version of the boot protocol: fields that are newer are
 * left out. CODE_32 and CODE_64 are files with position-independent code; a kernel with CODE_64 has the 64-bit entry too. INITRD_MAX is the
 * highest address that it takes an initrd at.
 */
#include "bzimage.h"

#define SETUP_SECTORS		4
#define SETUP_BYTES		((SETUP_SECTORS + 1) * 512)
#define LOADED_HIGH		1
#define PREFERRED_ADDRESS	0x1000000
#define INIT_BYTES		0x400000
#define COMMAND_LINE_MAX	2047
#ifndef INITRD_MAX
#define INITRD_MAX		0x7fffffff
#endif
#define SETUP_TYPE_MAX		0x80000009 /* up to SETUP_RNG_SEED, also indirect */
#define ALIGNMENT		0x200000
#define MIN_ALIGNMENT_SHIFT	21
#define XLF_64_BIT		1	/* the entry at 0x200 */
#define XLF_ANYWHERE		2	/* everything may be above 4 GiB */

#ifdef CODE_64
#define XLOADFLAGS		(XLF_64_BIT | XLF_ANYWHERE)
#else
#define XLOADFLAGS		0
#endif
#if PROTOCOL >= 0x20f
#define KERNEL_INFO_OFFSET	PAYLOAD_KERNEL_INFO
#else
#define KERNEL_INFO_OFFSET	0
#endif
#if PROTOCOL >= 0x20a
#define MIN_ALIGNMENT		MIN_ALIGNMENT_SHIFT
#else
#define MIN_ALIGNMENT		0
#endif

#define DEBUG_CONSOLE		0xe9
#define EXIT_PORT		0xf4
#define EXIT_FAILED		0x11

	.text
	.code16
file:

/* The setup header, offsets 0x1f1 and up. It stands in the file's first sector and once more in the protected-mode part. */
	.macro setup_header
	.byte SETUP_SECTORS		/* 1f1 setup_sects */
	.word 0				/* 1f2 root_flags */
	.long (file_end - payload) / 16	/* 1f4 syssize */
	.word 0				/* 1f8 ram_size */
	.word 0xffff			/* 1fa vid_mode: normal */
	.word 0				/* 1fc root_dev */
	.word 0xaa55			/* 1fe boot_flag */
	.byte 0xeb, real_mode_entry - file - 0x202 /* 200 jump; its second byte tells where the header ends */
	.ascii "HdrS"			/* 202 header */
	.word PROTOCOL			/* 206 version */
	.long 0				/* 208 realmode_swtch */
	.word 0x1000			/* 20c start_sys_seg */
	.word version_string - file - 0x200 /* 20e kernel_version */
	.byte 0				/* 210 type_of_loader */
	.byte LOADED_HIGH		/* 211 loadflags */
	.word 0x8000			/* 212 setup_move_size */
	.long 0x100000			/* 214 code32_start */
	.long 0				/* 218 ramdisk_image */
	.long 0				/* 21c ramdisk_size */
	.long 0				/* 220 bootsect_kludge */
	.word 0				/* 224 heap_end_ptr */
	.byte 0				/* 226 ext_loader_ver */
	.byte 0				/* 227 ext_loader_type */
	.long 0				/* 228 cmd_line_ptr */
#if PROTOCOL >= 0x203
	.long INITRD_MAX		/* 22c initrd_addr_max */
#endif
#if PROTOCOL >= 0x205
	.long ALIGNMENT			/* 230 kernel_alignment */
	.byte 1				/* 234 relocatable_kernel */
	.byte MIN_ALIGNMENT		/* 235 min_alignment */
	.word XLOADFLAGS		/* 236 xloadflags */
	.long COMMAND_LINE_MAX		/* 238 cmdline_size */
	.long 0				/* 23c hardware_subarch: PC */
	.quad 0				/* 240 hardware_subarch_data */
	.long 0				/* 248 payload_offset */
	.long 0				/* 24c payload_length */
	.quad 0				/* 250 setup_data */
#endif
#if PROTOCOL >= 0x20a
	.quad PREFERRED_ADDRESS		/* 258 pref_address */
	.long INIT_BYTES		/* 260 init_size */
	.long 0				/* 264 handover_offset */
	.long KERNEL_INFO_OFFSET	/* 268 kernel_info_offset */
#endif
	.endm

	.org SETUP_HEADER_START - 2
	.byte 0xff			/* 1ef sentinel: whoever copies more than the header brings it along */
	.byte 0
	setup_header

/*
 * real_mode_entry: what a loader that takes the 16-bit entry gets.
 *   in:    CS = segment of the file's first byte + 0x20
 *   out:   leaves QEMU with status 35
 *   mode:  16 bits
 */
real_mode_entry:
	cld
	mov %cs, %ax
	mov %ax, %ds
	mov $(no_verdict - file - 0x200), %si
1:	lodsb
	test %al, %al
	jz 2f
	out %al, $DEBUG_CONSOLE
	jmp 1b
2:	mov $EXIT_FAILED, %al
	out %al, $EXIT_PORT
3:	hlt
	jmp 3b
no_verdict:
	.asciz "verdict=fail entered at the 16-bit entry\n"
version_string:
	.asciz "0.0-verdict (mkboot)"

	.org SETUP_BYTES

	.code32
payload:
	jmp payload + PAYLOAD_CODE_32
	.org SETUP_BYTES + PAYLOAD_HEADER_COPY
	setup_header
	.org SETUP_BYTES + PAYLOAD_KERNEL_INFO
	.ascii "LToP"
	.long 16, 16, SETUP_TYPE_MAX
	.org SETUP_BYTES + PAYLOAD_ENTRY_64
#ifdef CODE_64
	.code64
	jmp payload + PAYLOAD_CODE_64
#endif
	.org SETUP_BYTES + PAYLOAD_CODE_32
	.incbin CODE_32
#ifdef CODE_64
	.org SETUP_BYTES + PAYLOAD_CODE_64
	.incbin CODE_64
#endif
	.balign 16
file_end:
