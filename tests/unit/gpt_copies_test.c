/* SPDX-License-Identifier: MIT */
/* What is said of the two copies of a GPT, for whoever wants to mend one; a GPT for sectors of another size; protective MBRs. */
#include "support_partition.h"
#include "support_shell.h"

#include "core/base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1024 * 1024, LAST_LBA = 8 * MIB / 512 - 1 };

static void make_gpt(struct test_disk *disk)
{
	shell_run("rm -f disk && truncate -s 8M disk && sgdisk -n 1:2048:0 -t 1:EF00 disk");
	test_disk_load(disk, "disk", 512);
}

static struct gpt_copies copies_read(struct test_disk *disk)
{
	static uint8_t bytes[256 * 1024];
	struct gpt_copies copies;

	arena_init(&table_arena, bytes, sizeof(bytes));
	assert_ok(gpt_copies_read(&disk->device, &table_arena, &copies, &table_err), &table_err);
	assert_int_equal(table_arena.used, 0);
	return copies;
}

static void both_copies_are_good(void **state)
{
	struct test_disk disk;
	struct gpt_copies copies;

	(void)state;
	make_gpt(&disk);
	copies = copies_read(&disk);
	assert_ok(copies.primary.err.code, &copies.primary.err);
	assert_ok(copies.backup.err.code, &copies.backup.err);
	assert_false(copies.differ);
	assert_int_equal(copies.primary.lba, 1);
	assert_int_equal(copies.backup.lba, LAST_LBA);
	assert_int_equal(copies.primary.first_usable_lba, 34);
	assert_int_equal(copies.primary.last_usable_lba, LAST_LBA - 33);
	assert_int_equal(copies.backup.last_usable_lba, LAST_LBA - 33);
	test_disk_free(&disk);
}

static void each_copy_may_be_bad(void **state)
{
	struct test_disk disk;
	struct gpt_copies copies;

	(void)state;
	make_gpt(&disk);
	disk.data[1024 + 40] ^= 1; /* the primary array: the header is good and says where the backup is */
	copies = copies_read(&disk);
	assert_status(ERR_CORRUPT, copies.primary.err.code, &copies.primary.err);
	assert_trail(&copies.primary.err, "array at LBA 2 has a bad checksum");
	assert_int_equal(copies.primary.first_usable_lba, 34);
	assert_ok(copies.backup.err.code, &copies.backup.err);
	assert_false(copies.differ);
	disk.data[512] ^= 1;
	copies = copies_read(&disk);
	assert_trail(&copies.primary.err, "there is no GPT header at LBA 1");
	assert_int_equal(copies.primary.first_usable_lba, 0);
	assert_ok(copies.backup.err.code, &copies.backup.err);
	disk.data[512] ^= 1;
	disk.data[1024 + 40] ^= 1;
	disk.data[disk.bytes - 512 + 56] ^= 1;
	copies = copies_read(&disk);
	assert_ok(copies.primary.err.code, &copies.primary.err);
	assert_trail(&copies.backup.err, "the GPT header at LBA 16383 has a bad checksum");
	disk.data[disk.bytes - 512 + 56] ^= 1;
	disk.bad_lba = LAST_LBA;
	copies = copies_read(&disk);
	assert_status(ERR_IO, copies.backup.err.code, &copies.backup.err);
	test_disk_free(&disk);
}

/* Sound as each of them is: who changes one of them by hand leaves another table to whoever takes the other. */
static void copies_may_differ(void **state)
{
	struct test_disk disk, changed;

	(void)state;
	make_gpt(&disk);
	shell_run("cp disk other && sgdisk -c 1:changed other");
	test_disk_load(&changed, "other", 512);
	memcpy(disk.data, changed.data, 34 * 512);
	assert_true(copies_read(&disk).differ);
	test_disk_free(&changed);
	test_disk_free(&disk);
}

static void the_disk_has_another_size(void **state)
{
	struct test_disk disk;
	struct gpt_copies copies;

	(void)state;
	make_gpt(&disk);
	test_disk_free(&disk);
	shell_run("truncate -s 9M disk");
	test_disk_load(&disk, "disk", 512);
	copies = copies_read(&disk);
	assert_ok(copies.backup.err.code, &copies.backup.err);
	assert_int_equal(copies.backup.lba, LAST_LBA); /* which is not the last of this disk */
	test_disk_free(&disk);
	shell_run("truncate -s 7M disk");
	test_disk_load(&disk, "disk", 512);
	copies = copies_read(&disk);
	assert_ok(copies.primary.err.code, &copies.primary.err);
	assert_status(ERR_CORRUPT, copies.backup.err.code, &copies.backup.err);
	assert_trail(&copies.backup.err, "the disk ends before LBA 16383");
	test_disk_free(&disk);
}

/* USB bridges and copies by dd: the same bytes, seen in blocks of another size. */
static void a_gpt_for_other_sectors_is_named(void **state)
{
	static const uint32_t sizes[] = { 512, 1024, 2048, 4096 };

	(void)state;
	for (unsigned made = 0; made < 4; made++) {
		for (unsigned seen = 0; seen < 4; seen++) {
			struct test_disk disk;
			char text[64];

			if (made == seen)
				continue;
			test_disk_init(&disk, MIB, sizes[seen]);
			put_le16(disk.data + 510, 0xAA55);
			disk.data[446 + 16 + 4] = 0xEE;
			put_le32(disk.data + 446 + 16 + 8, 1);
			memcpy(disk.data + sizes[made], "EFI PART", 8);
			assert_status(ERR_UNSUPPORTED, table_read(&disk), &table_err);
			snprintf(text, sizeof(text), "was made for sectors of %u bytes, and the disk's have %u", sizes[made], sizes[seen]);
			assert_trail(&table_err, text);
			assert_hint(&table_err, "size of sectors");
			test_disk_free(&disk);
		}
	}
}

/* Whatever line of the MBR it is, and whatever length that says. */
static void a_protective_mbr_in_any_line(void **state)
{
	static const uint32_t lengths[] = { 0, 1, LAST_LBA, LAST_LBA + 5, 0xFFFFFFFE, 0xFFFFFFFF };
	struct test_disk disk;

	(void)state;
	make_gpt(&disk);
	for (unsigned line = 0; line < 4; line++) {
		for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			uint8_t *entry = disk.data + 446 + 16 * (size_t)line;

			memset(disk.data + 446, 0, 64);
			entry[4] = 0xEE;
			put_le32(entry + 8, 1);
			put_le32(entry + 12, lengths[i]);
			assert_ok(table_read(&disk), &table_err);
			assert_int_equal(table.kind, TABLE_GPT);
			assert_int_equal(table.count, 1);
			assert_int_equal(table.partition[0].first_lba, 2048);
		}
	}
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_copies_are_good),
		cmocka_unit_test(each_copy_may_be_bad),
		cmocka_unit_test(copies_may_differ),
		cmocka_unit_test(the_disk_has_another_size),
		cmocka_unit_test(a_gpt_for_other_sectors_is_named),
		cmocka_unit_test(a_protective_mbr_in_any_line),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
