/* SPDX-License-Identifier: MIT */
/* FAT volumes on disks and in memory that fail. */
#include "support_block.h"
#include "support_fat.h"
#include "support_fat_volume.h"
#include "support_shell.h"

#include "core/base/span.h"
#include "core/fs/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Each read fails, alone or with all after it: the right bytes or an I/O error, and never a crash. */
static void failing_reads(void **state)
{
	(void)state;
	for (unsigned width = 0; width < WIDTHS; width++) {
		struct test_disk disk;

		volume_load(&disk, widths[width]);
		for (int for_good = 0; for_good <= 1; for_good++) {
			unsigned failures = 0;

			disk.fail_for_good = for_good != 0;
			disk.fail_at = 1;
			for (;; disk.fail_at++) {
				disk.reads = 0;
				memset(got, 0, KERNEL_BYTES);

				enum status status = volume_read(&disk, "/a longer name/and another one");

				if (status == OK)
					assert_memory_equal(got, kernel, KERNEL_BYTES);
				else
					assert_status(ERR_IO, status, &err);
				failures += status != OK;
				if (disk.reads < disk.fail_at)
					break;
			}
			assert_true(failures >= 5);
		}
		/* After a failed read the file can be read again. */
		struct file *file;
		struct fs *fs;

		disk.fail_at = 0;
		disk.fail_for_good = false;
		assert_ok(volume_mount(&disk, &fs), &err);
		assert_ok(fs_open(fs, "/KERNEL", &arena, &file, &err), &err);
		assert_ok(file_read(file, 0, 700, got, &err), &err);
		disk.reads = 0;
		disk.fail_at = 1;
		assert_status(ERR_IO, file_read(file, 1000, 2000, got, &err), &err);
		assert_trail(&err, "/KERNEL");
		assert_ok(file_read(file, 1000, 2000, got, &err), &err);
		assert_memory_equal(got, kernel + 1000, 2000);
		test_disk_free(&disk);
	}
}

static void the_second_copy_of_the_table(void **state)
{
	(void)state;
	for (unsigned width = 0; width < WIDTHS; width++) {
		struct test_disk disk;

		volume_load(&disk, widths[width]);

		struct fat_image image = fat_image_of(disk.data);

		disk.bad_lba = (int64_t)(image.table_offset / 512);
		assert_ok(volume_read(&disk, "/KERNEL"), &err);
		assert_memory_equal(got, kernel, KERNEL_BYTES);
		if (widths[width] == 32) {
			/* Only the first copy is kept up to date: then the other must not be used. */
			put_le16(disk.data + 40, 0x80);
			assert_status(ERR_IO, volume_read(&disk, "/KERNEL"), &err);
			put_le16(disk.data + 40, 0x81);
			memset(disk.data + image.table_offset, 0xFF, image.table_bytes);
			assert_ok(volume_read(&disk, "/KERNEL"), &err);
			put_le16(disk.data + 40, 0x82);
			assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
		}
		test_disk_free(&disk);
	}
}

static void failing_allocations(void **state)
{
	static uint8_t working[64 * 1024];
	struct test_disk disk;
	struct file *file;
	struct fs *fs;
	enum status status;
	unsigned fail_at = 0;

	(void)state;
	volume_load(&disk, 32);
	do {
		arena_init(&arena, working, sizeof(working));
		arena.fail_at = ++fail_at;
		status = fs_mount(&disk.device, &arena, &fs, &err);
		if (status != OK)
			assert_int_equal(arena.used, 0);
		else
			status = fs_open(fs, "KERNEL", &arena, &file, &err);
		assert_status(arena.calls >= fail_at ? ERR_NO_MEMORY : OK, status, &err);
	} while (status != OK);
	assert_true(fail_at > 4);
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_reads),
		cmocka_unit_test(the_second_copy_of_the_table),
		cmocka_unit_test(failing_allocations),
	};

	return cmocka_run_group_tests(tests, volumes_set_up, shell_tear_down);
}
