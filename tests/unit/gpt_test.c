/* SPDX-License-Identifier: MIT */
/* GPT, as sgdisk writes it, whole and damaged; what makes a partition table a GPT; memory. */
#include "support_partition.h"
#include "support_shell.h"

#include "core/base/span.h"
#include "core/hash/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1024 * 1024 };

static void make_gpt(struct test_disk *disk)
{
	shell_run("rm -f disk && truncate -s 64M disk && "
		  "sgdisk --disk-guid=00112233-4455-6677-8899-aabbccddeeff "
		  "-n 1:2048:4095 -t 1:EF02 -c 1:BIOS "
		  "-n 2:4096:36863 -t 2:EF00 -c 2:'EFI system' -u 2:01234567-89ab-cdef-0123-456789abcdef "
		  "-n 5:36864:0 -t 5:EA00 -c 5:'Größe' -A 5:set:2 disk");
	test_disk_load(disk, "disk", 512);
}

static void assert_is_that_gpt(void)
{
	char text[GUID_TEXT_BYTES];

	assert_int_equal(table.kind, TABLE_GPT);
	assert_int_equal(table.count, 3);
	guid_format(table.disk_guid, text);
	assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
	assert_int_equal(table.partition[0].number, 1);
	assert_int_equal(table.partition[0].first_lba, 2048);
	assert_int_equal(table.partition[0].blocks, 2048);
	assert_memory_equal(table.partition[0].type_guid, GUID_BIOS_BOOT, GUID_BYTES);
	assert_string_equal(table.partition[0].name, "BIOS");
	assert_int_equal(table.partition[1].number, 2);
	assert_int_equal(table.partition[1].first_lba, 4096);
	assert_int_equal(table.partition[1].blocks, 32768);
	assert_memory_equal(table.partition[1].type_guid, GUID_ESP, GUID_BYTES);
	guid_format(table.partition[1].unique_guid, text);
	assert_string_equal(text, "01234567-89ab-cdef-0123-456789abcdef");
	assert_string_equal(table.partition[1].name, "EFI system");
	assert_int_equal(table.partition[1].attributes, 0);
	assert_int_equal(table.partition[2].number, 5);
	assert_int_equal(table.partition[2].first_lba, 36864);
	assert_memory_equal(table.partition[2].type_guid, GUID_XBOOTLDR, GUID_BYTES);
	assert_string_equal(table.partition[2].name, "Gr??e");
	assert_int_equal(table.partition[2].attributes, 4);
}

static void gpt_of_sgdisk(void **state)
{
	struct test_disk disk;

	(void)state;
	make_gpt(&disk);
	assert_ok(table_read(&disk), &table_err);
	assert_is_that_gpt();
	assert_false(table.from_backup);
	assert_true(table_arena.used < 3 * sizeof(struct partition) + 64); /* nothing but the result is kept */
	test_disk_free(&disk);
}

static void gpt_with_4096_byte_blocks(void **state)
{
	struct test_disk disk;

	(void)state;
	/* Tools take the block size from the device, and a file has 512: its table is moved and signed again. */
	make_gpt(&disk);

	struct test_disk large;

	test_disk_init(&large, 64 * MIB, 4096);
	memcpy(large.data, disk.data, 512);
	memcpy(large.data + 4096, disk.data + 512, 512);
	memcpy(large.data + 8192, disk.data + 1024, 128 * 128);

	uint8_t *header = large.data + 4096;

	put_le64(header + 32, 16383); /* alternate */
	put_le64(header + 40, 6);     /* first and last usable */
	put_le64(header + 48, 16378);
	put_le64(large.data + 8192 + 32, 256); /* partition 1 */
	put_le64(large.data + 8192 + 40, 511);
	put_le64(large.data + 8192 + 128 + 32, 512);
	put_le64(large.data + 8192 + 128 + 40, 4607);
	put_le64(large.data + 8192 + 4 * 128 + 32, 4608);
	put_le64(large.data + 8192 + 4 * 128 + 40, 16000);
	put_le32(header + 88, crc32_update(0, large.data + 8192, 128 * 128));
	put_le32(header + 16, 0);
	put_le32(header + 16, crc32_update(0, header, 92));
	assert_ok(table_read(&large), &table_err);
	assert_int_equal(table.count, 3);
	assert_false(table.from_backup);
	assert_int_equal(table.partition[1].first_lba, 512);
	assert_int_equal(table.partition[1].blocks, 4096);
	test_disk_free(&disk);
	test_disk_free(&large);
}

/* Whatever is wrong with one copy, the other one gives the same table; with both, the trail names the disk. */
static void each_gpt_copy_is_checked(void **state)
{
	/* Offsets in the header block, then in the array: each of these flips must be noticed. */
	static const unsigned flips[] = { 0,
					  7,
					  8,
					  11,
					  12,
					  16,
					  24,
					  25,
					  32,
					  40,
					  48,
					  55,
					  56,
					  71,
					  72,
					  80,
					  84,
					  88,
					  91,
					  512 * 1,
					  512 * 1 + 17,
					  512 * 4 + 300,
					  512 * 32 + 511 };
	struct test_disk disk;

	(void)state;
	make_gpt(&disk);
	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
		uint8_t *primary = disk.data + 512 + flips[i];
		/* The backup's array comes before its header. */
		uint8_t *backup =
			flips[i] < 512 ? disk.data + disk.bytes - 512 + flips[i] : disk.data + disk.bytes - 33 * 512 + flips[i] - 512;

		*primary ^= 0x10;
		assert_ok(table_read(&disk), &table_err);
		assert_is_that_gpt();
		assert_true(table.from_backup);
		*backup ^= 0x10;
		assert_status(ERR_CORRUPT, table_read(&disk), &table_err);
		assert_trail(&table_err, "test disk");
		assert_int_equal(table_arena.used, 0);
		*primary ^= 0x10;
		assert_ok(table_read(&disk), &table_err);
		assert_is_that_gpt();
		assert_false(table.from_backup);
		*backup ^= 0x10;
	}
	test_disk_free(&disk);
}

