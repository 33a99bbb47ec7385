/* SPDX-License-Identifier: MIT */
/* The walk from ACPI's root pointer to the tables, in firmware of every kind of honesty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "stage2/pc/acpi_tables.h"

/* The firmware's memory: [BASE, BASE + sizeof bytes), so that no address is a pointer by chance. */
static const uint64_t base = 0xBFE00000;
enum { MEMORY_BYTES = 128 * 1024, LONG_XSDT = 0x8000, RSDT = 0x100, XSDT = 0x200, TABLES = 0x1000, TABLE_STEP = 0x100, HEADER = 36 };

static uint8_t bytes[MEMORY_BYTES];
static uint8_t rsdp[36];
static struct machine machine;

static const uint8_t *reach(const struct acpi_memory *memory, uint64_t phys, uint64_t count)
{
	(void)memory;
	if (phys < base || phys - base > MEMORY_BYTES || count > MEMORY_BYTES - (phys - base))
		return NULL;
	return bytes + (phys - base);
}

static const struct acpi_memory memory = { .reach = reach };

static void set_checksum(uint32_t at, uint32_t length)
{
	uint8_t sum = 0;

	bytes[at + 9] = 0;
	for (uint32_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + bytes[at + i]);
	bytes[at + 9] = (uint8_t)-sum;
}

static void put_table(uint32_t at, const char *signature, uint32_t length)
{
	memcpy(bytes + at, signature, 4);
	put_le32(bytes + at + 4, length);
	set_checksum(at, length);
}

static void put_root(uint32_t at, const char *signature, unsigned entry_bytes, const uint64_t *entries, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (entry_bytes == 8)
			put_le64(bytes + at + HEADER + 8 * i, entries[i]);
		else
			put_le32(bytes + at + HEADER + 4 * i, (uint32_t)entries[i]);
	}
	put_table(at, signature, HEADER + entry_bytes * count);
}

static uint64_t table(unsigned index)
{
	return base + TABLES + TABLE_STEP * index;
}

/* Tables 0 to 5; the XSDT names 1 to 3, the RSDT 4 and 5. */
static int reset(void **state)
{
	static const char *const signatures[] = { "FACP", "APIC", "DMAR", "IVRS", "APIC", "DMAR" };
	const uint64_t old[] = { table(0), table(4), table(5) }, new[] = { table(0), table(1), table(2), table(3) };

	(void)state;
	memset(bytes, 0, sizeof bytes);
	memset(rsdp, 0, sizeof rsdp);
	memset(&machine, 0, sizeof machine);
	for (unsigned i = 0; i < sizeof signatures / sizeof *signatures; i++)
		put_table(TABLES + TABLE_STEP * i, signatures[i], HEADER + 10 + i);
	put_root(RSDT, "RSDT", 4, old, 3);
	put_root(XSDT, "XSDT", 8, new, 4);
	put_le32(rsdp + 16, (uint32_t)base + RSDT);
	put_le64(rsdp + 24, base + XSDT);
	machine.rsdp = span_of(rsdp, sizeof rsdp);
	return 0;
}

static void assert_span(struct span span, unsigned index)
{
	assert_ptr_equal(span.data, bytes + TABLES + TABLE_STEP * index);
	assert_int_equal(span.bytes, HEADER + 10 + index);
}

static void assert_from_xsdt(void)
{
	find_acpi_tables(&machine, &memory);
	assert_span(machine.acpi.madt, 1);
	assert_span(machine.acpi.dmar, 2);
	assert_span(machine.acpi.ivrs, 3);
}

static void assert_from_rsdt(void)
{
	find_acpi_tables(&machine, &memory);
	assert_span(machine.acpi.madt, 4);
	assert_span(machine.acpi.dmar, 5);
	assert_int_equal(machine.acpi.ivrs.bytes, 0);
}

static void assert_none(void)
{
	find_acpi_tables(&machine, &memory);
	assert_int_equal(machine.acpi.madt.bytes + machine.acpi.dmar.bytes + machine.acpi.ivrs.bytes, 0);
}

static void the_xsdt_is_preferred(void **state)
{
	(void)state;
	assert_from_xsdt();
}

static void acpi_1_has_an_rsdt_only(void **state)
{
	(void)state;
	machine.rsdp.bytes = 20;
	assert_from_rsdt();
}

