/* SPDX-License-Identifier: MIT */
/* The processors of the MADT: both structures, what is left out, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "kernel-handoff/acpi/madt.h"
#include "support_block.h"
#include "support_madt.h"

static struct test_madt table;
static struct madt_cpu cpu[MADT_CPUS_MAX];
static unsigned count;
static struct err err;

/* In memory of just the length that the span has. */
static enum status read_span(struct span madt)
{
	uint8_t *exact = malloc(madt.bytes + 1);
	enum status status;

	for (size_t i = 0; i < madt.bytes; i++)
		exact[1 + i] = madt.data[i];
	count = 77;
	status = madt_cpus(span_of(exact + 1, madt.bytes), cpu, &count, &err);
	free(exact);
	if (status != OK)
		assert_int_equal(count, 77);
	return status;
}

static void assert_cpu(unsigned i, uint32_t apic_id, uint32_t acpi_uid, bool enabled, bool online_capable)
{
	assert_true(i < count);
	assert_int_equal(cpu[i].apic_id, apic_id);
	assert_int_equal(cpu[i].acpi_uid, acpi_uid);
	assert_int_equal(cpu[i].enabled, enabled);
	assert_int_equal(cpu[i].online_capable, online_capable);
}

static void processors_are_listed_in_their_order(void **state)
{
	(void)state;
	madt_begin(&table);
	madt_add_apic(&table, 1, 4, MADT_ENABLED);
	madt_add_other(&table, 1, 12); /* I/O APIC */
	madt_add_apic(&table, 2, 0, MADT_ENABLED | MADT_ONLINE_CAPABLE);
	madt_add_apic(&table, 3, 6, MADT_ONLINE_CAPABLE);
	madt_add_other(&table, 2, 10);
	madt_add_other(&table, 77, 2); /* of a later ACPI */
	madt_add_x2apic(&table, 300, 0x1FF, MADT_ENABLED);
	assert_ok(read_span(madt_end(&table)), &err);
	assert_int_equal(count, 4);
	assert_cpu(0, 4, 1, true, false);
	assert_cpu(1, 0, 2, true, true);
	assert_cpu(2, 6, 3, false, true);
	assert_cpu(3, 0x1FF, 300, true, false);
}

static void what_cannot_be_used_is_left_out(void **state)
{
	(void)state;
	madt_begin(&table);
	madt_add_apic(&table, 1, 0, MADT_ENABLED);
	madt_add_apic(&table, 2, 1, 0);
	madt_add_apic(&table, 3, 2, 0xFFFFFFFC);
	madt_add_apic(&table, 4, 0xFF, MADT_ENABLED);
	madt_add_x2apic(&table, 5, 0xFFFFFFFF, MADT_ENABLED);
	madt_add_x2apic(&table, 6, 3, 0);
	madt_add_x2apic(&table, 7, 0xFF, MADT_ENABLED); /* a processor, in this structure */
	assert_ok(read_span(madt_end(&table)), &err);
	assert_int_equal(count, 2);
	assert_cpu(0, 0, 1, true, false);
	assert_cpu(1, 0xFF, 7, true, false);
}

static void a_processor_of_both_structures_counts_once(void **state)
{
	(void)state;
	madt_begin(&table);
	madt_add_apic(&table, 1, 0, MADT_ENABLED);
	madt_add_apic(&table, 2, 1, MADT_ONLINE_CAPABLE);
	madt_add_x2apic(&table, 101, 0, MADT_ONLINE_CAPABLE);
	madt_add_x2apic(&table, 102, 1, MADT_ENABLED);
	madt_add_x2apic(&table, 103, 2, MADT_ENABLED);
	madt_add_apic(&table, 3, 2, 0);
	assert_ok(read_span(madt_end(&table)), &err);
	assert_int_equal(count, 3);
	assert_cpu(0, 0, 1, true, true);
	assert_cpu(1, 1, 2, true, true);
	assert_cpu(2, 2, 103, true, false);
}

