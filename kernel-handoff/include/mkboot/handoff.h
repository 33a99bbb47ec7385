/* SPDX-License-Identifier: MIT */
/*
 * mkboot's own hand-off, version 1: what a 64-bit ELF kernel (entry key `elf`) can ask for, and what it finds at its entry.
 *
 * Entry state
 *   - long mode with 4 levels of page tables, CR0.WP and EFER.NXE set, interrupts off, direction flag clear, address line A20 on;
 *   - RDI = physical (= identity-mapped) address of struct mkboot_handoff; RSI, RDX, RCX, RAX, RBX, RBP, R8 to R15 = 0;
 *   - RSP = top of a stack of at least 16 KiB, or of what the kernel asks for, RSP + 8 a multiple of 16 as after a call (System V ABI
 *     3.2.2), return address 0;
 *   - CS, SS, DS, ES, FS, GS flat segments of a valid GDT (in MKBOOT_MEMORY_LOADER memory); no usable IDT; the
 *     task register holds what the firmware, or a program before the loader, has left in it;
 *   - every PT_LOAD segment at its physical and its virtual address, with the permissions of its p_flags (a segment that is writable and
 *     executable is refused); p_memsz beyond p_filesz is zero;
 *   - the first 4 GiB, all RAM and a linear screen are mapped one to one, writable and not executable, where no segment is mapped; one
 *     page of MKBOOT_MEMORY_LOADER memory is executable and not writable instead;
 *   - each of these in pages of 4 KiB, 2 MiB and, if the processor has them, 1 GiB: the largest that fit;
 *   - on UEFI: the firmware's boot services have ended, its runtime services have not, and no virtual addresses have been given to them.
 *
 * Addresses of the kernel
 *   - ET_EXEC: p_paddr, which must be RAM below 4 GiB, and p_vaddr.
 *   - ET_DYN (a static PIE): p_paddr means nothing. The segments keep their distances in one block of free RAM below 4 GiB. A kernel that
 *     is linked below 2 GiB moves up by 0xffffffff80000000, so that it lies in the top 2 GiB; one that is linked in the upper half stays.
 *     These are its fixed addresses; the block then is the lowest free one from 2 MiB on. With random addresses, which is the default,
 *     the kernel moves up further by a random multiple of 2 MiB, as long as it stays inside the 1 GiB that begins at its fixed address
 *     and below the last 2 MiB of all addresses, and its block begins at a random multiple of 2 MiB. The fixed addresses are used if the
 *     entry says `kaslr off`, and if the machine has no source of random numbers (RDSEED or RDRAND), which the loader tells.
 *   - The loader applies the relocations of an ET_DYN kernel: R_X86_64_RELATIVE in DT_RELA, and DT_RELR. All others are refused: a kernel
 *     with undefined symbols, IFUNCs or shared libraries is not started.
 *
 * Requests: struct mkboot_request in a note, below.
 *
 * All addresses in the structures are physical. All structures lie in MKBOOT_MEMORY_LOADER memory, which the kernel may reuse when it
 * has read them. Structures grow: fields are only ever added at the end, `bytes` says how far one goes, and a reader must accept more
 * bytes than it knows. The version changes only if a kernel that was built for the old one could not read the new one.
 */
#pragma once

#include <stdint.h>

/* --- what a kernel asks for ----------------------------------------------------------------------------------------------------------- */

/*
 * A kernel may carry a request in an ELF note (System V ABI, chapter 5): owner "mkboot", type 1, in a PT_NOTE segment; MKBOOT_NOTE()
 * makes one. Without it nothing is required, and what is optional comes as the machine has it.
 */
#define MKBOOT_NOTE_OWNER      "mkboot"
#define MKBOOT_NOTE_REQUEST    1
#define MKBOOT_REQUEST_VERSION 1