static void an_unreadable_gpt_leads_to_the_backup(void **state)
{
	struct test_disk disk;

	(void)state;
	make_gpt(&disk);
	for (disk.bad_lba = 1; disk.bad_lba <= 33; disk.bad_lba++) {
		assert_ok(table_read(&disk), &table_err);
		assert_is_that_gpt();
		assert_true(table.from_backup);
	}
	disk.bad_lba = 0;
	assert_status(ERR_IO, table_read(&disk), &table_err);
	assert_trail(&table_err, "LBA 0");

	/* Each read fails, alone or for good: either the right table or an I/O error. */
	disk.bad_lba = NO_LBA;
	for (int for_good = 0; for_good <= 1; for_good++) {
		enum status status = OK;

		disk.fail_for_good = for_good != 0;
		for (disk.fail_at = 1; disk.reads = 0, status = table_read(&disk), disk.reads >= disk.fail_at; disk.fail_at++) {
			if (status == OK)
				assert_is_that_gpt();
			else
				assert_status(ERR_IO, status, &table_err);
		}
		assert_ok(status, &table_err);
		assert_true(disk.fail_at > 3);
	}
	test_disk_free(&disk);
}

static void a_gpt_on_a_disk_that_grew(void **state)
{
	struct test_disk disk;

	(void)state;
	make_gpt(&disk);
	test_disk_free(&disk);
	shell_run("truncate -s 80M disk");
	test_disk_load(&disk, "disk", 512);
	assert_ok(table_read(&disk), &table_err);
	assert_is_that_gpt();
	disk.data[1024] ^= 1; /* the array: the header still tells where the backup is */
	assert_ok(table_read(&disk), &table_err);
	assert_is_that_gpt();
	assert_true(table.from_backup);
	test_disk_free(&disk);

	/* Cut short, or by firmware that does not see all of it: what lies on it is still there. */
	shell_run("truncate -s 60M disk");
	test_disk_load(&disk, "disk", 512);
	assert_ok(table_read(&disk), &table_err);
	assert_false(table.from_backup);
	test_disk_free(&disk);
}

static void a_gpt_without_protective_mbr_does_not_count(void **state)
{
	struct test_disk disk;

	(void)state;
	make_gpt(&disk);
	disk.data[446 + 4] = 0x83; /* sgdisk's protective line becomes a Linux partition over the whole disk */
	assert_ok(table_read(&disk), &table_err);
	assert_int_equal(table.kind, TABLE_MBR);
	disk.data[446 + 4] = 0xEE;
	memcpy(disk.data + 446 + 32, disk.data + 446, 16); /* a hybrid: it is the third line */
	memset(disk.data + 446, 0, 16);
	assert_ok(table_read(&disk), &table_err);
	assert_is_that_gpt();
	memset(disk.data, 0, 512);
	assert_status(ERR_NOT_FOUND, table_read(&disk), &table_err);
	test_disk_free(&disk);
}

static void no_memory(void **state)
{
	static uint8_t arena_bytes[256 * 1024];
	struct test_disk disk;
	struct arena arena;
	enum status status;
	unsigned fail_at = 0;

	(void)state;
	make_gpt(&disk);
	do {
		arena_init(&arena, arena_bytes, sizeof(arena_bytes));
		arena.fail_at = ++fail_at;
		status = partition_table_read(&disk.device, &arena, &table, &table_err);
		assert_status(arena.calls >= fail_at ? ERR_NO_MEMORY : OK, status, &table_err);
	} while (status != OK);
	assert_true(fail_at > 2);
	test_disk_free(&disk);
}

/* Every single-bit flip of header and array: the backup gives the same table, unless the bit is in padding. */
static void every_bit_flip(void **state)
{
	struct test_disk disk;

	(void)state;
	make_gpt(&disk);
	for (unsigned bit = 0; bit < 33 * 512 * 8; bit++) {
		uint8_t *byte = disk.data + 512 + bit / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		assert_ok(table_read(&disk), &table_err);
		assert_is_that_gpt();
		assert_int_equal(table.from_backup, bit < 92 * 8 || bit >= 512 * 8);
		*byte ^= (uint8_t)(1u << bit % 8);
	}
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gpt_of_sgdisk),
		cmocka_unit_test(gpt_with_4096_byte_blocks),
		cmocka_unit_test(each_gpt_copy_is_checked),
		cmocka_unit_test(an_unreadable_gpt_leads_to_the_backup),
		cmocka_unit_test(a_gpt_on_a_disk_that_grew),
		cmocka_unit_test(a_gpt_without_protective_mbr_does_not_count),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(every_bit_flip),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
