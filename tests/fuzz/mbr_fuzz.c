/* SPDX-License-Identifier: MIT */
/* Any sectors as a disk with an MBR and extended boot records: all partitions are on the disk, and there are not too many. */
#include "fuzz_disk.h"

#include "core/base/arena.h"
#include "core/block/partition.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t working[64 * 1024];
	struct fuzz_disk disk;
	struct arena arena;
	struct partition_table table;
	struct err err;

	fuzz_disk_init(&disk, data, bytes, 1 << 20, 512, true);
	arena_init(&arena, working, sizeof(working));

	enum status status = partition_table_read(&disk.device, &arena, &table, &err);

	fuzz_check(status, &err);
	if (status != OK)
		return 0;
	if (table.count > PARTITIONS_MAX)
		abort();
	for (unsigned i = 0; i < table.count; i++) {
		const struct partition *partition = &table.partition[i];

		if (partition->number == 0 || partition->blocks == 0 || partition->blocks > disk.device.blocks ||
		    partition->first_lba > disk.device.blocks - partition->blocks)
			abort();
	}
	return 0;
}
