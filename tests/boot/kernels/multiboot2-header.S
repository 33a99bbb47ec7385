/* SPDX-License-Identifier: MIT */
/*
 * The Multiboot2 header of the verdict kernels (Multiboot2 specification 2.0, 3.1). RELOCATABLE adds the relocatable tag, FLAT the address
 * and the entry tag: then the file needs no ELF headers. BOOT_SERVICES asks to keep those of UEFI, EFI_ENTRY has an entry for that.
 */
#define MAGIC		0xe85250d6
#define ARCHITECTURE	0 /* i386 */
#define LENGTH		(header_end - header)

#define REQUIRED	0
#define OPTIONAL	1

	.section .header, "a"
	.balign 8
	.globl header
header:
	.long MAGIC, ARCHITECTURE, LENGTH, -(MAGIC + ARCHITECTURE + LENGTH)

request:				/* everything that exists on BIOS; what UEFI does not have need not be there */
	.short 1, REQUIRED
	.long request_end - request
	.long 1, 2, 3, 4, 5, 6, 8, 9, 10, 14, 15, 21
request_end:
	.balign 8

	.short 6, REQUIRED		/* modules on pages */
	.long 8

	.short 4, OPTIONAL		/* console: EGA text is supported */
	.long 12, 2
	.balign 8

#ifdef RELOCATABLE
	.short 10, REQUIRED		/* 2 MiB to 4 GiB, on 2 MiB, as high as possible */
	.long 24, 0x200000, 0xffffffff, 0x200000, 2
	.balign 8
#endif

#ifdef FLAT
	.short 2, REQUIRED		/* addresses: of this header, of the file's begin, of its end, of the end of .bss */
	.long 24, image_physical, image_physical, data_end_physical, image_end_physical
	.balign 8
	.short 3, REQUIRED		/* the entry */
	.long 12, entry_physical
	.balign 8
#endif

#ifdef BOOT_SERVICES
	.short 7, REQUIRED
	.long 8
#endif

#ifdef EFI_ENTRY
	.short 8, OPTIONAL		/* for firmware of 32 bits: nobody may take it */
	.long 12, wrong_entry
	.balign 8
	.short 9, REQUIRED		/* where it was linked: it moves with the kernel */
	.long 12, entry_physical
	.balign 8
#endif

	.short 0, REQUIRED
	.long 8
header_end:

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

/* What the C code has to know of this variant. */
	.section .rodata
	.balign 4
	.globl header_image_physical, header_is_relocatable, header_is_flat, header_keeps_boot_services
header_image_physical:
	.long image_physical
header_is_relocatable:
#ifdef RELOCATABLE
	.long 1
#else
	.long 0
#endif
header_is_flat:
#ifdef FLAT
	.long 1
#else
	.long 0
#endif

header_keeps_boot_services:
#ifdef BOOT_SERVICES
	.long 1
#else
	.long 0
#endif

	.section .note.GNU-stack, "", @progbits
