/* SPDX-License-Identifier: MIT */
/* Soundness of an ACPI table as a whole, and of the memory that it speaks of. */
#include "kernel-handoff/acpi/acpi_table.h"

enum { LENGTH = 4 };

enum status acpi_table_check(struct span table, const char *signature, size_t bytes_min, struct err *err)
{
	uint32_t length = 0;

	if (!span_equal(span_part(table, 0, ACPI_SIGNATURE_BYTES), signature, ACPI_SIGNATURE_BYTES))
		return err_set(err, ERR_CORRUPT, "the ACPI table {s} has another signature", signature, 0, 0);
	if (!span_le32(table, LENGTH, &length) || length != table.bytes || length < bytes_min)
		return err_set(err, ERR_CORRUPT, "the ACPI table {s} is cut off: {a} bytes", signature, table.bytes, 0);
	if (!span_sums_to_zero(table))
		return err_set(err, ERR_CORRUPT, "the checksum of the ACPI table {s} is wrong", signature, 0, 0);
	return OK;
}

bool acpi_memory_is_reserved(const struct memory_map *map, uint64_t start, uint64_t end)
{
	return memory_map_knows(map, start, end) && !memory_map_touches(map, start, end, MEMORY_RAM);
}

enum status acpi_width_check(const char *signature, unsigned bits, const struct memory_map *map, struct err *err)
{
	uint64_t ram_end = memory_map_ram_end(map, UINT64_MAX);

	if (bits >= 64 || ram_end <= 1ull << bits)
		return OK;
	return err_set(err, ERR_CORRUPT, "the ACPI table {s} says that the IOMMU has {a} bits of address, and there is memory up to {b:x}",
		       signature, bits, ram_end);
}
