/* SPDX-License-Identifier: MIT */
/*
 * mkboot's own hand-off, version 1: what a 64-bit ELF kernel finds at its entry (entry key `elf`).
 *
 * Entry state
 *   - long mode, paging on, CR0.WP and EFER.NXE set, interrupts off, direction flag clear;
 *   - RDI = physical (= identity-mapped) address of struct mkboot_handoff; RSI, RDX, RCX, RAX, RBX, RBP = 0;
 *   - RSP = top of a stack of at least 16 KiB, RSP + 8 a multiple of 16 as after a call (System V ABI 3.2.2), return address 0;
 *   - CS, SS, DS, ES, FS, GS flat segments of a valid GDT (in MKBOOT_MEMORY_LOADER memory); no usable IDT, no TSS;
 *   - every PT_LOAD segment at the physical address of its p_paddr and the virtual address of its p_vaddr, with the permissions of its
 *     p_flags (a segment that is writable and executable is refused); p_memsz beyond p_filesz is zero;
 *   - the first 4 GiB, all RAM and a linear screen are mapped one to one, writable and not executable, where no segment is mapped;
 *   - on UEFI: the firmware's boot services have ended, its runtime services have not, and no virtual addresses have been given to them.
 *
 * All addresses in the structures are physical. All structures lie in MKBOOT_MEMORY_LOADER memory, which the kernel may reuse when it
 * has read them. A reader must accept a `bytes` larger than it knows: fields are only ever added at the end.
 */
#pragma once

#include <stdint.h>

#define MKBOOT_HANDOFF_MAGIC   0x31544F4F424B4D00ull /* "\0MKBOOT1" in memory order */
#define MKBOOT_HANDOFF_VERSION 1

/* Types of memory ranges: the E820 numbers (ACPI 6.5, table 15.1), and three of ours, which come in whole pages of 4 KiB. */
#define MKBOOT_MEMORY_RAM      1
#define MKBOOT_MEMORY_RESERVED 2
#define MKBOOT_MEMORY_ACPI     3
#define MKBOOT_MEMORY_NVS      4
#define MKBOOT_MEMORY_BAD      5
#define MKBOOT_MEMORY_KERNEL   0x1000 /* RAM that holds the kernel's segments */
#define MKBOOT_MEMORY_MODULE   0x1001 /* RAM that holds a module */
#define MKBOOT_MEMORY_LOADER   0x1002 /* RAM that holds this structure, page tables, the stack */

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

#define MKBOOT_FIRMWARE_BIOS 1
#define MKBOOT_FIRMWARE_UEFI 2

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
	uint64_t kernel_physical; /* lowest p_paddr */
	uint64_t kernel_virtual;  /* its p_vaddr */
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
};
