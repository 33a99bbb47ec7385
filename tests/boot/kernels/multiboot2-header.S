/* SPDX-License-Identifier: MIT */
/*
 * The Multiboot2 header of the verdict kernels (Multiboot2 specification 2.0, 3.1). RELOCATABLE adds the relocatable tag, FLAT the address
 * and the entry tag: then the file needs no ELF headers. BOOT_SERVICES asks to keep those of UEFI, EFI_ENTRY has an entry for that.
 * VIDEO cannot do without a screen of pixels.
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
	.long 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 21
request_end:
	.balign 8

	.short 6, REQUIRED		/* modules on pages */
	.long 8

#ifdef VIDEO
	.short 4, REQUIRED		/* console: one is required, and EGA text is not supported */
	.long 12, 1
	.balign 8
	.short 5, REQUIRED		/* pixels */
	.long 20, 800, 600, 32
	.balign 8
#else
	.short 4, OPTIONAL		/* console: EGA text is supported */
	.long 12, 2
	.balign 8
#endif

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
