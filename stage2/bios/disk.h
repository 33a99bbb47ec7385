/* SPDX-License-Identifier: MIT */
/* Disks behind INT 13h. */
#pragma once

#include "core/block/block.h"

#include <stdbool.h>

struct bios_disk {
	struct block_device device;
	uint8_t drive;
	bool extended;                     /* INT 13h AH=42h is there, or is said to be; else reads go by cylinder, head, sector */
	bool proven;                       /* a read by AH=42h has worked: when one fails it is the disk */
	bool prefers_chs;                  /* no read by AH=42h has worked, but one by AH=02h, which is taken as far as it reaches */
	unsigned failures;                 /* reads by AH=42h that have failed while none has worked */
	bool geometry_known;               /* AH=08h was asked, if it is only for the next two */
	uint32_t heads, sectors_per_track; /* 0: the firmware does not say */
	char name[16];
};

/*
 * Chooses the buffer that all reads go through: the usual place if low memory reaches as far, else the larger piece of what is left of it
 * and what is free behind stage 2. `low_end`: end of the memory that the firmware leaves; `stage2_end`: of the loader's image, with bss.
 * There are 4 KiB at least (start.S).
 */
void bios_disk_place_buffer(uint32_t low_end, uint32_t stage2_end);

/* Asks the firmware for the drive's size, and for its geometry if that is needed. ERR_IO if there is no such drive. */
MUST_CHECK enum status bios_disk_open(struct bios_disk *disk, uint8_t drive, struct err *err);

/* The same for a hard disk by its number in the firmware's list, from 0. ERR_NOT_FOUND if the list is shorter: nothing is asked then. */
MUST_CHECK enum status bios_hard_disk_open(struct bios_disk *disk, unsigned number, struct err *err);
