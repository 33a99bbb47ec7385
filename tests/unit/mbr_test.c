/* SPDX-License-Identifier: MIT */
/* MBR tables and logical partitions, as sfdisk writes them, whole and damaged; boot sectors without a table. */
#include "support_partition.h"
#include "support_shell.h"

#include "core/base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1024 * 1024, SECTORS_PER_MIB = 2048 };

static void make_mbr(struct test_disk *disk)
{
	shell_run("rm -f disk && truncate -s 64M disk && printf '%%s\\n' 'label: dos' 'label-id: 0x12345678' "
		  "'start=2048, size=4096, type=83' 'start=8192, size=8192, type=ea, bootable' 'start=20480, size=102400, type=f' "
		  "'start=22528, size=2048, type=83' 'start=26624, size=4096, type=c' 'start=34816, size=2048, type=82' | "
		  "sfdisk -q disk");
	test_disk_load(disk, "disk", 512);
}

static void assert_is_that_mbr(void)
{
	static const struct {
		unsigned number;
		uint64_t first_lba, blocks;
		uint8_t type;
		bool active;
	} expected[] = {
		{ 1, 2048, 4096, 0x83, false },  { 2, 8192, 8192, 0xEA, true },   { 3, 20480, 102400, 0x0F, false },
		{ 5, 22528, 2048, 0x83, false }, { 6, 26624, 4096, 0x0C, false }, { 7, 34816, 2048, 0x82, false },
	};

	assert_int_equal(table.kind, TABLE_MBR);
	assert_int_equal(table.disk_signature, 0x12345678);
	assert_int_equal(table.count, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(table.partition[i].number, expected[i].number);
		assert_int_equal(table.partition[i].first_lba, expected[i].first_lba);
		assert_int_equal(table.partition[i].blocks, expected[i].blocks);
		assert_int_equal(table.partition[i].mbr_type, expected[i].type);
		assert_int_equal(table.partition[i].active, expected[i].active);
	}
}

/* The LBA of extended boot record `index`, found by following the links. */
static uint64_t ebr_lba(const struct test_disk *disk, unsigned index)
{
	uint64_t lba = 20480;

	while (index-- > 0)
		lba = 20480 + get_le32(disk->data + lba * 512 + 446 + 16 + 8);
	return lba;
}

static void mbr_of_sfdisk(void **state)
{
	struct test_disk disk;

	(void)state;
	make_mbr(&disk);
	assert_ok(table_read(&disk), &table_err);
	assert_is_that_mbr();
	disk.fail_at = 1;
	disk.reads = 0;
	assert_status(ERR_IO, table_read(&disk), &table_err);
	assert_int_equal(table_arena.used, 0);
	for (unsigned ebr = 0; ebr < 3; ebr++) { /* the partitions in front of one that cannot be read are there */
		disk.fail_at = 2 + ebr;
		disk.reads = 0;
		assert_ok(table_read(&disk), &table_err);
		assert_int_equal(table.count, 3 + ebr);
		assert_status(ERR_IO, table.logical.code, &table.logical);
		assert_trail(&table.logical, "cannot read the chain of logical partitions");
	}
	disk.fail_at = 0;
	disk.reads = 0;
	assert_ok(table_read(&disk), &table_err);
	assert_int_equal(disk.reads, 4);
	test_disk_free(&disk);
}

static void a_chain_of_logical_partitions_ends(void **state)
{
	struct test_disk disk;

	(void)state;
	make_mbr(&disk);
	/* The link of each EBR back to each before it, itself included. */
	for (unsigned from = 0; from < 3; from++) {
		uint8_t *link = disk.data + ebr_lba(&disk, from) * 512 + 446 + 16;
		uint8_t saved[16];

		for (unsigned to = 0; to <= from; to++) {
			uint64_t target = ebr_lba(&disk, to);

			memcpy(saved, link, 16);
			link[4] = 0x05;
			put_le32(link + 8, (uint32_t)(target - 20480));
			put_le32(link + 12, 100);
			assert_ok(table_read(&disk), &table_err);
			assert_int_equal(table.count, 4 + from); /* what lies in front of the circle is there */
			assert_status(ERR_CORRUPT, table.logical.code, &table.logical);
			assert_trail(&table.logical, "comes back to LBA");
			assert_int_equal(table.logical.frame[0].a, target);
			memcpy(link, saved, 16);
		}
	}

	uint8_t *second = disk.data + ebr_lba(&disk, 1) * 512;

	put_le16(second + 510, 0);
	assert_ok(table_read(&disk), &table_err);
	assert_int_equal(table.count, 4);
	assert_trail(&table.logical, "breaks at LBA");
	put_le16(second + 510, 0xAA55);
	put_le32(second + 446 + 16 + 8, UINT32_MAX); /* the link leads off the disk */
	assert_ok(table_read(&disk), &table_err);
	assert_int_equal(table.count, 5);
	assert_status(ERR_CORRUPT, table.logical.code, &table.logical);
	put_le32(second + 446 + 8, UINT32_MAX); /* the partition is off the disk */
	put_le32(second + 446 + 16 + 8, 0);
	second[446 + 16 + 4] = 0;
	assert_ok(table_read(&disk), &table_err);
	assert_int_equal(table.logical.code, OK);
	assert_int_equal(table.outside, 6);
	test_disk_free(&disk);
}

