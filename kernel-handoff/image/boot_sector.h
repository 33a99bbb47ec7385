/* SPDX-License-Identifier: MIT */
/* Boot sectors: the signature, and the BIOS parameter block (BPB) of FAT and NTFS volumes (Microsoft FAT specification 1.03). */
#pragma once

#include "core/base/span.h"

enum { BOOT_SECTOR_BYTES = 512, BOOT_SECTOR_SIGNATURE_AT = 510, BOOT_SECTOR_SIGNATURE = 0xAA55 };

/* Where the fields are that depend on the place of the volume, not on its content. */
struct bpb {
	unsigned hidden_sectors_at; /* u32: blocks in front of the volume, from the start of the disk */
	unsigned drive_at;          /* u8: number for INT 13h */
};

/*
 * True if the sector begins as that of a FAT or NTFS volume with blocks of 512 bytes. Code that only happens to look like one field or
 * two is none: all of them have to make sense.
 */
bool boot_sector_bpb(struct span sector, struct bpb *bpb);
