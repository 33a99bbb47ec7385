/* SPDX-License-Identifier: MIT */
/* Unpacked data as a file: the right bytes in any order of reads, bounded work, damage and faults reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/pack/unpack.h"
#include "support_block.h" // assert_ok, assert_status, assert_trail

enum { PLAIN_BYTES = 300001, ARENA_BYTES = 256 * 1024, READS = 200, READ_MAX = 20000 };

static uint8_t plain[PLAIN_BYTES], packed[PLAIN_BYTES + 4096], part[PLAIN_BYTES], arena_bytes[ARENA_BYTES];
static size_t packed_bytes;
static struct arena arena;
static struct err err;

/* A file in memory whose `fail_at`-th read fails. */
static struct {
	struct file file;
	size_t bytes;
	unsigned reads, fail_at;
} source;

static enum status source_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *trail)
{
	if (++source.reads == source.fail_at)
		return err_set(trail, ERR_IO, "read failed as told", file->path, 0, 0);
	memcpy(to, packed + offset, bytes);
	return OK;
}

static int make_input(void **state)
{
	z_stream stream = { 0 };

	(void)state;
	srand(7);
	for (size_t i = 0; i < PLAIN_BYTES; i++)
		plain[i] = (uint8_t)(i % 3 == 0 ? (size_t)rand() : i / 531);
	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = plain;
	stream.avail_in = PLAIN_BYTES;
	stream.next_out = packed;
	stream.avail_out = sizeof packed;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed_bytes = sizeof packed - stream.avail_out;
	deflateEnd(&stream);
	return 0;
}

static enum status view(uint64_t bytes, uint64_t work_max, unsigned allocation_fails_at, struct file **unpacked)
{
	static const struct file_ops ops = { .read = source_read };

	source.file = (struct file){ .ops = &ops, .path = "/kernel.gz", .bytes = packed_bytes };
	source.reads = 0;
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	arena.fail_at = allocation_fails_at;
	return unpack_gzip.view(&source.file, bytes, work_max, &arena, NULL, unpacked, &err);
}

static int reset(void **state)
{
	(void)state;
	source.fail_at = 0;
	return 0;
}

static void reads_forwards_and_backwards(void **state)
{
	struct file *unpacked;

	(void)state;
	assert_ok(view(PLAIN_BYTES, UINT64_MAX, 0, &unpacked), &err);
	assert_int_equal(unpacked->bytes, PLAIN_BYTES);
	for (unsigned i = 0; i < READS; i++) {
		uint64_t offset = (uint64_t)rand() % PLAIN_BYTES, bytes = (uint64_t)rand() % READ_MAX;

		if (bytes > PLAIN_BYTES - offset)
			bytes = PLAIN_BYTES - offset;
		assert_ok(file_read(unpacked, offset, bytes, part, &err), &err);
		assert_memory_equal(part, plain + offset, bytes);
	}
	assert_ok(file_read(unpacked, 0, PLAIN_BYTES, part, &err), &err);
	assert_memory_equal(part, plain, PLAIN_BYTES);
	assert_status(ERR_CORRUPT, file_read(unpacked, PLAIN_BYTES, 1, part, &err), &err);
}

static void work_is_bounded(void **state)
{
	struct file *unpacked;

	(void)state;
	assert_ok(view(PLAIN_BYTES, 100000, 0, &unpacked), &err);
	assert_ok(file_read(unpacked, 50000, 10000, part, &err), &err); /* 60000 */
	assert_ok(file_read(unpacked, 0, 40000, part, &err), &err);     /* 100000 */
	assert_memory_equal(part, plain, 40000);
	assert_status(ERR_TOO_BIG, file_read(unpacked, 40000, 1, part, &err), &err);
	assert_trail(&err, "/kernel.gz");
	assert_status(ERR_TOO_BIG, file_read(unpacked, 0, 1, part, &err), &err);
}

/* The length is the file's own claim. */
static void data_that_end_too_early(void **state)
{
	struct file *unpacked;

	(void)state;
	assert_ok(view(PLAIN_BYTES + 1, UINT64_MAX, 0, &unpacked), &err);
	assert_status(ERR_CORRUPT, file_read(unpacked, PLAIN_BYTES - 1, 2, part, &err), &err);
	assert_trail(&err, "end after");
}

static void damage_before_the_data_is_found(void **state)
{
	struct file *unpacked;

	(void)state;
	packed[packed_bytes / 2] ^= 0xFF;
	packed[packed_bytes / 2 + 1] ^= 0xFF;
	assert_ok(view(PLAIN_BYTES, UINT64_MAX, 0, &unpacked), &err);
	if (file_read(unpacked, 0, PLAIN_BYTES, part, &err) == OK)
		assert_memory_not_equal(part, plain, PLAIN_BYTES); /* the checksum was not waited for */
	else
		assert_status(ERR_CORRUPT, err.code, &err);
	packed[packed_bytes / 2] ^= 0xFF;
	packed[packed_bytes / 2 + 1] ^= 0xFF;
	packed[0] = 0;
	assert_ok(view(PLAIN_BYTES, UINT64_MAX, 0, &unpacked), &err);
	assert_status(ERR_CORRUPT, file_read(unpacked, 0, 1, part, &err), &err);
	packed[0] = 0x1F;
}

static void every_fault_is_reported(void **state)
{
	struct file *unpacked;
	unsigned fail_at;

	(void)state;
	for (fail_at = 1; view(PLAIN_BYTES, UINT64_MAX, fail_at, &unpacked) != OK; fail_at++)
		assert_status(ERR_NO_MEMORY, err.code, &err);
	assert_true(fail_at > 3);
	for (fail_at = 1;; fail_at++) {
		source.fail_at = fail_at;
		assert_ok(view(PLAIN_BYTES, UINT64_MAX, 0, &unpacked), &err);
		if (file_read(unpacked, PLAIN_BYTES - 1, 1, part, &err) == OK)
			break;
		assert_status(ERR_IO, err.code, &err);
	}
	assert_true(fail_at > 3);
	assert_int_equal(part[0], plain[PLAIN_BYTES - 1]);
}

static void a_part_of_a_file_is_a_file(void **state)
{
	struct memory_file whole;
	struct part_file middle;
	uint8_t byte;

	(void)state;
	memory_file_init(&whole, "/whole", plain, PLAIN_BYTES);
	part_file_init(&middle, &whole.file, 100, 50);
	assert_int_equal(middle.file.bytes, 50);
	assert_string_equal(middle.file.path, "/whole");
	assert_ok(file_read(&middle.file, 49, 1, &byte, &err), &err);
	assert_int_equal(byte, plain[149]);
	assert_ok(file_read(&middle.file, 0, 50, part, &err), &err);
	assert_memory_equal(part, plain + 100, 50);
	assert_status(ERR_CORRUPT, file_read(&middle.file, 49, 2, part, &err), &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_forwards_and_backwards, reset), cmocka_unit_test_setup(work_is_bounded, reset),
		cmocka_unit_test_setup(data_that_end_too_early, reset),      cmocka_unit_test_setup(damage_before_the_data_is_found, reset),
		cmocka_unit_test_setup(every_fault_is_reported, reset),      cmocka_unit_test_setup(a_part_of_a_file_is_a_file, reset),
	};

	return cmocka_run_group_tests(tests, make_input, NULL);
}