/* Bits of `required` and `wanted`. */
#define MKBOOT_REQUEST_TEXT   (1u << 0) /* a screen of text */
#define MKBOOT_REQUEST_LINEAR (1u << 1) /* a screen of pixels; if both are required, either will do */
#define MKBOOT_REQUEST_RANDOM (1u << 2) /* ET_DYN: random addresses; `wanted` changes nothing, they are the default */
#define MKBOOT_REQUEST_CPUS   (1u << 3) /* the list of processors; `wanted` changes nothing, it is given where the firmware has it */

/* A field that is 0, or not there because `bytes` ends before it, leaves the choice to the loader. */
struct mkboot_request {
	uint32_t version;  /* MKBOOT_REQUEST_VERSION; a larger one is read as this one */
	uint32_t bytes;    /* of this structure, at least up to `wanted` */
	uint32_t required; /* without these the kernel is not started; a bit that the loader does not know is one of them */
	uint32_t wanted;   /* what the kernel can use as well; bits that the loader does not know are passed over */
	uint32_t screen_width, screen_height; /* of a linear screen, in pixels, always a wish: the nearest mode is set... */
	uint32_t screen_depth;                /* ...and of several the one of so many bits per pixel */
	uint32_t stack_bytes;                 /* at least */
	uint32_t base_align_mib;              /* ET_DYN: stands for the 2 MiB above; a power of two, 2 to 1024 */
	uint32_t base_window_mib;             /* ET_DYN: stands for the 1 GiB above */
};

struct mkboot_note {
	uint32_t owner_bytes, request_bytes, type;
	char owner[8]; /* "mkboot", and a byte of padding */
	struct mkboot_request request;
};

/*
 * Defines the note; what follows the name are designated initialisers of the request:
 *
 *	MKBOOT_NOTE(note, .required = MKBOOT_REQUEST_LINEAR, .screen_width = 1024, .screen_height = 768);
 *
 * The linker script keeps the section .note.mkboot and puts it into a PT_NOTE segment. (ld without a script does both.)
 */
#define MKBOOT_NOTE(name, ...)                                                                                                             \
	__attribute__((section(".note.mkboot"), used, aligned(4))) static const struct mkboot_note name = {                                \
		sizeof MKBOOT_NOTE_OWNER,                                                                                                  \
		sizeof(struct mkboot_request),                                                                                             \
		MKBOOT_NOTE_REQUEST,                                                                                                       \
		MKBOOT_NOTE_OWNER,                                                                                                         \
		{ .version = MKBOOT_REQUEST_VERSION, .bytes = sizeof(struct mkboot_request), __VA_ARGS__ },                                \
	}

/* --- what it is handed ---------------------------------------------------------------------------------------------------------------- */

#define MKBOOT_HANDOFF_MAGIC   0x31544F4F424B4D00ull /* "\0MKBOOT1" in memory order */
#define MKBOOT_HANDOFF_VERSION 1

/* Types of memory ranges: the E820 numbers (ACPI 6.5, table 15.1), and three of ours, which come in whole pages of 4 KiB. */
#define MKBOOT_MEMORY_RAM            1
#define MKBOOT_MEMORY_RESERVED       2
#define MKBOOT_MEMORY_ACPI           3
#define MKBOOT_MEMORY_NVS            4
#define MKBOOT_MEMORY_BAD            5
#define MKBOOT_MEMORY_PERSISTENT     7
#define MKBOOT_MEMORY_UNACCEPTED     8
#define MKBOOT_MEMORY_PERSISTENT_OLD 12     /* NVDIMMs as older firmware tells them */
#define MKBOOT_MEMORY_KERNEL         0x1000 /* RAM that holds the kernel's segments */
#define MKBOOT_MEMORY_MODULE         0x1001 /* RAM that holds a module */
#define MKBOOT_MEMORY_LOADER         0x1002 /* RAM that holds this structure, page tables, the stack */

struct mkboot_memory_range {
	uint64_t start;
	uint64_t bytes;
	uint32_t type;
	uint32_t reserved;
};

struct mkboot_module {
	uint64_t start; /* 4 KiB-aligned; 0 for an empty module */
	uint64_t bytes;
	uint64_t path;      /* NUL-terminated string */
	uint64_t arguments; /* NUL-terminated string */
};

