/* SPDX-License-Identifier: MIT */
/* Block devices: ranges, partition windows, retries, the cache. */
#include "support_block.h"

#include "core/base/arena.h"
#include "core/hash/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { DISK_BLOCKS = 1000 };

static uint8_t buffer[DISK_BLOCKS * 4096];

static void make_disk(struct test_disk *disk, uint32_t block_bytes)
{
	test_disk_init(disk, (uint64_t)DISK_BLOCKS * block_bytes, block_bytes);
	srand(1);
	for (uint64_t i = 0; i < disk->bytes; i++)
		disk->data[i] = (uint8_t)rand();
}

static void assert_blocks(const struct test_disk *disk, uint64_t lba, uint32_t count)
{
	assert_memory_equal(buffer, disk->data + lba * disk->device.block_bytes, (size_t)count * disk->device.block_bytes);
}

static void reads_stay_on_the_device(void **state)
{
	static const struct {
		uint64_t lba;
		uint32_t count;
		bool ok;
	} cases[] = {
		{ 0, 1, true },
		{ 0, DISK_BLOCKS, true },
		{ 999, 1, true },
		{ 1000, 0, true },
		{ 0, DISK_BLOCKS + 1, false },
		{ 999, 2, false },
		{ 1000, 1, false },
		{ 1001, 0, false },
		{ UINT64_MAX, 1, false },
		{ UINT64_MAX - 1, UINT32_MAX, false },
		{ 0, UINT32_MAX, false },
	};
	struct test_disk disk;
	struct err err;

	(void)state;
	make_disk(&disk, 512);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum status status = block_read(&disk.device, cases[i].lba, cases[i].count, buffer, &err);

		assert_status(cases[i].ok ? OK : ERR_CORRUPT, status, &err);
		if (cases[i].ok)
			assert_blocks(&disk, cases[i].lba, cases[i].count);
	}
	assert_int_equal(disk.reads, 3); /* an empty read does not reach the disk */
	test_disk_free(&disk);
}

static void a_partition_is_a_window(void **state)
{
	struct test_disk disk;
	struct block_partition partition;
	struct err err;

	(void)state;
	make_disk(&disk, 512);
	assert_ok(block_partition_init(&partition, &disk.device, 100, 50, "partition 1", &err), &err);
	assert_int_equal(partition.device.blocks, 50);
	assert_int_equal(partition.device.block_bytes, 512);
	assert_ok(block_read(&partition.device, 7, 43, buffer, &err), &err);
	assert_blocks(&disk, 107, 43);
	assert_status(ERR_CORRUPT, block_read(&partition.device, 7, 44, buffer, &err), &err);
	assert_trail(&err, "partition 1");
	disk.bad_lba = 120;
	assert_status(ERR_IO, block_read(&partition.device, 0, 50, buffer, &err), &err);
	assert_trail(&err, "partition 1");
	partition.device.ops->reset(&partition.device);
	assert_int_equal(disk.resets, 1);

	assert_ok(block_partition_init(&partition, &disk.device, 0, DISK_BLOCKS, "all", &err), &err);
	assert_ok(block_partition_init(&partition, &disk.device, DISK_BLOCKS, 0, "none", &err), &err);
	assert_status(ERR_CORRUPT, block_partition_init(&partition, &disk.device, 999, 2, "long", &err), &err);
	assert_trail(&err, "long");
	assert_status(ERR_CORRUPT, block_partition_init(&partition, &disk.device, 1001, 0, "far", &err), &err);
	assert_status(ERR_CORRUPT, block_partition_init(&partition, &disk.device, 2, UINT64_MAX, "wrap", &err), &err);
	test_disk_free(&disk);
}

