/* SPDX-License-Identifier: MIT */
/* The walk through ACPI's tables in memory of any bytes, with a root pointer to them. */
#include "stage2/pc/acpi_tables.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Addresses of small numbers, so that the fuzzer hits on them. */
static struct span firmware;

static const uint8_t *reach(const struct acpi_memory *memory, uint64_t phys, uint64_t bytes)
{
	(void)memory;
	return span_contains(firmware, phys, bytes) ? firmware.data + phys : NULL;
}

static void check(struct span table, const char *signature)
{
	if (table.bytes == 0)
		return;
	if (table.bytes < 36 || table.data < firmware.data ||
	    !span_contains(firmware, (uint64_t)(table.data - firmware.data), table.bytes) ||
	    !span_equal(span_part(table, 0, 4), signature, 4) || get_le32(table.data + 4) != table.bytes)
		abort();
}

/* Makes the sum of the table at `phys` right, where there is one: without that the fuzzer would never come past it. */
static void set_checksum(uint8_t *memory, uint64_t phys)
{
	uint32_t length;
	struct span table;
	uint8_t sum = 0;

	if (!span_le32(firmware, phys + 4, &length) || length < 36)
		return;
	table = span_part(firmware, phys, length);
	for (size_t i = 0; i < table.bytes; i++)
		sum = (uint8_t)(sum + table.data[i]);
	if (table.bytes > 9)
		memory[phys + 9] = (uint8_t)(memory[phys + 9] - sum);
}

/* The first byte says how long the root pointer is, which comes next; the rest is memory. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const struct acpi_memory memory = { .reach = reach };
	struct machine machine = { 0 };
	uint8_t *copy;

	if (bytes < 1 + 36)
		return 0;
	copy = malloc(bytes - 1);
	memcpy(copy, data + 1, bytes - 1);
	firmware = span_of(copy, bytes - 1);
	machine.rsdp = span_part(firmware, 0, data[0] % 2 == 0 ? 20 : 36);
	set_checksum(copy, get_le32(copy + 16));
	set_checksum(copy, get_le32(copy + 24));
	find_acpi_tables(&machine, &memory);
	check(machine.acpi.madt, "APIC");
	check(machine.acpi.dmar, "DMAR");
	check(machine.acpi.ivrs, "IVRS");
	free(copy);
	return 0;
}
