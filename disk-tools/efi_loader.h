/* SPDX-License-Identifier: MIT */
/* The loader's part for UEFI, /EFI/BOOT/BOOTX64.EFI: as mkboot carries it, and as it is found on a volume. */
#pragma once

#include "core/fs/fs.h"
#include "kernel-handoff/image/pe.h"

#include <stdbool.h>

struct arena;

#define EFI_LOADER_PATH "EFI/BOOT/BOOTX64.EFI"

/* As built: not signed. */
struct span efi_loader_image(void);

enum efi_loader_state {
	EFI_LOADER_ABSENT,
	EFI_LOADER_DAMAGED,
	EFI_LOADER_FOREIGN, /* somebody else's program */
	EFI_LOADER_OTHER,   /* mkboot's by its .sbat, but not of this version */
	EFI_LOADER_CHANGED, /* of this version by its .sbat, but with other bytes */
	EFI_LOADER_OURS,    /* signed or not */
};

enum { EFI_LOADER_VERSION_BYTES = 32 };

struct efi_loader {
	enum efi_loader_state state;
	uint64_t bytes;
	struct pe pe;               /* not for EFI_LOADER_ABSENT and EFI_LOADER_DAMAGED, as all that follows */
	struct pe_section *section; /* pe.section_count of them */
	const char *sbat;           /* the text of its section .sbat; "" without one */
	char version[EFI_LOADER_VERSION_BYTES];
};

/*
 * Reads and examines a program; what it says of it lives in `arena`. A damaged file, or one that the firmware would not start, is
 * EFI_LOADER_DAMAGED and OK, with the reason in *damage.
 */
MUST_CHECK enum status efi_loader_inspect(struct file *file, struct arena *arena, struct efi_loader *loader, struct err *damage,
					  struct err *err);

/* The same with the file of a volume; a missing one is EFI_LOADER_ABSENT and OK. */
MUST_CHECK enum status efi_loader_find(struct fs *fs, struct arena *arena, struct efi_loader *loader, struct err *damage, struct err *err);

/*
 * Two sections of a program that share memory: the one that is loaded later overwrites the other one, without a word from the firmware.
 * False if there are none; their indices otherwise.
 */
bool pe_sections_overlap(const struct pe_section *section, unsigned count, unsigned *first, unsigned *second);

const char *efi_loader_state_name(enum efi_loader_state state);

/* "rw-", by a section's flags. */
const char *pe_section_access(const struct pe_section *section);
