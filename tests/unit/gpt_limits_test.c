/* SPDX-License-Identifier: MIT */
/* GPTs made by hand, with the right checksums: every size that is legal, and what cannot be. */
#include "support_partition.h"

#include "core/base/span.h"
#include "core/hash/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1024 * 1024 };

/* A well-signed GPT with `entries` entries of `entry_bytes` bytes, every third in use. */
static void make_big_gpt(struct test_disk *disk, uint32_t entries, uint32_t entry_bytes)
{
	uint8_t *header = disk->data + 512, *array = disk->data + 1024;

	memset(disk->data, 0, 2 * MIB);
	disk->data[446 + 4] = 0xEE;
	put_le32(disk->data + 446 + 8, 1);
	put_le32(disk->data + 446 + 12, 1);
	put_le16(disk->data + 510, 0xAA55);
	memcpy(header, "EFI PART", 8);
	put_le32(header + 8, 0x10000);
	put_le32(header + 12, 92);
	put_le64(header + 24, 1);
	put_le64(header + 32, disk->device.blocks - 1);
	put_le64(header + 40, 4000);
	put_le64(header + 48, disk->device.blocks - 100);
	put_le64(header + 72, 2);
	put_le32(header + 80, entries);
	put_le32(header + 84, entry_bytes);
	for (uint32_t i = 0; i < entries && (uint64_t)(i + 1) * entry_bytes <= MIB; i += 3) {
		uint8_t *entry = array + (size_t)i * entry_bytes;

		memcpy(entry, GUID_ESP, GUID_BYTES);
		put_le64(entry + 32, 4000 + i);
		put_le64(entry + 40, 4000 + i);
	}
	if ((uint64_t)entries * entry_bytes <= 2 * MIB)
		put_le32(header + 88, crc32_update(0, array, (size_t)entries * entry_bytes));
	put_le32(header + 16, crc32_update(0, header, 92));
}

/* The entry as it is on the disk, whatever its size. */
static void check_raw_entry(struct test_disk *disk, unsigned number, uint32_t entry_bytes)
{
	uint8_t entry[GPT_ENTRY_BYTES_MAX];

	assert_int_equal(table.entry_bytes, entry_bytes);
	assert_ok(gpt_entry_read(&disk->device, &table, number, entry, &table_err), &table_err);
	assert_memory_equal(entry, disk->data + 1024 + (size_t)(number - 1) * entry_bytes, entry_bytes);
	disk->fail_at = disk->reads + 1;
	assert_status(ERR_IO, gpt_entry_read(&disk->device, &table, number, entry, &table_err), &table_err);
	disk->fail_at = 0;
}

static void gpt_sizes(void **state)
{
	static const struct {
		uint32_t entries, entry_bytes;
		enum status status;
		unsigned count;
	} cases[] = {
		{ 4, 128, OK, 2 },
		{ 1, 128, OK, 1 },
		{ 128, 256, OK, 43 },
		{ 128, 4096, OK, 43 },
		{ 100, 512, OK, 34 },
		{ 1024, 128, OK, PARTITIONS_MAX }, /* 342 in use: the first 256 are kept */
		{ 8192, 128, OK, PARTITIONS_MAX },
		{ 8193, 128, ERR_TOO_BIG, 0 },
		{ UINT32_MAX, 128, ERR_TOO_BIG, 0 },
		{ UINT32_MAX, 4096, ERR_TOO_BIG, 0 },
		{ 128, 64, ERR_CORRUPT, 0 },
		{ 128, 192, ERR_CORRUPT, 0 },
		{ 128, 8192, ERR_CORRUPT, 0 },
		{ 128, 0, ERR_CORRUPT, 0 },
	};
	struct test_disk disk;

	(void)state;
	test_disk_init(&disk, 16 * MIB, 512);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_big_gpt(&disk, cases[i].entries, cases[i].entry_bytes);
		assert_status(cases[i].status, table_read(&disk), &table_err);
		if (cases[i].status != OK)
			continue;
		assert_int_equal(table.count, cases[i].count);
		for (unsigned k = 0; k < table.count; k++) {
			assert_int_equal(table.partition[k].number, 3 * k + 1);
			assert_int_equal(table.partition[k].first_lba, 4000 + 3 * k);
			assert_int_equal(table.partition[k].blocks, 1);
			check_raw_entry(&disk, 3 * k + 1, cases[i].entry_bytes);
		}
	}
	/* A partition that the disk is too short for is left out, and named. */
	make_big_gpt(&disk, 4, 128);
	put_le64(disk.data + 1024 + 40, disk.device.blocks);
	put_le32(disk.data + 512 + 88, crc32_update(0, disk.data + 1024, 512));
	put_le32(disk.data + 512 + 16, 0);
	put_le32(disk.data + 512 + 16, crc32_update(0, disk.data + 512, 92));
	assert_status(OK, table_read(&disk), &table_err);
	assert_int_equal(table.outside, 1);
	assert_int_equal(table.count, 1);
	assert_int_equal(table.partition[0].number, 4);
	/* A signed entry that cannot be on any disk. */
	make_big_gpt(&disk, 4, 128);
	put_le64(disk.data + 1024 + 40, 3);
	put_le32(disk.data + 512 + 88, crc32_update(0, disk.data + 1024, 512));
	put_le32(disk.data + 512 + 16, 0);
	put_le32(disk.data + 512 + 16, crc32_update(0, disk.data + 512, 92));
	assert_status(ERR_CORRUPT, table_read(&disk), &table_err);
	assert_trail(&table_err, "GPT partition 1 starts at LBA 0 or ends before it starts");
	test_disk_free(&disk);
}

/* Headers whose checksum is right, but which say what cannot be. */
static void signed_nonsense(void **state)
{
	static const struct {
		unsigned offset;
		uint64_t value;
		const char *trail;
	} cases[] = {
		{ 24, 2, "says that it is at LBA 2" },   { 40, 30000, "wants to use the disk" },       { 72, 0, "is not inside the disk" },
		{ 72, 32768, "is not inside the disk" }, { 72, UINT64_MAX, "is not inside the disk" },
	};
	struct test_disk disk;

	(void)state;
	test_disk_init(&disk, 16 * MIB, 512);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *header = disk.data + 512;

		make_big_gpt(&disk, 4, 128);
		put_le64(header + 48, 29999);
		put_le64(header + cases[i].offset, cases[i].value);
		put_le32(header + 16, 0);
		put_le32(header + 16, crc32_update(0, header, 92));
		assert_status(ERR_CORRUPT, table_read(&disk), &table_err);
		assert_trail(&table_err, cases[i].trail);
	}
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gpt_sizes),
		cmocka_unit_test(signed_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
