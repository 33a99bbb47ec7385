/* SPDX-License-Identifier: MIT */
/* DMAR tables: a sound one, and what firmware gets wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/memory/memory_map.h"
#include "kernel-handoff/acpi/dmar.h"
#include "support_block.h" // assert_ok, assert_status, assert_trail
#include "support_iommu.h"

#define GIB (1ull << 30)

enum { DRHD = 48, SCOPES = 64, RMRR_BYTES = 32, HOST_WIDTH = 36, FLAGS = 37, MIB = 1 << 20 };

static uint8_t table[IOMMU_TABLE_MAX];
static size_t bytes;
static struct memory_map map;
static struct dmar dmar;
static struct err err;

static int reset(void **state)
{
	struct memory_range ranges[] = {
		{ 0, 0xA0000, MEMORY_RAM, 1 },          { 0xF0000, MIB, MEMORY_RESERVED, 1 },        { MIB, GIB, MEMORY_RAM, 1 },
		{ GIB, GIB + MIB, MEMORY_RESERVED, 1 }, { GIB + MIB, GIB + 2 * MIB, MEMORY_NVS, 1 }, { 4 * GIB, 5 * GIB, MEMORY_RAM, 1 },
	};

	(void)state;
	assert_ok(memory_map_build(ranges, sizeof ranges / sizeof *ranges, &map, &err), &err);
	memcpy(table, qemu_dmar, DMAR_BYTES);
	bytes = DMAR_BYTES;
	dmar = (struct dmar){ .units = 0 };
	return 0;
}

static enum status read_table(void)
{
	iommu_table_seal(table, bytes);
	return dmar_read(span_of(table, bytes), &map, &dmar, &err);
}

static void assert_damaged(const char *words)
{
	dmar.units = 77;
	assert_status(ERR_CORRUPT, dmar_read(span_of(table, bytes), &map, &dmar, &err), &err);
	assert_trail(&err, "DMAR");
	assert_trail(&err, words);
	assert_int_equal(dmar.units, 77);
}

static void qemus_table_is_sound(void **state)
{
	(void)state;
	assert_ok(dmar_read(span_of(qemu_dmar, DMAR_BYTES), &map, &dmar, &err), &err);
	assert_int_equal(dmar.units, 1);
	assert_true(dmar.interrupt_remapping && !dmar.x2apic_opt_out);
}

static void flags(void **state)
{
	(void)state;
	table[FLAGS] = 2;
	assert_ok(read_table(), &err);
	assert_true(!dmar.interrupt_remapping && dmar.x2apic_opt_out);
}

static void the_header_has_to_be_right(void **state)
{
	(void)state;
	table[9]++;
	assert_damaged("checksum");
	reset(NULL);
	table[0] = 'X';
	iommu_table_seal(table, bytes);
	assert_damaged("signature");
	reset(NULL);
	bytes--;
	assert_damaged("cut off");
	for (bytes = 0; bytes < 48; bytes++) {
		if (bytes >= 36)
			iommu_table_seal(table, bytes);
		assert_damaged("DMAR");
	}
}

/* Every structure, cut off at every byte. */
static void a_table_that_ends_anywhere(void **state)
{
	(void)state;
	for (size_t end = 48; end < DMAR_BYTES; end++) {
		reset(NULL);
		bytes = end;
		iommu_table_seal(table, bytes);
		assert_damaged(end == 48 ? "no remapping unit" : "structure");
	}
}

static void every_single_byte_changed_is_survived(void **state)
{
	(void)state;
	for (size_t at = 0; at < DMAR_BYTES; at++) {
		for (unsigned value = 0; value < 256; value += 5) {
			reset(NULL);
			table[at] = (uint8_t)value;
			if (read_table() != OK)
				assert_true(err.depth > 0);
		}
	}
}

static void lengths_of_structures(void **state)
{
	static const uint16_t lengths[] = { 0, 3, 15, DMAR_BYTES - DRHD + 1, UINT16_MAX };

	(void)state;
	for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		put_le16(table + DRHD + 2, lengths[i]);
		iommu_table_seal(table, bytes);
		assert_damaged("structure of");
	}
}