static void a_damaged_xsdt_gives_way_to_the_rsdt(void **state)
{
	(void)state;
	bytes[XSDT + 9]++;
	assert_from_rsdt();
	bytes[XSDT + 9]--;
	bytes[XSDT] = 'Y';
	set_checksum(XSDT, HEADER + 32);
	assert_from_rsdt();
	bytes[XSDT] = 'X';
	put_le32(bytes + XSDT + 4, HEADER - 1);
	assert_from_rsdt();
	put_le32(bytes + XSDT + 4, UINT32_MAX);
	assert_from_rsdt();
	put_le64(rsdp + 24, 0);
	assert_from_rsdt();
	put_le64(rsdp + 24, base + MEMORY_BYTES - HEADER + 1);
	assert_from_rsdt();
	put_le64(rsdp + 24, UINT64_MAX);
	assert_from_rsdt();
	bytes[RSDT + 9]++;
	assert_none();
}

static void no_root_pointer_no_tables(void **state)
{
	(void)state;
	machine.rsdp = span_of(NULL, 0);
	assert_none();
}

/* What an earlier search found is not kept. */
static void tables_that_are_gone_are_gone(void **state)
{
	(void)state;
	assert_from_xsdt();
	machine.rsdp = span_of(NULL, 0);
	assert_none();
}

static void of_two_tables_the_first_counts(void **state)
{
	const uint64_t entries[] = { table(4), table(1), table(5), table(2) };

	(void)state;
	put_root(XSDT, "XSDT", 8, entries, 4);
	assert_from_rsdt();
}

static void entries_that_lead_nowhere_are_passed_over(void **state)
{
	const uint64_t entries[] = { 0, UINT64_MAX, 1ull << 40, base + MEMORY_BYTES - 4, table(0), table(1), table(2), table(3) };

	(void)state;
	put_root(XSDT, "XSDT", 8, entries, 8);
	assert_from_xsdt();
}

/* Nobody can use it; the next one may be sound. */
static void a_table_whose_length_cannot_be_is_passed_over(void **state)
{
	static const uint32_t lengths[] = { 0, HEADER - 1, MEMORY_BYTES, (1 << 20) + 1, UINT32_MAX };
	const uint64_t entries[] = { table(4), table(1), table(2), table(3) };

	(void)state;
	put_root(XSDT, "XSDT", 8, entries, 4);
	for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		put_le32(bytes + TABLES + TABLE_STEP * 4 + 4, lengths[i]);
		assert_from_xsdt();
	}
}

static void a_tables_checksum_is_for_its_reader(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 3; i++)
		bytes[TABLES + TABLE_STEP * i + 9]++;
	assert_from_xsdt();
}

/* Bytes behind the last whole entry are none. */
static void half_an_entry_is_none(void **state)
{
	const uint64_t entries[] = { table(1), table(2), table(3) };

	(void)state;
	put_root(XSDT, "XSDT", 8, entries, 3);
	put_table(XSDT, "XSDT", HEADER + 8 * 2 + 7);
	find_acpi_tables(&machine, &memory);
	assert_span(machine.acpi.dmar, 2);
	assert_int_equal(machine.acpi.ivrs.bytes, 0);
}

static void a_list_has_an_end(void **state)
{
	(void)state;
	put_le64(rsdp + 24, base + LONG_XSDT);
	put_le64(bytes + LONG_XSDT + 0x10000 - 12, table(1));
	put_table(LONG_XSDT, "XSDT", 0x10000 - 4);
	find_acpi_tables(&machine, &memory);
	assert_span(machine.acpi.madt, 1);
	put_table(LONG_XSDT, "XSDT", 0x10000 + 4);
	assert_from_rsdt();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_xsdt_is_preferred, reset),
		cmocka_unit_test_setup(acpi_1_has_an_rsdt_only, reset),
		cmocka_unit_test_setup(a_damaged_xsdt_gives_way_to_the_rsdt, reset),
		cmocka_unit_test_setup(no_root_pointer_no_tables, reset),
		cmocka_unit_test_setup(tables_that_are_gone_are_gone, reset),
		cmocka_unit_test_setup(of_two_tables_the_first_counts, reset),
		cmocka_unit_test_setup(entries_that_lead_nowhere_are_passed_over, reset),
		cmocka_unit_test_setup(a_table_whose_length_cannot_be_is_passed_over, reset),
		cmocka_unit_test_setup(a_tables_checksum_is_for_its_reader, reset),
		cmocka_unit_test_setup(half_an_entry_is_none, reset),
		cmocka_unit_test_setup(a_list_has_an_end, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
