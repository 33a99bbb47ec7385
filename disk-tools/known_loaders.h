/* SPDX-License-Identifier: MIT */
/* Loaders of others, by marks that their makers keep: texts of their boot sectors, .sbat and texts of their programs. */
#pragma once

#include "core/base/span.h"
#include "disk-tools/efi_loader.h"

/* Where a boot sector goes on. */
enum boot_sector_chain {
	CHAIN_NONE,       /* it knows its next stage itself, or there is none */
	CHAIN_ACTIVE,     /* at the boot sector of the active partition of the MBR */
	CHAIN_GPT_LEGACY, /* at that of the GPT partition with the attribute "legacy BIOS bootable" */
};

struct boot_sector {
	const char *name; /* "GRUB"; NULL: nothing that boots */
	const char *why;  /* without a name: why not */
	enum boot_sector_chain chain;
};

/* The code in `sector`, which has 512 bytes. Code that nobody here knows is "a foreign boot sector". */
struct boot_sector boot_sector_identify(struct span sector);

/*
 * The name of a program that the firmware would start, "an unknown EFI program" if nobody here knows it. It reads what it needs of the
 * file: the first 16 MiB at most.
 */
MUST_CHECK enum status efi_program_identify(const struct efi_loader *program, const char **name, struct err *err);
