/* SPDX-License-Identifier: MIT */
/* The walk from the root pointer to the tables. Whatever an address or a length says, it is bounded before it is followed. */
#include "stage2/pc/acpi_tables.h"

#include <stddef.h>

/* Offsets in the root pointer, and in the header that every table begins with. */
enum { RSDP_RSDT = 16, RSDP_XSDT = 24, RSDP_BYTES_V2 = 36, TABLE_LENGTH = 4, TABLE_HEADER_BYTES = 36 };

/* Far above what firmware has: 8000 tables, 65000 processors. */
enum { ROOT_BYTES_MAX = 64 * 1024, TABLE_BYTES_MAX = 1 << 20 };

enum { SIGNATURE_BYTES = 4 };

static const struct {
	char signature[SIGNATURE_BYTES];
	size_t member; /* a span of struct acpi_tables */
} wanted[] = {
	{ { 'A', 'P', 'I', 'C' }, offsetof(struct acpi_tables, madt) },
	{ { 'D', 'M', 'A', 'R' }, offsetof(struct acpi_tables, dmar) },
	{ { 'I', 'V', 'R', 'S' }, offsetof(struct acpi_tables, ivrs) },
};

/* The table at `phys`, with its header and the length that this states; empty if it cannot be a table. */
static struct span table_at(const struct acpi_memory *memory, uint64_t phys, uint32_t bytes_max)
{
	const uint8_t *at = phys != 0 ? memory->reach(memory, phys, TABLE_HEADER_BYTES) : NULL;
	uint32_t bytes = at ? get_le32(at + TABLE_LENGTH) : 0;

	if (bytes < TABLE_HEADER_BYTES || bytes > bytes_max)
		return span_of(NULL, 0);
	at = memory->reach(memory, phys, bytes);
	return span_of(at, at ? bytes : 0);
}

/* The RSDT or XSDT at `phys`: it has to be sound, for what it lists is followed. */
static struct span root_at(const struct acpi_memory *memory, uint64_t phys, const char *signature)
{
	struct span root = table_at(memory, phys, ROOT_BYTES_MAX);
	bool sound = span_equal(span_part(root, 0, SIGNATURE_BYTES), signature, SIGNATURE_BYTES) && span_sums_to_zero(root);

	return sound ? root : span_of(NULL, 0);
}

static void take(struct acpi_tables *tables, struct span table)
{
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		struct span *member = (struct span *)(void *)((uint8_t *)tables + wanted[i].member);

		if (member->bytes == 0 && span_equal(span_part(table, 0, SIGNATURE_BYTES), wanted[i].signature, SIGNATURE_BYTES))
			*member = table;
	}
}

void find_acpi_tables(struct machine *machine, const struct acpi_memory *memory)
{
	struct span rsdp = machine->rsdp, root = span_of(NULL, 0);
	size_t entry_bytes = sizeof(uint64_t);

	machine->acpi = (struct acpi_tables){ .madt = root };
	if (rsdp.bytes >= RSDP_BYTES_V2)
		root = root_at(memory, get_le64(rsdp.data + RSDP_XSDT), "XSDT");
	if (root.bytes == 0 && span_contains(rsdp, RSDP_RSDT, sizeof(uint32_t))) {
		root = root_at(memory, get_le32(rsdp.data + RSDP_RSDT), "RSDT");
		entry_bytes = sizeof(uint32_t);
	}
	for (size_t at = TABLE_HEADER_BYTES; span_contains(root, at, entry_bytes); at += entry_bytes) {
		/* The entries of an XSDT are not aligned. */
		uint64_t phys = entry_bytes == sizeof(uint64_t) ? get_le64(root.data + at) : get_le32(root.data + at);

		take(&machine->acpi, table_at(memory, phys, TABLE_BYTES_MAX));
	}
}
