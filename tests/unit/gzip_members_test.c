/* SPDX-License-Identifier: MIT */
/*
 * gzip files as gzip(1) reads them: members that follow each other, empty ones, optional fields in their headers, padding, bytes of
 * others behind the data. For files put together at random, gzip itself says what is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <zlib.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/pack/unpack.h"
#include "support_block.h" // assert_ok, assert_status, assert_trail
#include "support_shell.h"

enum { FILE_MAX = 256 * 1024, PLAIN_MAX = 256 * 1024, ROUNDS = 60, GZIP_WARNS = 2 };

static uint8_t made[FILE_MAX], result[PLAIN_MAX], wanted[PLAIN_MAX], working[512 * 1024];
static size_t made_bytes;
static struct unpacked unpacked;
static struct err err;

static void add(const void *data, size_t bytes)
{
	assert_true(bytes <= sizeof made - made_bytes);
	memcpy(made + made_bytes, data, bytes);
	made_bytes += bytes;
}

static void add_zeros(size_t bytes)
{
	assert_true(bytes <= sizeof made - made_bytes);
	memset(made + made_bytes, 0, bytes);
	made_bytes += bytes;
}

/* One member; with `fields`, all optional fields of the header are there (RFC 1952, 2.3.1). */
static void add_member(const void *data, size_t bytes, bool fields, int level)
{
	gz_header header = {
		.extra = (Bytef *)"AB\4\0four", .extra_len = 8, .name = (Bytef *)"kernel", .comment = (Bytef *)"a comment", .hcrc = 1
	};
	z_stream stream = { 0 };

	assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	if (fields)
		assert_int_equal(deflateSetHeader(&stream, &header), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)data;
	stream.avail_in = (uInt)bytes;
	stream.next_out = made + made_bytes;
	stream.avail_out = (uInt)(sizeof made - made_bytes);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	made_bytes = sizeof made - stream.avail_out;
	deflateEnd(&stream);
}

static enum status unpack(void)
{
	struct memory_file file;
	struct arena arena;

	memory_file_init(&file, "/k.gz", made, made_bytes);
	arena_init(&arena, working, sizeof working);
	memset(result, 0xA5, sizeof result);
	unpacked = (struct unpacked){ .foreign_bytes = UINT64_MAX };
	return unpack_gzip.unpack(&file.file, result, sizeof result, &arena, NULL, &unpacked, &err);
}

static void expect(const char *text, uint64_t foreign_bytes)
{
	assert_ok(unpack(), &err);
	assert_int_equal(unpacked.bytes, strlen(text));
	assert_memory_equal(result, text, strlen(text));
	assert_int_equal(unpacked.foreign_bytes, foreign_bytes);
}

static int reset(void **state)
{
	(void)state;
	made_bytes = 0;
	return 0;
}

static void members_are_joined(void **state)
{
	(void)state;
	add_member("one ", 4, false, 9);
	add_member("", 0, true, 9);
	add_member("two ", 4, true, 0);
	add_member("three", 5, false, 1);
	expect("one two three", 0);
	add_member("", 0, false, 9);
	expect("one two three", 0);
}

static void only_empty_members_give_nothing(void **state)
{
	(void)state;
	add_member("", 0, false, 9);
	add_member("", 0, true, 9);
	expect("", 0);
}

static void padding_is_passed_over(void **state)
{
	static const size_t lengths[] = { 1, 2, 511, 20000, 70000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		reset(NULL);
		add_member("kernel", 6, false, 9);
		add_zeros(lengths[i]);
		expect("kernel", 0);
	}
}

/* gzip(1) goes on to another member only where the last one has ended. */
static void foreign_bytes_end_the_data(void **state)
{
	(void)state;
	add_member("kernel", 6, false, 9);
	add("SIZE0001", 8);
	expect("kernel", 8);
	reset(NULL);
	add_member("kernel", 6, false, 9);
	add("\x1F", 1);
	expect("kernel", 1);
	reset(NULL);
	add_member("kernel", 6, false, 9);
	add_zeros(5);
	add("SIG\0", 4);
	expect("kernel", 4);
	reset(NULL);
	add_member("kernel", 6, false, 9);
	add_zeros(3);
	add_member("behind", 6, false, 9);
	expect("kernel", made_bytes - 26 - 3);
}

/* What begins like a member has to be one. */
static void each_member_has_to_be_whole(void **state)
{
	size_t first;

	(void)state;
	add_member("kernel", 6, false, 9);
	first = made_bytes;
	add_member("behind", 6, true, 9);
	for (made_bytes--; made_bytes >= first + 2; made_bytes--) {
		assert_status(ERR_CORRUPT, unpack(), &err);
		assert_trail(&err, "/k.gz is cut off");
	}
	made_bytes = first;
	add("\x1F\x8B\x07 another method", 18);
	assert_status(ERR_CORRUPT, unpack(), &err);
	assert_trail(&err, "are damaged");
	made_bytes = 0;
	add_member("kernel", 6, false, 9);
	add_member("behind", 6, false, 9);
	made[made_bytes - 8] ^= 1; /* its CRC */
	assert_status(ERR_CORRUPT, unpack(), &err);
}

