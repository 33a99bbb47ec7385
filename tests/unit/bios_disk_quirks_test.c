/* SPDX-License-Identifier: MIT */
/* INT 13h of firmware that fails, tells half the truth, or leaves little memory. */
#include "support_disk_bios.h"

#include <string.h>

enum { BEYOND_CHS = 1024 * DISK_BIOS_HEADS * DISK_BIOS_TRACK, KIB = 1024 };

static uint8_t data[512];
static struct err err;

/* As the loader has it: with the layer that resets and tries again. */
static struct block_retry retrying(struct bios_disk *disk)
{
	struct block_retry retry;

	block_retry_init(&retry, &disk->device);
	return retry;
}

static bool trail_has(const char *text)
{
	for (unsigned i = 0; i < err.depth; i++) {
		if (strstr(err.frame[i].what, text))
			return true;
	}
	return false;
}

static void carry_is_a_failure_whatever_the_status(void **state)
{
	struct bios_disk disk = disk_bios_open();

	(void)state;
	disk_bios_check_read(&disk.device, 0, 8);
	disk_bios.extended_read = EXTENDED_FAILS;
	disk_bios.status = 0;
	assert_int_equal(block_read(&disk.device, 8, 1, data, &err), ERR_IO);
	assert_true(trail_has("INT 13h failed with status {a:x}"));
	disk_bios.extensions = false;
	disk = disk_bios_open();
	disk_bios_check_read(&disk.device, 0, 8);
	disk_bios.chs_fails = true;
	assert_int_equal(block_read(&disk.device, 8, 1, data, &err), ERR_IO);
}

static void falls_back_whatever_the_status(void **state)
{
	static const uint8_t statuses[] = { 0x00, 0x01, 0x04, 0x09, 0x0C, 0x20, 0x31, 0x80, 0xAA, 0xBB, 0xFF };

	for (unsigned i = 0; i < sizeof statuses; i++) {
		struct bios_disk disk;
		struct block_retry retry;

		(void)disk_bios_reset(state);
		disk = disk_bios_open();
		retry = retrying(&disk);
		disk_bios.extended_read = EXTENDED_FAILS;
		disk_bios.status = statuses[i];
		disk_bios_check_read(&retry.device, 60, 300);
		assert_true(disk.prefers_chs);
		assert_int_equal(disk_bios.geometry_calls, 1);
		assert_true(disk_bios.extended_calls <= 2); /* the rest does not try it again */
	}
}

static void falls_back_when_nothing_is_read(void **state)
{
	struct bios_disk disk = disk_bios_open();
	struct block_retry retry = retrying(&disk);

	(void)state;
	disk_bios.extended_read = EXTENDED_PRETENDS;
	disk_bios_check_read(&retry.device, 0, 200);
	assert_true(disk.prefers_chs);
}

/* A disk that has to spin up is not a disk without AH=42h. */
static void one_failure_is_not_enough(void **state)
{
	struct bios_disk disk = disk_bios_open();
	struct block_retry retry = retrying(&disk);

	(void)state;
	disk_bios.extended_read = EXTENDED_FAILS;
	disk_bios.status = 0x80;
	disk_bios.extended_works_after = 1;
	disk_bios_check_read(&retry.device, 0, 8);
	assert_false(disk.prefers_chs);
	assert_int_equal(disk_bios.geometry_calls, 0);
}

/* What AH=02h cannot reach is still read by AH=42h, should it have come to life. */
static void chs_is_only_for_what_it_reaches(void **state)
{
	struct bios_disk disk = disk_bios_open();
	struct block_retry retry = retrying(&disk);

	(void)state;
	disk_bios.extended_read = EXTENDED_FAILS;
	disk_bios_check_read(&retry.device, 0, 8);
	assert_true(disk.prefers_chs);
	disk.device.blocks = retry.device.blocks = BEYOND_CHS + 100;
	assert_int_equal(block_read(&disk.device, BEYOND_CHS, 1, data, &err), ERR_IO);
	disk_bios.extended_read = EXTENDED_READS;
	disk_bios_check_read(&retry.device, BEYOND_CHS - 5, 20);
}

/* The geometry might be wrong, and other data would come. */
static void a_bad_sector_is_not_read_by_chs(void **state)
{
	struct bios_disk disk = disk_bios_open();
	struct block_retry retry = retrying(&disk);

	(void)state;
	disk_bios_check_read(&retry.device, 0, 8);
	disk_bios.bad_lba = 100;
	disk_bios.bad_by_extended_only = true;
	assert_int_equal(block_read(&retry.device, 100, 1, data, &err), ERR_IO);
	assert_int_equal(disk_bios.chs_calls, 0);
	disk_bios_check_read(&retry.device, 101, 8);
}

/* The very first sector is bad, by both ways. */
static void both_ways_fail(void **state)
{
	struct bios_disk disk = disk_bios_open();
	struct block_retry retry = retrying(&disk);

	(void)state;
	disk_bios.bad_lba = 0;
	assert_int_equal(block_read(&retry.device, 0, 1, data, &err), ERR_IO);
	assert_true(disk_bios.chs_calls > 0);
	assert_false(disk.prefers_chs);
	disk_bios_check_read(&retry.device, 1, 8);
	assert_true(disk.proven);
}

static void short_reads_go_on_with_the_rest(void **state)
{
	static const uint32_t most[] = { 1, 7, 63, 100, 119 };

	for (unsigned i = 0; i < sizeof most / sizeof *most; i++) {
		struct bios_disk disk;

		(void)disk_bios_reset(state);
		disk = disk_bios_open();
		disk_bios.extended_read = EXTENDED_SHORT;
		disk_bios.most = most[i];
		disk_bios_check_read(&disk.device, 17, 400);
	}
}

