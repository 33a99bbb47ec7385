/* SPDX-License-Identifier: MIT */
/*
 * PE32+ images for x86-64 firmware (UEFI specification 2.10, section 2.1.1; Microsoft PE format). Only the headers are read: the firmware
 * itself loads an image.
 */
#pragma once

#include "core/base/file.h"
#include "kernel-handoff/image/departures.h"

#include <stdbool.h>
#include <stdint.h>

enum { PE_SECTIONS_MAX = 96, PE_SECTION_NAME_BYTES = 8 };
enum { PE_SUBSYSTEM_EFI_APPLICATION = 10, PE_SUBSYSTEM_EFI_BOOT_DRIVER = 11, PE_SUBSYSTEM_EFI_RUNTIME_DRIVER = 12 };
enum { PE_DLL_NX_COMPATIBLE = 0x100 }; /* of dll_characteristics: runs with data that is not executable and code that is not writable */

/* A program of the firmware's own processor type and word size. Checked: all of its headers, and the bytes of its sections, are there. */
struct pe {
	struct file *file;
	unsigned departures; /* DEPARTS_PE_... */
	uint16_t subsystem, dll_characteristics;
	uint16_t major_image_version, minor_image_version; /* Linux: features of the EFI stub; 0.0 before 5.8 */
	uint32_t entry;                                    /* offset in the loaded image */
	uint32_t image_bytes, header_bytes, section_align;
	uint32_t optional_bytes, directories; /* of the optional header: its length and its count of data directories, as stated */
	uint32_t signature_bytes;             /* of the table of certificates; 0: not signed */
	uint64_t sections_offset;             /* of the section table in the file */
	unsigned section_count;
};

struct pe_section {
	char name[PE_SECTION_NAME_BYTES + 1];
	uint32_t virtual_bytes, virtual_address, file_bytes, file_offset, flags;
};

/*
 * Reads the headers. ERR_NOT_FOUND: not a PE image; ERR_UNSUPPORTED: for another processor; ERR_CORRUPT: cut off, or with headers that
 * cannot be; ERR_IO.
 */
MUST_CHECK enum status pe_open(struct file *file, struct pe *pe, struct err *err);

/* Reads one section header (index < section_count). */
MUST_CHECK enum status pe_section_read(const struct pe *pe, unsigned index, struct pe_section *section, struct err *err);

/* ERR_NOT_FOUND if there is no section of this name. */
MUST_CHECK enum status pe_section_find(const struct pe *pe, const char *name, struct pe_section *section, struct err *err);