static void one_failure_is_retried(void **state)
{
	struct test_disk disk;
	struct block_retry retry;
	struct err err;

	(void)state;
	make_disk(&disk, 512);
	block_retry_init(&retry, &disk.device);
	for (uint64_t fail_at = 1; fail_at <= 9; fail_at++) {
		disk.reads = 0;
		disk.fail_at = fail_at;
		memset(buffer, 0, sizeof(buffer));
		assert_ok(block_read(&retry.device, 3, 990, buffer, &err), &err);
		assert_blocks(&disk, 3, 990);
	}
	assert_int_equal(disk.resets, 0); /* a long read first falls apart */
	disk.reads = 0;
	disk.fail_at = 1;
	assert_ok(block_read(&retry.device, 3, 100, buffer, &err), &err);
	assert_blocks(&disk, 3, 100);
	assert_int_equal(disk.resets, 1);
	assert_int_equal(disk.reads, 2);
	test_disk_free(&disk);
}

static void a_bad_block_is_named(void **state)
{
	struct test_disk disk;
	struct block_retry retry;
	struct err err;

	(void)state;
	make_disk(&disk, 512);
	block_retry_init(&retry, &disk.device);
	for (int64_t bad = 0; bad < DISK_BLOCKS; bad += 37) {
		disk.bad_lba = bad;
		disk.reads = 0;
		assert_status(ERR_IO, block_read(&retry.device, 0, DISK_BLOCKS, buffer, &err), &err);
		assert_int_equal(err.frame[0].a, bad);
		assert_int_equal(err.frame[0].b, 1);
		assert_hint(&err, "smartctl");
		assert_true(disk.reads < 100);
		assert_blocks(&disk, 0, (uint32_t)bad); /* all before it was read */
	}
	/* What is wrong with a request is not wrong with the device. */
	disk.resets = 0;
	assert_status(ERR_CORRUPT, block_read(&retry.device, 0, DISK_BLOCKS + 1, buffer, &err), &err);
	assert_int_equal(disk.resets, 0);
	test_disk_free(&disk);
}

static void firmware_that_fails_long_reads(void **state)
{
	struct test_disk disk;
	struct block_retry retry;
	struct err err;

	(void)state;
	make_disk(&disk, 512);
	block_retry_init(&retry, &disk.device);
	for (disk.count_max = 1; disk.count_max <= 200; disk.count_max *= 3) {
		memset(buffer, 0, sizeof(buffer));
		assert_ok(block_read(&retry.device, 0, DISK_BLOCKS, buffer, &err), &err);
		assert_blocks(&disk, 0, DISK_BLOCKS);
	}
	test_disk_free(&disk);
}

static void make_cached_disk(struct test_disk *disk, uint32_t block_bytes, struct block_cache *cache)
{
	static uint8_t arena_bytes[64 * 1024];
	struct arena arena;
	struct err err;

	make_disk(disk, block_bytes);
	arena_init(&arena, arena_bytes, sizeof(arena_bytes));
	assert_ok(block_cache_init(cache, &disk->device, &arena, &err), &err);
}

static void the_cache_gives_the_same_bytes(void **state)
{
	(void)state;
	for (uint32_t block_bytes = 512; block_bytes <= 4096; block_bytes *= 2) {
		struct test_disk disk;
		struct block_cache cache;
		struct err err;

		make_cached_disk(&disk, block_bytes, &cache);
		for (unsigned i = 0; i < 3000; i++) {
			uint64_t lba = (uint64_t)(rand() % DISK_BLOCKS);
			uint32_t count = 1 + (uint32_t)rand() % 12;

			if (count > DISK_BLOCKS - lba)
				count = (uint32_t)(DISK_BLOCKS - lba);
			assert_ok(block_read(&cache.device, lba, count, buffer, &err), &err);
			assert_blocks(&disk, lba, count);
		}
		test_disk_free(&disk);
	}
}