static void a_table_without_processors_lists_none(void **state)
{
	(void)state;
	madt_begin(&table);
	assert_ok(read_span(madt_end(&table)), &err);
	assert_int_equal(count, 0);
}

static void every_cut_is_found(void **state)
{
	struct span whole;

	(void)state;
	madt_begin(&table);
	madt_add_apic(&table, 1, 0, MADT_ENABLED);
	madt_add_x2apic(&table, 2, 1, MADT_ENABLED);
	whole = madt_end(&table);
	for (size_t bytes = 0; bytes < whole.bytes; bytes++) {
		struct span cut = whole;

		cut.bytes = bytes;
		assert_status(ERR_CORRUPT, read_span(cut), &err);
	}
	assert_ok(read_span(whole), &err);
	assert_int_equal(count, 2);
	whole.bytes++; /* nor is more than the header says the table */
	assert_status(ERR_CORRUPT, read_span(whole), &err);
	/* A table that ends within a structure, with a good sum. */
	for (size_t bytes = 45; bytes < 68; bytes++) {
		table.bytes = bytes;
		if (bytes == 52)
			continue;
		assert_status(ERR_CORRUPT, read_span(madt_end(&table)), &err);
		assert_trail(&err, "the ACPI table APIC has a structure of");
	}
}

static void damage_is_found(void **state)
{
	static const uint8_t too_short[] = { 0, 1 };

	(void)state;
	madt_begin(&table);
	madt_add_apic(&table, 1, 0, MADT_ENABLED);
	(void)madt_end(&table);
	for (size_t i = 0; i < table.bytes; i++) {
		table.data[i] ^= 0x10;
		assert_status(ERR_CORRUPT, read_span(span_of(table.data, table.bytes)), &err);
		table.data[i] ^= 0x10;
	}
	assert_status(ERR_CORRUPT, read_span(span_of(NULL, 0)), &err);
	for (unsigned i = 0; i < sizeof too_short; i++) {
		table.data[45] = too_short[i]; /* a structure that leads nowhere */
		assert_status(ERR_CORRUPT, read_span(madt_end(&table)), &err);
	}
	for (unsigned i = 0; i < 2; i++) {
		madt_begin(&table);
		madt_add_other(&table, i == 0 ? 0 : 9, i == 0 ? 7 : 15);
		assert_status(ERR_CORRUPT, read_span(madt_end(&table)), &err);
		assert_trail(&err, i == 0 ? "a processor of 7 bytes at 44" : "a processor of 15 bytes at 44");
	}
	/* A structure may have more than we know. */
	madt_begin(&table);
	madt_add_other(&table, 0, 12);
	table.data[46] = 9;
	table.data[47] = 5;
	put_le32(table.data + 48, MADT_ENABLED);
	assert_ok(read_span(madt_end(&table)), &err);
	assert_cpu(0, 5, 9, true, false);
}

static void the_count_is_bounded(void **state)
{
	(void)state;
	madt_begin(&table);
	for (unsigned i = 0; i < MADT_CPUS_MAX; i++)
		madt_add_x2apic(&table, i, i, MADT_ENABLED);
	assert_int_equal(madt_cpus_room(madt_end(&table)), MADT_CPUS_MAX);
	assert_ok(read_span(madt_end(&table)), &err);
	assert_int_equal(count, MADT_CPUS_MAX);
	madt_add_x2apic(&table, 0, MADT_CPUS_MAX, MADT_ENABLED);
	assert_status(ERR_TOO_BIG, read_span(madt_end(&table)), &err);
	madt_begin(&table);
	madt_add_apic(&table, 0, 0, MADT_ENABLED);
	assert_true(madt_cpus_room(madt_end(&table)) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processors_are_listed_in_their_order),
		cmocka_unit_test(what_cannot_be_used_is_left_out),
		cmocka_unit_test(a_processor_of_both_structures_counts_once),
		cmocka_unit_test(a_table_without_processors_lists_none),
		cmocka_unit_test(every_cut_is_found),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(the_count_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
