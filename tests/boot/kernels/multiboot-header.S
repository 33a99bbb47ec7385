/* SPDX-License-Identifier: MIT */
/*
 * The Multiboot 1 header of the verdict kernels (Multiboot specification 0.6.96, 3.1). VIDEO asks for a screen of pixels. KLUDGE has the
 * address fields, by which the file is loaded: KLUDGE bytes away from where it is linked, so that an ELF file is not loaded as such.
 */
#define MAGIC		0x1badb002
#define PAGE_ALIGN	1
#define MEMORY_INFO	2
#define VIDEO_MODE	4
#define ADDRESSES	0x10000

#ifdef KLUDGE
#define FLAGS		(PAGE_ALIGN | MEMORY_INFO | ADDRESSES)
#elif defined VIDEO
#define FLAGS		(PAGE_ALIGN | MEMORY_INFO | VIDEO_MODE)
#else
#define FLAGS		(PAGE_ALIGN | MEMORY_INFO)
#endif

	.section .header, "a"
	.balign 4
	.globl header
header:
	.long MAGIC, FLAGS, -(MAGIC + FLAGS)
#ifdef KLUDGE
	/* addresses: of this header, of the image's begin, of its end in the file, of the end of .bss, of the entry */
	.long image_physical + KLUDGE, image_physical + KLUDGE, data_end_physical + KLUDGE, image_end_physical + KLUDGE
	.long entry_physical + KLUDGE
#elif defined VIDEO
	.long -1, -1, -1, -1, -1	/* bit 16 is clear: these mean nothing */
	.long 0, 800, 600, 32		/* pixels */
#endif

/* What the C code has to know of this variant. */
	.section .rodata
	.balign 4
	.globl header_image_physical, header_is_flat
header_image_physical:
#ifdef KLUDGE
	.long image_physical + KLUDGE
#else
	.long image_physical
#endif
header_is_flat:
#ifdef KLUDGE
	.long 1
#else
	.long 0
#endif

	.section .note.GNU-stack, "", @progbits
