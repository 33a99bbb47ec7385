/* SPDX-License-Identifier: MIT */
/* DMAR and IVRS tables of any bytes. */
#include "core/memory/memory_map.h"
#include "kernel-handoff/acpi/dmar.h"
#include "kernel-handoff/acpi/ivrs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct memory_map map = {
	.count = 3,
	.range = { { 0, 0xA0000, MEMORY_RAM, 1 }, { 0x100000, 0x40000000, MEMORY_RAM, 1 }, { 0x40000000, 0x41000000, MEMORY_RESERVED, 1 } },
};

/* Lengths and checksums are made right: without that the fuzzer would never come past them. */
static void seal(uint8_t *table, size_t bytes)
{
	uint8_t sum = 0;

	put_le32(table + 4, (uint32_t)bytes);
	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)(table[9] - sum);
}

static void require_reason(enum status status, const struct err *err)
{
	if (status != OK && (status != ERR_CORRUPT || err->depth == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint8_t *table = malloc(bytes + 1);
	struct dmar dmar = { .units = 0 };
	struct err err = { .code = OK };
	enum status status;

	memcpy(table, data, bytes);
	if (bytes >= 36)
		seal(table, bytes);
	status = dmar_read(span_of(table, bytes), &map, &dmar, &err);
	require_reason(status, &err);
	if (status == OK && dmar.units == 0)
		abort();
	require_reason(ivrs_check(span_of(table, bytes), &map, &err), &err);
	free(table);
	return 0;
}