static void structures_of_later_versions_are_passed_over(void **state)
{
	static const uint8_t unknown[] = { 0x99, 0x99, 6, 0, 1, 2 };

	(void)state;
	bytes = iommu_table_append(table, bytes, unknown, sizeof unknown);
	assert_ok(read_table(), &err);
}

static void a_unit_needs_registers(void **state)
{
	static const uint64_t bases[] = { 0, 0xFED90004 };

	(void)state;
	for (unsigned i = 0; i < sizeof bases / sizeof *bases; i++) {
		put_le64(table + DRHD + 8, bases[i]);
		iommu_table_seal(table, bytes);
		assert_damaged("registers");
	}
}

static void scopes_have_to_fit(void **state)
{
	static const uint8_t lengths[] = { 0, 1, 6, 7, 200 };

	(void)state;
	for (unsigned i = 0; i < sizeof lengths; i++) {
		reset(NULL);
		table[SCOPES + 1] = lengths[i];
		iommu_table_seal(table, bytes);
		assert_damaged("device scope");
	}
}

static void all_memory_is_in_reach(void **state)
{
	(void)state;
	table[HOST_WIDTH] = 32; /* 33 bits: 8 GiB */
	assert_ok(read_table(), &err);
	table[HOST_WIDTH] = 31;
	iommu_table_seal(table, bytes);
	assert_damaged("bits of address");
	table[HOST_WIDTH] = 255;
	assert_ok(read_table(), &err);
}

static enum status with_rmrr(uint64_t base, uint64_t limit)
{
	static uint8_t rmrr[RMRR_BYTES] = { 1, 0, RMRR_BYTES, 0, [24] = 1, 8, 0, 0, 0, 0, 0x1D, 0 };

	reset(NULL);
	put_le64(rmrr + 8, base);
	put_le64(rmrr + 16, limit);
	bytes = iommu_table_append(table, bytes, rmrr, sizeof rmrr);
	return dmar_read(span_of(table, bytes), &map, &dmar, &err);
}

static void memory_of_devices_is_reserved(void **state)
{
	(void)state;
	assert_ok(with_rmrr(GIB, GIB + MIB - 1), &err);
	assert_ok(with_rmrr(GIB + MIB - 0x1000, GIB + MIB + 0xFFF), &err); /* reserved, then NVS */
	assert_status(ERR_CORRUPT, with_rmrr(GIB - 0x1000, GIB + 0xFFF), &err);
	assert_trail(&err, "not reserved memory");
	assert_status(ERR_CORRUPT, with_rmrr(2 * MIB, 3 * MIB - 1), &err);     /* RAM */
	assert_status(ERR_CORRUPT, with_rmrr(2 * GIB, 2 * GIB + 0xFFF), &err); /* nobody knows it */
	assert_status(ERR_CORRUPT, with_rmrr(GIB, GIB - 1), &err);
	assert_status(ERR_CORRUPT, with_rmrr(GIB, GIB + 0x1000), &err); /* the limit is the last byte */
	assert_status(ERR_CORRUPT, with_rmrr(GIB + 1, GIB + 0xFFF), &err);
	assert_status(ERR_CORRUPT, with_rmrr(0, UINT64_MAX), &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(qemus_table_is_sound, reset),
		cmocka_unit_test_setup(flags, reset),
		cmocka_unit_test_setup(the_header_has_to_be_right, reset),
		cmocka_unit_test_setup(a_table_that_ends_anywhere, reset),
		cmocka_unit_test_setup(every_single_byte_changed_is_survived, reset),
		cmocka_unit_test_setup(lengths_of_structures, reset),
		cmocka_unit_test_setup(structures_of_later_versions_are_passed_over, reset),
		cmocka_unit_test_setup(a_unit_needs_registers, reset),
		cmocka_unit_test_setup(scopes_have_to_fit, reset),
		cmocka_unit_test_setup(all_memory_is_in_reach, reset),
		cmocka_unit_test_setup(memory_of_devices_is_reserved, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
