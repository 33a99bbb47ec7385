/* SPDX-License-Identifier: MIT */
/* Reads the partition table of a test disk, into the same place each time. */
#include "support_partition.h"

#include <string.h>

struct partition_table table;
struct arena table_arena;
struct err table_err;

enum status table_read(struct test_disk *disk)
{
	static uint8_t bytes[256 * 1024];

	arena_init(&table_arena, bytes, sizeof(bytes));
	memset(&table, 0, sizeof(table));
	return partition_table_read(&disk->device, &table_arena, &table, &table_err);
}
