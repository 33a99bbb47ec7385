/* SPDX-License-Identifier: MIT */
/* `mkboot inspect`: everything that was found on an image, and its two ways onto paper. */
#pragma once

#include "disk-tools/efi_loader.h"
#include "disk-tools/entries.h"
#include "disk-tools/host_disk.h"
#include "disk-tools/stage2_copy.h"

enum { COPIES = 2 };

struct inspection {
	struct host_disk disk;
	struct model model[MODELS];
	struct partition_table table;
	enum stage1_state stage1;
	uint64_t copy_lba[COPIES];
	struct stage2_copy copy[COPIES];
	struct boot_disk boot_disk; /* volume_count 0: none could be mounted */
	struct efi_loader efi;
	unsigned efi_volume; /* the volume that it is on */
	struct configuration configuration;
	unsigned startable[MODELS]; /* entries that have a plan */
	struct findings findings;
	bool boots[MODELS]; /* everything that one way to a kernel needs is sound */
};

enum exit_code inspection_print(const struct inspection *inspection);
enum exit_code inspection_print_json(const struct inspection *inspection);