static void more_than_four_gib_is_refused(void **state)
{
	enum { CHUNK = 1 << 20, CHUNKS = 64, MEMBERS = 64 }; /* 64 members of 64 MiB are 4 GiB */
	static uint8_t zeros[CHUNK], bomb[MEMBERS * 80 * 1024];
	z_stream stream = { .next_out = bomb, .avail_out = sizeof bomb };
	struct memory_file file;
	struct arena arena;

	(void)state;
	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
	for (unsigned i = 1; i <= CHUNKS; i++) {
		stream.next_in = zeros;
		stream.avail_in = sizeof zeros;
		assert_int_equal(deflate(&stream, i < CHUNKS ? Z_NO_FLUSH : Z_FINISH), i < CHUNKS ? Z_OK : Z_STREAM_END);
	}
	size_t member = sizeof bomb - stream.avail_out;

	deflateEnd(&stream);
	assert_true(MEMBERS * member <= sizeof bomb);
	for (size_t i = 1; i < MEMBERS; i++)
		memcpy(bomb + i * member, bomb, member);
	memory_file_init(&file, "/bomb.gz", bomb, MEMBERS * member);
	arena_init(&arena, working, sizeof working);
	assert_status(ERR_TOO_BIG, unpack_gzip.unpack(&file.file, NULL, 0, &arena, NULL, &unpacked, &err), &err);
	assert_trail(&err, "/bomb.gz");
}

/* Every kind of thing at every place of a file. */
static void make_random_file(void)
{
	unsigned members = (unsigned)rand() % 5;

	reset(NULL);
	for (unsigned i = 0; i <= members; i++) {
		static uint8_t plain[40000];
		size_t bytes = rand() % 4 == 0 ? 0 : (size_t)rand() % (i % 2 ? 300 : sizeof plain);

		for (size_t at = 0; at < bytes; at++)
			plain[at] = (uint8_t)(rand() % 3 ? (int)at / 50 : rand());
		add_member(plain, bytes, rand() % 2, rand() % 10);
	}
	if (rand() % 3 == 0)
		add_zeros((size_t)rand() % 40000);
	if (rand() % 3 == 0)
		add("\x1F\x8B\x08 garbage or not", (size_t)rand() % 18);
	if (rand() % 4 == 0)
		add_member("late", 4, false, 6);
	if (rand() % 4 == 0)
		made_bytes -= (size_t)rand() % made_bytes;
	else if (rand() % 4 == 0)
		made[(size_t)rand() % made_bytes] ^= (uint8_t)(1 << rand() % 8);
}

/* gzip's own answer: its exit status, and the length of `wanted`. */
static int ask_gzip(size_t *bytes)
{
	FILE *file = fopen("k.gz", "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(made, 1, made_bytes, file), made_bytes);
	assert_int_equal(fclose(file), 0);
	int status = system("gzip -dc < k.gz > plain 2> /dev/null");

	assert_true(WIFEXITED(status));
	file = fopen("plain", "rb");
	assert_non_null(file);
	*bytes = fread(wanted, 1, sizeof wanted, file);
	assert_int_equal(fclose(file), 0);
	return WEXITSTATUS(status);
}

static void random_files_are_what_gzip_says(void **state)
{
	unsigned good = 0, warned = 0, refused = 0;

	(void)state;
	srand(8);
	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t bytes;
		int status;

		make_random_file();
		status = ask_gzip(&bytes);
		if (status != 0 && status != GZIP_WARNS) {
			assert_int_not_equal(unpack(), OK);
			refused++;
			continue;
		}
		assert_ok(unpack(), &err);
		assert_int_equal(unpacked.bytes, bytes);
		assert_memory_equal(result, wanted, bytes);
		assert_int_equal(unpacked.foreign_bytes != 0, status == GZIP_WARNS);
		good += status == 0;
		warned += status == GZIP_WARNS;
	}
	assert_true(good > 5 && warned > 5 && refused > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(members_are_joined, reset),
		cmocka_unit_test_setup(only_empty_members_give_nothing, reset),
		cmocka_unit_test_setup(padding_is_passed_over, reset),
		cmocka_unit_test_setup(foreign_bytes_end_the_data, reset),
		cmocka_unit_test_setup(each_member_has_to_be_whole, reset),
		cmocka_unit_test_setup(more_than_four_gib_is_refused, reset),
		cmocka_unit_test_setup(random_files_are_what_gzip_says, reset),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
