/* SPDX-License-Identifier: MIT */
/* ACPI's root pointer, the entry points of SMBIOS and Plug and Play: whether they are sound, and what they point to. */
#include "stage2/pc/tables.h"

enum {
	RSDP_BYTES_V1 = 20,
	RSDP_BYTES_V2 = 36,
	SMBIOS_BYTES = 0x1F,
	SMBIOS3_BYTES = 0x18,
	PNP_BYTES = 0x21,
	SMBIOS_TABLES_MAX = 1 << 20,
};

/* u8[8] "RSD PTR ", u8 checksum, u8[6] OEM, u8 revision, u32 RSDT; from revision 2: u32 length, u64 XSDT, u8 checksum of all */
size_t rsdp_measure(struct span span)
{
	struct span part = span_part(span, 0, RSDP_BYTES_V1);
	uint32_t length = 0;

	if (part.bytes < RSDP_BYTES_V1 || !span_equal(span_part(part, 0, 8), "RSD PTR ", 8) || !span_sums_to_zero(part))
		return 0;
	if (part.data[15] < 2)
		return RSDP_BYTES_V1;
	if (!span_le32(span, 20, &length) || length < RSDP_BYTES_V2 || length > TABLE_ENTRY_BYTES_MAX || !span_contains(span, 0, length) ||
	    !span_sums_to_zero(span_part(span, 0, length)))
		return 0;
	return length;
}

/* The anchor, and the length byte that its checksum covers. */
static size_t measure_entry_point(struct span span, const char *anchor, size_t anchor_bytes, size_t length_offset, size_t bytes_min)
{
	size_t length;

	if (!span_equal(span_part(span, 0, anchor_bytes), anchor, anchor_bytes) || !span_contains(span, 0, bytes_min))
		return 0;
	length = span.data[length_offset];
	/* 1Eh is a known mistake of version 2.1 of the specification: the structure has 1Fh bytes. */
	if (length < bytes_min - 1 || !span_contains(span, 0, length) || !span_sums_to_zero(span_part(span, 0, length)))
		return 0;
	return length;
}

size_t smbios_measure(struct span span)
{
	return measure_entry_point(span, "_SM_", 4, 5, SMBIOS_BYTES);
}

size_t smbios3_measure(struct span span)
{
	return measure_entry_point(span, "_SM3_", 5, 6, SMBIOS3_BYTES);
}

size_t pnp_measure(struct span span)
{
	return measure_entry_point(span, "$PnP", 4, 5, PNP_BYTES);
}

void smbios_read_entry(struct machine *machine, uint64_t *tables, uint64_t *bytes)
{
	const uint8_t *entry = machine->smbios_entry.data;

	if (smbios3_measure(machine->smbios_entry) != 0) {
		machine->smbios_major = entry[7];
		machine->smbios_minor = entry[8];
		*bytes = get_le32(entry + 0x0C);
		*tables = get_le64(entry + 0x10);
	} else {
		machine->smbios_major = entry[6];
		machine->smbios_minor = entry[7];
		*bytes = get_le16(entry + 0x16);
		*tables = get_le32(entry + 0x18);
	}
	if (*bytes > SMBIOS_TABLES_MAX || *tables > UINT64_MAX - *bytes)
		*bytes = *tables = 0;
}