/* The mark at the end of the buffer shows it; then smaller reads are tried. */
static void short_reads_are_noticed(void **state)
{
	static const uint32_t most[] = { 1, 7, 63, 100, 119 };

	for (unsigned i = 0; i < sizeof most / sizeof *most; i++) {
		struct bios_disk disk;
		struct block_retry retry;

		(void)disk_bios_reset(state);
		disk = disk_bios_open();
		retry = retrying(&disk);
		disk_bios_check_read(&disk.device, 0, 1);
		disk_bios.extended_read = EXTENDED_SILENT;
		disk_bios.most = most[i];
		disk_bios_check_read(&retry.device, 17, 400);
		assert_int_equal(disk_bios.chs_calls, 0);
	}
	disk_bios.extended_read = EXTENDED_PRETENDS;
	assert_int_equal(block_read(&(struct bios_disk[]){ disk_bios_open() }[0].device, 0, 1, data, &err), ERR_IO);
	assert_true(trail_has("but it has not"));
}

/* Some firmware hangs in AH=08h. */
static void the_geometry_is_not_asked_for_without_need(void **state)
{
	struct bios_disk disk = disk_bios_open();

	(void)state;
	disk_bios_check_read(&disk.device, 0, 400);
	assert_int_equal(disk_bios.geometry_calls, 0);
}

static void a_disk_of_unknown_size(void **state)
{
	struct bios_disk disk;

	(void)state;
	disk_bios.size_unknown = disk_bios.geometry_missing = true;
	assert_int_equal(bios_disk_open(&disk, DISK_BIOS_DRIVE, &err), OK);
	assert_true(disk.device.blocks == 1ull << 32);
	disk_bios_check_read(&disk.device, DISK_BIOS_SECTORS - 5, 5);
	disk_bios.geometry_missing = false;
	disk_bios.geometry_saturated = true;
	assert_int_equal(bios_disk_open(&disk, DISK_BIOS_DRIVE, &err), OK);
	assert_true(disk.device.blocks == 1ull << 32);
	disk_bios.extensions = false;
	assert_int_equal(bios_disk_open(&disk, DISK_BIOS_DRIVE, &err), OK);
	assert_int_equal(disk.device.blocks, 1024 * DISK_BIOS_HEADS * DISK_BIOS_TRACK);
	disk_bios.geometry_missing = true;
	assert_int_equal(bios_disk_open(&disk, DISK_BIOS_DRIVE, &err), ERR_IO);
}

/* With an EBDA that begins low: the larger of what is left at the usual place, and behind the loader. */
static void the_buffer_fits_in_what_is_left(void **state)
{
	static const struct {
		uint32_t low_kib, stage2_end, start, bytes;
	} rows[] = {
		{ 640, 0x4A250, 0x50000, 60 * KIB }, { 380, 0x4A250, 0x50000, 60 * KIB }, { 379, 0x4A250, 0x50000, 59 * KIB },
		{ 352, 0x4A250, 0x50000, 32 * KIB }, { 330, 0x4A250, 0x4B000, 20 * KIB }, { 320, 0x4A250, 0x4B000, 20 * KIB },
		{ 304, 0x4A250, 0x4B000, 4 * KIB },  { 320, 0x3F001, 0x40000, 60 * KIB }, { 320, 0x30000, 0x40000, 60 * KIB },
		{ 260, 0x3F000, 0x40000, 4 * KIB },  { 324, 0x50000, 0x50000, 4 * KIB },  { 100, 0x4A250, 0x50000, 60 * KIB },
		{ 303, 0x4A250, 0x50000, 60 * KIB },
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bios_disk disk;

		for (unsigned bytes = 512; bytes <= 4096; bytes *= 8) {
			(void)disk_bios_reset(state);
			disk_bios.block_bytes = bytes;
			bios_disk_place_buffer(rows[i].low_kib * KIB, rows[i].stage2_end);
			disk = disk_bios_open();
			disk_bios_check_read(&disk.device, 3, 200);
			assert_int_equal(disk_bios.lowest, rows[i].start);
			assert_true(disk_bios.highest <= rows[i].start + rows[i].bytes);
			assert_int_equal(disk_bios.longest_read, rows[i].bytes / bytes);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(carry_is_a_failure_whatever_the_status, disk_bios_reset),
		cmocka_unit_test_setup(falls_back_whatever_the_status, disk_bios_reset),
		cmocka_unit_test_setup(falls_back_when_nothing_is_read, disk_bios_reset),
		cmocka_unit_test_setup(one_failure_is_not_enough, disk_bios_reset),
		cmocka_unit_test_setup(chs_is_only_for_what_it_reaches, disk_bios_reset),
		cmocka_unit_test_setup(a_bad_sector_is_not_read_by_chs, disk_bios_reset),
		cmocka_unit_test_setup(both_ways_fail, disk_bios_reset),
		cmocka_unit_test_setup(short_reads_go_on_with_the_rest, disk_bios_reset),
		cmocka_unit_test_setup(short_reads_are_noticed, disk_bios_reset),
		cmocka_unit_test_setup(the_geometry_is_not_asked_for_without_need, disk_bios_reset),
		cmocka_unit_test_setup(a_disk_of_unknown_size, disk_bios_reset),
		cmocka_unit_test_setup(the_buffer_fits_in_what_is_left, disk_bios_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