static void the_cache_saves_reads(void **state)
{
	struct test_disk disk;
	struct block_cache cache;
	struct err err;

	(void)state;
	make_cached_disk(&disk, 512, &cache);
	for (unsigned lba = 0; lba < 64; lba++)
		assert_ok(block_read(&cache.device, lba, 1, buffer, &err), &err);
	assert_int_equal(disk.reads, 8);
	for (unsigned lba = 0; lba < 64; lba++)
		assert_ok(block_read(&cache.device, lba, 1, buffer, &err), &err);
	assert_int_equal(disk.reads, 8); /* all eight lines are held */
	assert_ok(block_read(&cache.device, 8, 1, buffer, &err), &err);
	assert_ok(block_read(&cache.device, 64, 1, buffer, &err), &err); /* puts line 0 out, which was not used for the longest time */
	assert_int_equal(disk.reads, 9);
	assert_ok(block_read(&cache.device, 8, 1, buffer, &err), &err);
	assert_int_equal(disk.reads, 9);
	assert_ok(block_read(&cache.device, 0, 1, buffer, &err), &err);
	assert_int_equal(disk.reads, 10);
	assert_ok(block_read(&cache.device, 100, 500, buffer, &err), &err); /* long reads are one read, and push nothing out */
	assert_int_equal(disk.reads, 11);
	assert_ok(block_read(&cache.device, 8, 1, buffer, &err), &err);
	assert_int_equal(disk.reads, 11);
	test_disk_free(&disk);
}

static void the_cache_keeps_no_failed_line(void **state)
{
	static uint8_t too_few[100];
	struct test_disk disk;
	struct block_cache cache;
	struct arena arena;
	struct err err;

	(void)state;
	make_cached_disk(&disk, 512, &cache);
	disk.bad_lba = 20;
	assert_ok(block_read(&cache.device, 19, 1, buffer, &err), &err); /* the neighbour of a bad block can be read */
	assert_blocks(&disk, 19, 1);
	assert_status(ERR_IO, block_read(&cache.device, 20, 1, buffer, &err), &err);
	assert_status(ERR_IO, block_read(&cache.device, 12, 12, buffer, &err), &err);
	disk.bad_lba = NO_LBA;
	assert_ok(block_read(&cache.device, 20, 1, buffer, &err), &err);
	assert_blocks(&disk, 20, 1);

	/* The line that gave way for a failed one is gone. */
	for (unsigned lba = 0; lba < 64; lba += 8)
		assert_ok(block_read(&cache.device, lba, 1, buffer, &err), &err);
	disk.bad_lba = 64;
	assert_status(ERR_IO, block_read(&cache.device, 64, 1, buffer, &err), &err);
	assert_ok(block_read(&cache.device, 0, 1, buffer, &err), &err);
	assert_blocks(&disk, 0, 1);

	arena_init(&arena, too_few, sizeof(too_few));
	assert_status(ERR_NO_MEMORY, block_cache_init(&cache, &disk.device, &arena, &err), &err);
	test_disk_free(&disk);
}

static void crc32_is_that_of_zlib(void **state)
{
	(void)state;
	assert_int_equal(crc32_update(0, "123456789", 9), 0xCBF43926);
	for (size_t i = 0; i < 70000; i++)
		buffer[i] = (uint8_t)rand();
	for (size_t bytes = 0; bytes < 70000; bytes += 1 + bytes / 3) {
		uint32_t expected = (uint32_t)crc32(0, buffer, (unsigned)bytes);

		assert_int_equal(crc32_update(0, buffer, bytes), expected);
		assert_int_equal(crc32_update(crc32_update(0, buffer, bytes / 3), buffer + bytes / 3, bytes - bytes / 3), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_stay_on_the_device),       cmocka_unit_test(a_partition_is_a_window),
		cmocka_unit_test(one_failure_is_retried),         cmocka_unit_test(a_bad_block_is_named),
		cmocka_unit_test(firmware_that_fails_long_reads), cmocka_unit_test(the_cache_gives_the_same_bytes),
		cmocka_unit_test(the_cache_saves_reads),          cmocka_unit_test(the_cache_keeps_no_failed_line),
		cmocka_unit_test(crc32_is_that_of_zlib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
