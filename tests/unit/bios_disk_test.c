/* SPDX-License-Identifier: MIT */
/* INT 13h against firmware that behaves as the field's does. */
#include "support_disk_bios.h"

#include <string.h>

static void reads_in_large_calls(void **state)
{
	struct bios_disk disk = disk_bios_open();

	(void)state;
	disk_bios_check_read(&disk.device, 17, 400);
	assert_int_equal(disk_bios.longest_read, 120);
}

static void reads_blocks_of_4096_bytes(void **state)
{
	struct bios_disk disk;

	(void)state;
	disk_bios.block_bytes = 4096;
	disk = disk_bios_open();
	assert_int_equal(disk.device.block_bytes, 4096);
	disk_bios_check_read(&disk.device, 3, 40);
	assert_int_equal(disk_bios.longest_read, 15);
}

static void reads_without_extensions(void **state)
{
	struct bios_disk disk;

	(void)state;
	disk_bios.extensions = false;
	disk = disk_bios_open();
	disk_bios_check_read(&disk.device, 0, 1);
	disk_bios_check_read(&disk.device, 60, 300);
	disk_bios_check_read(&disk.device, 17000, 200);
}

static void falls_back_when_extensions_are_a_lie(void **state)
{
	struct bios_disk disk;

	(void)state;
	disk_bios.extended_read = EXTENDED_FAILS;
	disk = disk_bios_open();
	disk_bios_check_read(&disk.device, 60, 300);
	assert_true(disk.prefers_chs);
}

/* "No such function" once it has worked is an ordinary error: CHS would reach only the start of the disk. */
static void one_odd_status_does_not_cost_the_extensions(void **state)
{
	struct bios_disk disk = disk_bios_open();
	static uint8_t data[512];
	struct err err;

	(void)state;
	disk_bios_check_read(&disk.device, 0, 8);
	disk_bios.extended_read = EXTENDED_FAILS;
	assert_int_equal(block_read(&disk.device, 8, 1, data, &err), ERR_IO);
	disk_bios.extended_read = EXTENDED_READS;
	disk_bios_check_read(&disk.device, DISK_BIOS_SECTORS - 8, 8);
	assert_true(disk.extended);
}

static void does_not_read_beyond_the_reach_of_chs(void **state)
{
	struct bios_disk disk;
	static uint8_t data[512];
	struct err err;

	(void)state;
	disk_bios.extensions = false;
	disk = disk_bios_open();
	disk.device.blocks = 1u << 24;
	assert_int_equal(block_read(&disk.device, 1024 * DISK_BIOS_HEADS * DISK_BIOS_TRACK, 1, data, &err), ERR_IO);
}

static void takes_the_size_from_the_geometry(void **state)
{
	(void)state;
	disk_bios.size_unknown = true;
	disk_bios_check_read(&(struct bios_disk[]){ disk_bios_open() }[0].device, 0, 10);
}

static void distrusts_odd_block_sizes_and_bogus_carry(void **state)
{
	struct bios_disk disk;

	(void)state;
	disk_bios.garbage_block_bytes = disk_bios.carry_without_status = true;
	disk = disk_bios_open();
	assert_int_equal(disk.device.block_bytes, 512);
}

static void names_the_bad_place(void **state)
{
	struct bios_disk disk = disk_bios_open();
	struct block_retry retry;
	static uint8_t data[300 * 512];
	struct err err;

	(void)state;
	disk_bios.bad_lba = 1234;
	block_retry_init(&retry, &disk.device);
	assert_int_equal(block_read(&retry.device, 1100, 300, data, &err), ERR_IO);
	assert_true(disk_bios.resets > 0);
	for (unsigned i = 0; i < err.depth; i++) {
		if (strstr(err.frame[i].what, "LBA {a}") && err.frame[i].a == 1234)
			return;
	}
	fail_msg("the trail does not name LBA 1234");
}

/* What the firmware does not count is not even asked for: some hangs then. */
static void opens_only_disks_that_are_counted(void **state)
{
	struct bios_disk disk;
	struct err err;

	(void)state;
	fake_low[BDA_DISK_COUNT] = 1;
	assert_int_equal(bios_hard_disk_open(&disk, 0, &err), OK);
	assert_int_equal(disk.drive, DISK_BIOS_DRIVE);
	disk_bios_check_read(&disk.device, 0, 8);
	fake_calls = 0;
	for (unsigned number = 1; number < 128; number++)
		assert_int_equal(bios_hard_disk_open(&disk, number, &err), ERR_NOT_FOUND);
	assert_int_equal(fake_calls, 0);
	assert_non_null(err.hint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_in_large_calls, disk_bios_reset),
		cmocka_unit_test_setup(reads_blocks_of_4096_bytes, disk_bios_reset),
		cmocka_unit_test_setup(reads_without_extensions, disk_bios_reset),
		cmocka_unit_test_setup(falls_back_when_extensions_are_a_lie, disk_bios_reset),
		cmocka_unit_test_setup(one_odd_status_does_not_cost_the_extensions, disk_bios_reset),
		cmocka_unit_test_setup(does_not_read_beyond_the_reach_of_chs, disk_bios_reset),
		cmocka_unit_test_setup(takes_the_size_from_the_geometry, disk_bios_reset),
		cmocka_unit_test_setup(distrusts_odd_block_sizes_and_bogus_carry, disk_bios_reset),
		cmocka_unit_test_setup(names_the_bad_place, disk_bios_reset),
		cmocka_unit_test_setup(opens_only_disks_that_are_counted, disk_bios_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