static void a_thousand_logical_partitions(void **state)
{
	struct test_disk disk;

	(void)state;
	test_disk_init(&disk, 8 * MIB, 512);
	put_le16(disk.data + 510, 0xAA55);
	disk.data[446 + 4] = 0x05;
	put_le32(disk.data + 446 + 8, 1);
	put_le32(disk.data + 446 + 12, 16000);
	for (uint32_t i = 0; i < 1000; i++) {
		uint8_t *ebr = disk.data + (1 + 2 * i) * 512;

		put_le16(ebr + 510, 0xAA55);
		ebr[446 + 4] = 0x83;
		put_le32(ebr + 446 + 8, 1);
		put_le32(ebr + 446 + 12, 1);
		ebr[446 + 16 + 4] = 0x05;
		put_le32(ebr + 446 + 16 + 8, 2 * (i + 1));
		put_le32(ebr + 446 + 16 + 12, 2);
	}
	assert_ok(table_read(&disk), &table_err);
	assert_int_equal(table.count, PARTITIONS_MAX);
	assert_int_equal(table.partition[PARTITIONS_MAX - 1].first_lba, 2 + 2 * (PARTITIONS_MAX - 2));
	assert_int_not_equal(table.too_many, 0);
	test_disk_free(&disk);
}

static void an_mbr_that_does_not_fit_the_disk(void **state)
{
	struct test_disk disk;

	(void)state;
	make_mbr(&disk);
	disk.device.blocks = 60 * SECTORS_PER_MIB - 1;
	assert_ok(table_read(&disk), &table_err); /* the last one is left out */
	assert_int_equal(table.outside, 3);
	disk.device.blocks = 2;
	assert_status(ERR_CORRUPT, table_read(&disk), &table_err);
	assert_trail(&table_err, "does not fit the disk");
	assert_non_null(table_err.hint);
	test_disk_free(&disk);
}

static void a_file_system_without_a_table(void **state)
{
	/* The last two write a table whose partition is the volume itself. */
	static const char *const commands[] = {
		"mkfs.fat -C disk 1440",          "mkfs.fat -F 32 -C disk 40000",   "mkfs.fat -F 16 -C disk 20000",
		"mkfs.fat -S 4096 -C disk 40000", "mkfs.fat --mbr=y -C disk 20000", "mformat -C -i disk -f 1440 ::",
	};
	struct test_disk disk;

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		shell_run("rm -f disk && %s", commands[i]);
		test_disk_load(&disk, "disk", 512);
		assert_status(ERR_NOT_FOUND, table_read(&disk), &table_err);
		/* Boot code that reaches into the place of the table, as in the sectors of other systems. */
		for (unsigned byte = 0x01; byte < 0x80; byte += 0x0D) {
			memset(disk.data + 446, (int)byte, 64);
			assert_status(ERR_NOT_FOUND, table_read(&disk), &table_err);
		}
		/* Even if it looks like one, it cannot be right. */
		memset(disk.data + 446, 0, 64);
		memset(disk.data + 446 + 4, 0x6B, 12);
		assert_status(ERR_NOT_FOUND, table_read(&disk), &table_err);
		test_disk_free(&disk);
	}
	test_disk_init(&disk, MIB, 512);
	assert_status(ERR_NOT_FOUND, table_read(&disk), &table_err);
	put_le16(disk.data + 510, 0xAA55);
	assert_status(ERR_NOT_FOUND, table_read(&disk), &table_err);
	test_disk_free(&disk);
}

/* Every single-bit flip of the table and of two extended boot records: no crash, no hang, and no partition that is not inside the disk. */
static void every_bit_flip(void **state)
{
	struct test_disk disk;

	(void)state;
	make_mbr(&disk);

	uint64_t places[] = { 0, ebr_lba(&disk, 0), ebr_lba(&disk, 1) };

	for (unsigned bit = 0; bit < 3 * 512 * 8; bit++) {
		uint8_t *byte = disk.data + places[bit / 4096] * 512 + bit % 4096 / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		if (table_read(&disk) == OK) {
			for (unsigned i = 0; i < table.count; i++)
				assert_true(table.partition[i].first_lba + table.partition[i].blocks <= disk.device.blocks);
		}
		*byte ^= (uint8_t)(1u << bit % 8);
	}
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mbr_of_sfdisk),
		cmocka_unit_test(a_chain_of_logical_partitions_ends),
		cmocka_unit_test(a_thousand_logical_partitions),
		cmocka_unit_test(an_mbr_that_does_not_fit_the_disk),
		cmocka_unit_test(a_file_system_without_a_table),
		cmocka_unit_test(every_bit_flip),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
