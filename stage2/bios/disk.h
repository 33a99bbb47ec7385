/* SPDX-License-Identifier: MIT */
/* Disks behind INT 13h. */
#pragma once

#include "core/block/block.h"

#include <stdbool.h>

struct bios_disk {
	struct block_device device;
	uint8_t drive;
	bool extended; /* reads by INT 13h AH=42h; else by cylinder, head, sector */
	bool proven;   /* a read by AH=42h has worked, so "no such function" is not the reason when one fails */
	uint32_t heads, sectors_per_track;
	char name[16];
};

/* Asks the firmware for the drive's size and geometry. ERR_IO if there is no such drive. */
MUST_CHECK enum status bios_disk_open(struct bios_disk *disk, uint8_t drive, struct err *err);

/* The same for a hard disk by its number in the firmware's list, from 0. ERR_NOT_FOUND if the list is shorter: nothing is asked then. */
MUST_CHECK enum status bios_hard_disk_open(struct bios_disk *disk, unsigned number, struct err *err);
