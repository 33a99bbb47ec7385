/* SPDX-License-Identifier: MIT */
/*
 * The loader's parts as mkboot carries them, writes them and finds them again: boot sector and copies of stage 2 (bios-stage1/layout.h).
 */
#pragma once

#include "bios-stage1/layout.h"
#include "core/base/span.h"
#include "disk-tools/report.h"

/* As built: no LBAs, no sums. */
struct span stage1_code(void);
struct span stage2_image(void);

/* Writes the boot code with the two LBAs into the first sector of the image; disk signature and partition table stay. */
enum exit_code stage1_write(int fd, const char *path, uint64_t copy_a_lba, uint64_t copy_b_lba);

/* Marks the protective entry of a GPT disk as active, for firmware that starts no other disk. */
enum exit_code stage1_mark_active(int fd, const char *path);

/* Writes a complete copy with its sequence and sums. */
enum exit_code stage2_copy_write(int fd, const char *path, uint64_t lba, uint32_t sequence);

enum stage1_state {
	STAGE1_ABSENT, /* somebody else's boot code, or none */
	STAGE1_OTHER,  /* mkboot's by its own mark, but not of this version */
	STAGE1_OURS,
};

/* What the first sector holds; the LBAs are written for mkboot's sectors only. */
enum stage1_state stage1_inspect(struct span sector, uint64_t *copy_a_lba, uint64_t *copy_b_lba);

enum stage2_state { STAGE2_ABSENT, STAGE2_DAMAGED, STAGE2_GOOD };

struct stage2_copy {
	enum stage2_state state;
	const char *damage; /* what is wrong, for STAGE2_DAMAGED */
	uint32_t length, crc, sequence;
	char version[STAGE2_VERSION_BYTES + 1];
};

/* What `bytes`, read from the place of a copy (its longest form, or up to the end of the disk), holds. */
struct stage2_copy stage2_copy_inspect(struct span bytes);

const char *stage1_state_name(enum stage1_state state);
const char *stage2_state_name(enum stage2_state state);
