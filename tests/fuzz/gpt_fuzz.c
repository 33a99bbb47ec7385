/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the GPT header (the first 92 of the input) and the entry array (the rest) of a disk. The protective MBR and, unless the last
 * byte of the input is odd, the checksums are made right, so that the fuzzer gets past them.
 */
#include "fuzz_disk.h"

#include "core/base/arena.h"
#include "core/base/span.h"
#include "core/block/partition.h"
#include "core/hash/crc32.h"

#include <stdlib.h>
#include <string.h>

enum { DISK_BLOCKS = 512, HEADER_BYTES = 92, ARRAY_OFFSET = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void sign(uint8_t *image, size_t bytes)
{
	uint8_t *header = image + 512;
	uint64_t array_bytes = (uint64_t)get_le32(header + 80) * get_le32(header + 84);

	if (array_bytes <= bytes - ARRAY_OFFSET)
		put_le32(header + 88, crc32_update(0, image + ARRAY_OFFSET, array_bytes));
	put_le32(header + 16, 0);
	put_le32(header + 16, crc32_update(0, header, HEADER_BYTES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t working[64 * 1024], image[DISK_BLOCKS * 512];
	struct fuzz_disk disk;
	struct arena arena;
	struct partition_table table;
	struct err err;

	if (bytes < HEADER_BYTES || bytes - HEADER_BYTES > sizeof(image) - ARRAY_OFFSET)
		return 0;
	memset(image, 0, sizeof(image));
	image[446 + 4] = 0xEE;
	put_le32(image + 446 + 8, 1);
	put_le32(image + 446 + 12, DISK_BLOCKS - 1);
	put_le16(image + 510, 0xAA55);
	memcpy(image + 512, data, HEADER_BYTES);
	memcpy(image + ARRAY_OFFSET, data + HEADER_BYTES, bytes - HEADER_BYTES);
	if ((data[bytes - 1] & 1) == 0)
		sign(image, sizeof(image));
	fuzz_disk_init(&disk, image, sizeof(image), DISK_BLOCKS, 512, false);
	arena_init(&arena, working, sizeof(working));

	enum status status = partition_table_read(&disk.device, &arena, &table, &err);

	fuzz_check(status, &err);
	if (status != OK)
		return 0;
	if (table.count > PARTITIONS_MAX || table.kind != TABLE_GPT)
		abort();
	for (unsigned i = 0; i < table.count; i++) {
		const struct partition *partition = &table.partition[i];

		if (partition->number == 0 || partition->first_lba == 0 || partition->blocks == 0 || partition->blocks > DISK_BLOCKS ||
		    partition->first_lba > DISK_BLOCKS - partition->blocks || memchr(partition->name, 0, sizeof(partition->name)) == NULL)
			abort();
	}
	return 0;
}
