/* SPDX-License-Identifier: MIT */
/* INT 13h for the firmware of support_bios.h: one disk, and the faults of real ones. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/span.h"
#include "stage2/bios/disk.h"
#include "support_bios.h"

enum { DISK_BIOS_DRIVE = 0x80, DISK_BIOS_HEADS = 16, DISK_BIOS_TRACK = 63 };
enum { DISK_BIOS_SECTORS = DISK_BIOS_TRACK * DISK_BIOS_HEADS * 20 };

/* What AH=42h does. */
enum extended_read {
	EXTENDED_READS,
	EXTENDED_FAILS,    /* CF set, AH = status */
	EXTENDED_PRETENDS, /* nothing was read, and CF is clear */
	EXTENDED_SHORT,    /* `most` blocks at most, and the number is written into the packet */
	EXTENDED_SILENT,   /* `most` blocks at most, and nobody is told */
};

struct disk_bios {
	bool extensions, size_unknown, garbage_block_bytes, carry_without_status;
	bool geometry_missing, geometry_saturated; /* AH=08h fails; says that all 1024 cylinders are there */
	enum extended_read extended_read;
	unsigned extended_works_after; /* so many resets, EXTENDED_FAILS ends */
	uint8_t status;
	uint32_t most;
	bool chs_fails; /* CF set, AH = 0 */
	uint32_t block_bytes;
	unsigned longest_read, resets, geometry_calls, chs_calls, extended_calls;
	uint32_t lowest, highest; /* where it has written */
	uint64_t bad_lba;         /* UINT64_MAX: none */
	bool bad_by_extended_only;
};

extern struct disk_bios disk_bios;

/* A set-up of cmocka: a good firmware with extensions and sectors of 512 bytes, and the loader's usual buffer. */
int disk_bios_reset(void **state);

/* Opens the disk, which has to have DISK_BIOS_SECTORS. */
struct bios_disk disk_bios_open(void);

/* Reads, and compares with what is on the disk. */
void disk_bios_check_read(struct block_device *device, uint64_t lba, uint32_t count);