#define MKBOOT_SCREEN_NONE   0
#define MKBOOT_SCREEN_TEXT   1 /* cells of character and attribute */
#define MKBOOT_SCREEN_LINEAR 2 /* pixels */

struct mkboot_screen {
	uint32_t kind;
	uint32_t bits_per_pixel; /* of a cell in text mode: 16 */
	uint64_t start;
	uint32_t pitch_bytes;
	uint32_t width, height; /* pixels, or cells */
	uint8_t red_position, red_bits, green_position, green_bits, blue_position, blue_bits, reserved[6];
};

#define MKBOOT_CPU_ENABLED        (1u << 0) /* ready for use; otherwise it may be added while the system runs */
#define MKBOOT_CPU_ONLINE_CAPABLE (1u << 1) /* as ACPI 6.3 and later say it */
#define MKBOOT_CPU_BOOT           (1u << 2) /* the one that runs the kernel's entry; the others wait for INIT and SIPI */

/* A processor of ACPI's MADT: a local APIC or x2APIC that is enabled or online capable. */
struct mkboot_cpu {
	uint32_t apic_id;
	uint32_t acpi_uid; /* ACPI processor UID */
	uint32_t flags;    /* MKBOOT_CPU_... */
};

#define MKBOOT_FIRMWARE_BIOS 1
#define MKBOOT_FIRMWARE_UEFI 2

#define MKBOOT_KERNEL_RANDOM (1u << 0) /* kernel_flags: the addresses are random ones */

struct mkboot_handoff {
	uint64_t magic;
	uint32_t version;
	uint32_t bytes;         /* of this structure */
	uint64_t command_line;  /* NUL-terminated string, the entry's options */
	uint64_t loader;        /* NUL-terminated string: name and version of the loader */
	uint64_t memory_ranges; /* struct mkboot_memory_range[memory_range_count], sorted, without overlaps */
	uint32_t memory_range_count;
	uint32_t module_count;
	uint64_t modules; /* struct mkboot_module[module_count], in the order of the entry */
	struct mkboot_screen screen;
	uint64_t rsdp;             /* ACPI root pointer; 0: none */
	uint64_t smbios;           /* SMBIOS entry point; 0: none */
	uint64_t efi_system_table; /* 0 on BIOS */
	uint32_t firmware;         /* MKBOOT_FIRMWARE_... */
	uint32_t boot_drive;       /* BIOS drive number; 0xFFFFFFFF: not known */
	uint32_t boot_partition;   /* number of the boot volume's partition, from 1; 0: none */
	uint32_t reserved;
	uint64_t tsc_at_start;    /* time stamp counter when the loader began */
	uint64_t kernel_physical; /* where the segment with the lowest physical address begins */
	uint64_t kernel_virtual;  /* its virtual address */
	uint64_t page_table_root; /* value of CR3 */

	/*
	 * UEFI: the firmware's own memory map as it was when boot services ended (EFI_MEMORY_DESCRIPTOR; UEFI specification 2.10, section
	 * 7.2.3), for a kernel that wants to call SetVirtualAddressMap(). A descriptor may be larger than the structure of the
	 * specification: step by efi_descriptor_bytes. memory_ranges says the same for a kernel that only wants memory. All 0 on BIOS.
	 */
	uint64_t efi_memory_map;
	uint64_t efi_memory_map_bytes;
	uint32_t efi_descriptor_bytes;
	uint32_t efi_descriptor_version;

	uint64_t kernel_offset; /* ET_DYN: virtual addresses minus those of the file, modulo 2^64; ET_EXEC: 0 */
	uint32_t kernel_flags;  /* MKBOOT_KERNEL_... */
	uint32_t cpu_count;     /* 0: the firmware has no such list, or a damaged one */
	uint64_t cpus;          /* struct mkboot_cpu[cpu_count], in the order of the MADT, each APIC id once */
};
