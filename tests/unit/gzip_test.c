/* SPDX-License-Identifier: MIT */
/* The gzip gate: right bytes, damage found, cut files found, memory faults survived. */
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
#include "support_block.h" // assert_status, assert_trail

enum { PLAIN_BYTES = 700001, ARENA_BYTES = 128 * 1024 };

static uint8_t plain[PLAIN_BYTES], packed[PLAIN_BYTES + 4096], unpacked[PLAIN_BYTES + 16], working[ARENA_BYTES];
static size_t packed_bytes;

/* Half of it compressible, half not: stored and coded blocks. */
static int make_input(void **state)
{
	z_stream stream = { 0 };

	(void)state;
	srand(1);
	for (size_t i = 0; i < PLAIN_BYTES; i++)
		plain[i] = (uint8_t)(i < PLAIN_BYTES / 2 ? i / 97 : (size_t)rand());
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

/* Into `room` bytes; *guess is what the format's own length says. */
static enum status unpack_into(uint64_t room, const uint8_t *data, size_t bytes, unsigned fail_at, uint64_t *guess, struct unpacked *result,
			       struct err *err)
{
	struct memory_file file;
	struct arena arena;
	const struct unpacker *unpacker;
	enum status status;

	memory_file_init(&file, "/xen.gz", data, bytes);
	arena_init(&arena, working, sizeof working);
	arena.fail_at = fail_at;
	status = unpack_probe(&file.file, &unpacker, guess, err);
	if (status != OK)
		return status;
	assert_string_equal(unpacker->name, "gzip");
	assert_int_not_equal(*guess, 0);
	memset(unpacked, 0, sizeof unpacked);
	status = unpacker->unpack(&file.file, unpacked, room, &arena, NULL, result, err);
	assert_int_equal(arena.used, 0);
	return status;
}

static enum status unpack_bytes(const uint8_t *data, size_t bytes, unsigned fail_at, uint64_t *length, struct err *err)
{
	struct unpacked result = { .bytes = 0 };
	enum status status = unpack_into(sizeof unpacked, data, bytes, fail_at, length, &result, err);

	*length = result.bytes;
	return status;
}

static void unpacks(void **state)
{
	struct err err;
	uint64_t length;

	(void)state;
	assert_int_equal(unpack_bytes(packed, packed_bytes, 0, &length, &err), OK);
	assert_int_equal(length, PLAIN_BYTES);
	assert_memory_equal(unpacked, plain, PLAIN_BYTES);
}

/* One run with the room that was guessed is all that an ordinary file takes. */
static void guesses_the_length(void **state)
{
	struct unpacked result = { .foreign_bytes = 1 };
	struct err err;
	uint64_t guess;

	(void)state;
	assert_int_equal(unpack_into(sizeof unpacked, packed, packed_bytes, 0, &guess, &result, &err), OK);
	assert_int_equal(guess, PLAIN_BYTES);
	assert_int_equal(result.foreign_bytes, 0);
}

static void counts_what_finds_no_room(void **state)
{
	static const uint64_t rooms[] = { 0, 1, PLAIN_BYTES / 2, PLAIN_BYTES - 1, PLAIN_BYTES };
	struct unpacked result;
	struct err err;
	uint64_t guess;

	(void)state;
	for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
		assert_int_equal(unpack_into(rooms[i], packed, packed_bytes, 0, &guess, &result, &err), OK);
		assert_int_equal(result.bytes, PLAIN_BYTES);
		assert_memory_equal(unpacked, plain, rooms[i]);
		assert_int_equal(unpacked[rooms[i]], 0);
	}
}

static void passes_on_what_is_not_gzip(void **state)
{
	struct err err;
	uint64_t length;

	(void)state;
	assert_int_equal(unpack_bytes(plain, PLAIN_BYTES, 0, &length, &err), ERR_NOT_FOUND);
	assert_int_equal(unpack_bytes(packed, 17, 0, &length, &err), ERR_NOT_FOUND);
}

/* No damaged file may come out as OK. */
static void finds_damage(void **state)
{
	static uint8_t damaged[sizeof packed];
	struct err err;
	uint64_t length;

	(void)state;
	for (size_t at = 3; at < packed_bytes; at += at < 64 ? 1 : packed_bytes / 200) {
		memcpy(damaged, packed, packed_bytes);
		damaged[at] ^= 0x10;
		if (unpack_bytes(damaged, packed_bytes, 0, &length, &err) == OK)
			assert_memory_equal(unpacked, plain, PLAIN_BYTES); /* the header's time, name and system are not data */
		else
			assert_true(at == 3 || at >= 10);
	}
}

static void finds_cuts(void **state)
{
	struct err err;
	uint64_t length;

	(void)state;
	for (size_t bytes = 18; bytes < packed_bytes; bytes += packed_bytes / 100) {
		assert_status(ERR_CORRUPT, unpack_bytes(packed, bytes, 0, &length, &err), &err);
		assert_trail(&err, "/xen.gz is cut off");
	}
	assert_status(ERR_CORRUPT, unpack_bytes(packed, packed_bytes - 1, 0, &length, &err), &err);
}

static void survives_lack_of_memory(void **state)
{
	struct err err;
	uint64_t length;
	unsigned fail_at = 1;
	enum status status;

	(void)state;
	while ((status = unpack_bytes(packed, packed_bytes, fail_at, &length, &err)) != OK) {
		assert_int_equal(status, ERR_NO_MEMORY);
		assert_true(++fail_at < 100);
	}
	assert_true(fail_at > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks),
		cmocka_unit_test(guesses_the_length),
		cmocka_unit_test(counts_what_finds_no_room),
		cmocka_unit_test(passes_on_what_is_not_gzip),
		cmocka_unit_test(finds_damage),
		cmocka_unit_test(finds_cuts),
		cmocka_unit_test(survives_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, make_input, NULL);
}
