/* SPDX-License-Identifier: MIT */
/* IVRS tables: a sound one, and what firmware gets wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/memory/memory_map.h"
#include "kernel-handoff/acpi/ivrs.h"
#include "support_block.h" // assert_ok, assert_status, assert_trail
#include "support_iommu.h"

#define GIB (1ull << 30)

enum { INFORMATION = 36, IVHD = 48, ENTRIES = 72, IVMD_BYTES = 32, IVHD_40_BYTES = 40, NAMED_BYTES = 22, MIB = 1 << 20 };

static uint8_t table[IOMMU_TABLE_MAX];
static size_t bytes;
static struct memory_map map;
static struct err err;

static int reset(void **state)
{
	struct memory_range ranges[] = {
		{ 0, 0xA0000, MEMORY_RAM, 1 },
		{ MIB, GIB, MEMORY_RAM, 1 },
		{ GIB, GIB + MIB, MEMORY_RESERVED, 1 },
		{ 4 * GIB, 5 * GIB, MEMORY_RAM, 1 },
	};

	(void)state;
	assert_ok(memory_map_build(ranges, sizeof ranges / sizeof *ranges, &map, &err), &err);
	memcpy(table, qemu_ivrs, IVRS_BYTES);
	bytes = IVRS_BYTES;
	return 0;
}

static enum status check_table(void)
{
	iommu_table_seal(table, bytes);
	return ivrs_check(span_of(table, bytes), &map, &err);
}

static void assert_damaged(const char *words)
{
	assert_status(ERR_CORRUPT, check_table(), &err);
	assert_trail(&err, "IVRS");
	assert_trail(&err, words);
}

static void qemus_table_is_sound(void **state)
{
	(void)state;
	assert_ok(ivrs_check(span_of(qemu_ivrs, IVRS_BYTES), &map, &err), &err);
}

static void the_header_has_to_be_right(void **state)
{
	(void)state;
	table[9]++;
	assert_status(ERR_CORRUPT, ivrs_check(span_of(table, bytes), &map, &err), &err);
	assert_trail(&err, "checksum");
	assert_status(ERR_CORRUPT, ivrs_check(span_of(table, bytes - 1), &map, &err), &err);
	assert_trail(&err, "cut off");
	bytes = 47;
	assert_damaged("cut off");
}

static void a_table_that_ends_anywhere(void **state)
{
	(void)state;
	for (bytes = 48; bytes < IVRS_BYTES; bytes++)
		assert_damaged(bytes == 48 ? "no IOMMU" : "block of");
}

static void every_single_byte_changed_is_survived(void **state)
{
	(void)state;
	for (size_t at = 0; at < IVRS_BYTES; at++) {
		for (unsigned value = 0; value < 256; value += 5) {
			reset(NULL);
			table[at] = (uint8_t)value;
			if (check_table() != OK)
				assert_true(err.depth > 0);
		}
	}
}

static void lengths_of_blocks(void **state)
{
	static const uint16_t lengths[] = { 0, 3, 23, IVRS_BYTES - IVHD + 1, UINT16_MAX };

	(void)state;
	for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		put_le16(table + IVHD + 2, lengths[i]);
		assert_damaged("block of");
	}
}

static void an_iommu_needs_registers(void **state)
{
	static const uint64_t bases[] = { 0, 0xFED81000 };

	(void)state;
	for (unsigned i = 0; i < sizeof bases / sizeof *bases; i++) {
		put_le64(table + IVHD + 8, bases[i]);
		assert_damaged("registers");
	}
}

/* The type says how long an entry is; the last one of QEMU's table is a special device of eight bytes. */
static void device_entries_have_to_fit(void **state)
{
	(void)state;
	table[IVRS_BYTES - 8] = 0x80; /* 16 bytes */
	assert_damaged("device entry");
	reset(NULL);
	table[ENTRIES] = 0xFF; /* 32 bytes, more than there are */
	assert_damaged("device entry");
}

/* Type 40h may name devices, by a text whose length is the last byte before it. */
static void devices_with_names(void **state)
{
	static uint8_t block[IVHD_40_BYTES + NAMED_BYTES + 5] = { 0x40, 0, sizeof block, 0 };

	(void)state;
	put_le64(block + 8, 0xFED80000);
	block[IVHD_40_BYTES] = 0xF0;
	for (unsigned length = 0; length < 8; length++) {
		reset(NULL);
		block[IVHD_40_BYTES + NAMED_BYTES - 1] = (uint8_t)length;
		bytes = iommu_table_append(table, bytes, block, sizeof block);
		/* What is left of the block are entries of four bytes, type 0. */
		if (length == 1 || length == 5)
			assert_ok(check_table(), &err);
		else
			assert_damaged("device entry");
	}
}

static void blocks_of_later_versions_are_passed_over(void **state)
{
	static const uint8_t unknown[] = { 0x99, 0, 6, 0, 1, 2 };

	(void)state;
	bytes = iommu_table_append(table, bytes, unknown, sizeof unknown);
	assert_ok(check_table(), &err);
}

static void all_memory_is_in_reach(void **state)
{
	(void)state;
	put_le32(table + INFORMATION, 33 << 8);
	assert_ok(check_table(), &err);
	put_le32(table + INFORMATION, 32 << 8);
	assert_damaged("bits of address");
}

static enum status with_ivmd(uint64_t start, uint64_t length)
{
	static uint8_t ivmd[IVMD_BYTES] = { 0x21, 8, IVMD_BYTES, 0 };

	reset(NULL);
	put_le64(ivmd + 16, start);
	put_le64(ivmd + 24, length);
	bytes = iommu_table_append(table, bytes, ivmd, sizeof ivmd);
	return ivrs_check(span_of(table, bytes), &map, &err);
}

static void memory_of_devices_is_reserved(void **state)
{
	(void)state;
	assert_ok(with_ivmd(GIB, MIB), &err);
	assert_status(ERR_CORRUPT, with_ivmd(GIB - 1, 2), &err);
	assert_trail(&err, "not reserved memory");
	assert_status(ERR_CORRUPT, with_ivmd(2 * GIB, 0x1000), &err);
	assert_status(ERR_CORRUPT, with_ivmd(GIB, 0), &err);
	assert_status(ERR_CORRUPT, with_ivmd(GIB, UINT64_MAX), &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(qemus_table_is_sound, reset),
		cmocka_unit_test_setup(the_header_has_to_be_right, reset),
		cmocka_unit_test_setup(a_table_that_ends_anywhere, reset),
		cmocka_unit_test_setup(every_single_byte_changed_is_survived, reset),
		cmocka_unit_test_setup(lengths_of_blocks, reset),
		cmocka_unit_test_setup(an_iommu_needs_registers, reset),
		cmocka_unit_test_setup(device_entries_have_to_fit, reset),
		cmocka_unit_test_setup(devices_with_names, reset),
		cmocka_unit_test_setup(blocks_of_later_versions_are_passed_over, reset),
		cmocka_unit_test_setup(all_memory_is_in_reach, reset),
		cmocka_unit_test_setup(memory_of_devices_is_reserved, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
