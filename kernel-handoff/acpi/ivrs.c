/* SPDX-License-Identifier: MIT */
/* Walks the blocks of the IVRS table, and the device entries in those that have them. */
#include "kernel-handoff/acpi/ivrs.h"

#include "core/base/checked.h"
#include "kernel-handoff/acpi/acpi_table.h"

enum { INFORMATION = 36, BLOCKS = 48, BLOCK_HEADER_BYTES = 4 };
enum { ADDRESS_BITS_SHIFT = 8, ADDRESS_BITS_MASK = 0x7F };
enum { IVHD_BASE = 8, IVHD_BASE_ALIGN = 16384, IVMD_START = 16, IVMD_LENGTH = 24 };
/* Device entries: the length follows from the type, but for one that has the length of its name at its end. */
enum { ENTRY_TYPE_NAMED = 0xF0, ENTRY_NAMED_BYTES = 22, ENTRY_BYTES_MIN = 4, ENTRY_BYTES_SHIFT = 6 };

static const char signature[] = "IVRS";

/* [IVHD types 10h, 11h and 40h] `first_entry` is where the device entries begin. */
static enum status check_ivhd(struct span block, size_t first_entry, struct err *err)
{
	uint64_t base = get_le64(block.data + IVHD_BASE);

	if (base == 0 || base % IVHD_BASE_ALIGN != 0)
		return err_set(err, ERR_CORRUPT, "the ACPI table {s} has an IOMMU whose registers are at {a:x}", signature, base, 0);
	for (size_t at = first_entry, bytes; at < block.bytes; at += bytes) {
		uint8_t type = block.data[at];

		bytes = (size_t)ENTRY_BYTES_MIN << (type >> ENTRY_BYTES_SHIFT);
		if (type == ENTRY_TYPE_NAMED)
			bytes = span_contains(block, at, ENTRY_NAMED_BYTES) ? ENTRY_NAMED_BYTES + block.data[at + ENTRY_NAMED_BYTES - 1]
									    : ENTRY_NAMED_BYTES;
		if (!span_contains(block, at, bytes))
			return err_set(err, ERR_CORRUPT, "the ACPI table {s} has a device entry of type {a:x} that is cut off", signature,
				       type, 0);
	}
	return OK;
}

/* [IVMD types 20h to 22h] Memory that devices use since the firmware's time. */
static enum status check_ivmd(struct span block, const struct memory_map *map, struct err *err)
{
	uint64_t start = get_le64(block.data + IVMD_START), bytes = get_le64(block.data + IVMD_LENGTH), end = 0;

	if (bytes == 0 || !checked_add(start, bytes, &end) || !acpi_memory_is_reserved(map, start, end))
		return err_set(err, ERR_CORRUPT, "the ACPI table IVRS gives {b} bytes at {a:x} to devices, which are not reserved memory",
			       NULL, start, bytes);
	return OK;
}

static const struct {
	uint8_t type;
	uint16_t bytes_min;
	bool has_registers; /* an IVHD, of which bytes_min are its own */
} kinds[] = {
	{ 0x10, 24, true }, { 0x11, 40, true }, { 0x40, 40, true }, { 0x20, 32, false }, { 0x21, 32, false }, { 0x22, 32, false },
};

/* One block at `at`; *bytes is its length. Blocks of types that nobody knows yet are passed over. */
static enum status check_block(struct span table, size_t at, const struct memory_map *map, uint16_t *bytes, unsigned *iommus,
			       struct err *err)
{
	uint16_t length = 0;

	if (!span_le16(table, at + 2, &length) || length < BLOCK_HEADER_BYTES || !span_contains(table, at, length))
		return err_set(err, ERR_CORRUPT, "the ACPI table IVRS has a block of {a} bytes at offset {b:x}", NULL, length, at);
	*bytes = length;
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct span block = span_part(table, at, length);

		if (kinds[i].type != block.data[0])
			continue;
		if (length < kinds[i].bytes_min)
			return err_set(err, ERR_CORRUPT, "the ACPI table IVRS has a block of {a} bytes at offset {b:x}", NULL, length, at);
		*iommus += kinds[i].has_registers ? 1 : 0;
		return kinds[i].has_registers ? check_ivhd(block, kinds[i].bytes_min, err) : check_ivmd(block, map, err);
	}
	return OK;
}

enum status ivrs_check(struct span table, const struct memory_map *map, struct err *err)
{
	unsigned iommus = 0, bits;
	uint16_t bytes = 0;

	if (acpi_table_check(table, signature, BLOCKS, err) != OK)
		return err->code;
	bits = get_le32(table.data + INFORMATION) >> ADDRESS_BITS_SHIFT & ADDRESS_BITS_MASK;
	if (acpi_width_check(signature, bits, map, err) != OK)
		return err->code;
	for (size_t at = BLOCKS; at < table.bytes; at += bytes) {
		if (check_block(table, at, map, &bytes, &iommus, err) != OK)
			return err->code;
	}
	return iommus > 0 ? OK : err_set(err, ERR_CORRUPT, "the ACPI table {s} has no IOMMU (IVHD)", signature, 0, 0);
}
