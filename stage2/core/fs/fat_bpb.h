/* SPDX-License-Identifier: MIT */
/* What a FAT boot sector says (section "Boot Sector and BPB"): read here, judged by whoever asks. */
#pragma once

#include "core/base/span.h"

enum {
	FAT_LABEL_BYTES = 11,
	FAT12_CLUSTERS_END = 4085, /* a volume with fewer clusters is FAT12 */
	FAT16_CLUSTERS_END = 65525,
};

struct fat_bpb {
	uint16_t sector_bytes, reserved_sectors, root_entries, flags, version;
	uint8_t cluster_sectors, copies, media;
	uint32_t total_sectors, table_sectors, root_cluster;
	bool is_32; /* laid out as FAT32 */
	bool has_serial, has_label;
	uint32_t serial;
	uint8_t label[FAT_LABEL_BYTES];
};

/*
 * Of a sector with at least 512 bytes; fields that are not there are zero. A size of 0 in a field of FAT12/16 gives way to the larger
 * field.
 */
struct fat_bpb fat_bpb_read(struct span sector);
