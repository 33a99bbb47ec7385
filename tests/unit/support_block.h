/* SPDX-License-Identifier: MIT */
/* A disk in memory that can fail as told and tells how it was read, and asserts that print an error's trail. */
#pragma once

#include "core/base/status.h"
#include "core/block/block.h"

#include <stdbool.h>
#include <stdint.h>

enum { NO_LBA = -1 };

struct test_disk {
	struct block_device device;
	uint8_t *data; /* may be written by the test */
	uint64_t bytes;
	/* Faults. */
	uint64_t fail_at;   /* this read fails, counted from 1; 0: none */
	bool fail_for_good; /* and so do all after it */
	int64_t bad_lba;    /* reads that touch this block fail; NO_LBA: none */
	uint32_t count_max; /* longer reads fail; 0: no limit */
	/* What was asked of it. */
	uint64_t reads, blocks_read;
	uint32_t longest;
	unsigned resets;
};

/* A disk over `bytes` zeroed bytes of its own. */
void test_disk_init(struct test_disk *disk, uint64_t bytes, uint32_t block_bytes);

/* A disk over the content of a file; what the test writes does not reach the file. */
void test_disk_load(struct test_disk *disk, const char *path, uint32_t block_bytes);

void test_disk_free(struct test_disk *disk);

/* The status must be `expected`; otherwise the test fails with the trail. `err` may be NULL. */
void assert_status_at(enum status expected, enum status got, const struct err *err, const char *file, int line);

#define assert_ok(got, err)               assert_status_at(OK, (got), (err), __FILE__, __LINE__)
#define assert_status(expected, got, err) assert_status_at((expected), (got), (err), __FILE__, __LINE__)

/* The printed trail must contain `part`. */
void assert_trail_at(const struct err *err, const char *part, const char *file, int line);

/* There must be a hint, and it must contain `part`. */
void assert_hint_at(const struct err *err, const char *part, const char *file, int line);

#define assert_hint(err, part)  assert_hint_at((err), (part), __FILE__, __LINE__)
#define assert_trail(err, part) assert_trail_at((err), (part), __FILE__, __LINE__)
