/* SPDX-License-Identifier: MIT */
/*
 * What makes one image different from all others: GUIDs, serial numbers and the time of its files. Random and now, or, when
 * SOURCE_DATE_EPOCH is set, derived from it and from the content, so that the same input gives the same bytes.
 */
#pragma once

#include "core/block/partition.h" // GUID_TEXT_BYTES
#include "disk-tools/content.h"

struct identity {
	int64_t time; /* seconds since 1970 */
	char disk_guid[GUID_TEXT_BYTES], bios_boot_guid[GUID_TEXT_BYTES], boot_guid[GUID_TEXT_BYTES];
	uint32_t disk_signature, fat_serial; /* never 0 */
};

/* EXIT_USAGE if SOURCE_DATE_EPOCH is not a time that FAT can hold (1980 to 2107). */
enum exit_code identity_make(const struct content *content, struct identity *identity);
