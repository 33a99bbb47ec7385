/* SPDX-License-Identifier: MIT */
/* `mkboot inspect`: everything that was found on an image, and its two ways onto paper. */
#pragma once

#include "disk-tools/efi_loader.h"
#include "disk-tools/entries.h"
#include "disk-tools/host_disk.h"
#include "disk-tools/stage2_copy.h"
#include "disk-tools/verdict.h"

enum { COPIES = 2 };

struct inspection {
	struct host_disk disk;
	struct model model[MODELS];
	uint8_t first_sector[MBR_BYTES];
	bool has_first_sector; /* it could be read */
	struct partition_table table;
	struct gpt_copies gpt; /* with TABLE_GPT */
	enum stage1_state stage1;
	uint64_t copy_lba[COPIES];
	struct stage2_copy copy[COPIES];
	struct boot_disk boot_disk; /* volume_count 0: none could be mounted */
	struct efi_loader efi;
	unsigned efi_partition; /* the partition that it is on; 0: the whole disk */
	const char *efi_name;   /* of somebody else's program */
	void *efi_memory;       /* where `efi` and its volume live */
	struct configuration configuration;
	unsigned startable[MODELS]; /* entries that have a plan */
	struct findings findings;
	struct verdict verdict[MODELS]; /* as model_order[] */
};

/* Notices on the partition table, with the command that mends it: inspect_table.c. */
void inspect_table(struct inspection *inspection);

/*
 * The program that UEFI firmware would start from the disk, on whatever volume: fills in `efi` and what belongs to it. Where there is none,
 * *verdict says why; where there is one, it is left alone: inspect_uefi.c.
 */
enum exit_code inspect_uefi(struct inspection *inspection, struct verdict *verdict);

/* What a BIOS would start where the boot sector is not mkboot's: inspect_bios.c. */
struct verdict judge_boot_sector(struct inspection *inspection);

enum exit_code inspection_print(const struct inspection *inspection);
enum exit_code inspection_print_json(const struct inspection *inspection);
