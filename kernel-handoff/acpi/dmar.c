/* SPDX-License-Identifier: MIT */
/* Walks the structures of the DMAR table, none of which may be longer than what is left of it. */
#include "kernel-handoff/acpi/dmar.h"

#include "core/base/checked.h"
#include "kernel-handoff/acpi/acpi_table.h"

enum { HOST_WIDTH = 36, FLAGS = 37, STRUCTURES = 48, FLAG_INTERRUPT_REMAPPING = 1, FLAG_X2APIC_OPT_OUT = 2 };
enum { STRUCTURE_HEADER_BYTES = 4, DRHD_BASE = 8, RMRR_BASE = 8, RMRR_LIMIT = 16, PAGE_BYTES = 4096 };
enum { SCOPE_HEADER_BYTES = 6, SCOPE_BYTES_MIN = SCOPE_HEADER_BYTES + 2 /* one step of a path */ };

static const char signature[] = "DMAR";

struct walk {
	const struct memory_map *map;
	struct dmar dmar;
};

static enum status read_drhd(struct walk *walk, struct span structure, struct err *err)
{
	uint64_t base = get_le64(structure.data + DRHD_BASE);

	walk->dmar.units++;
	if (base == 0 || base % PAGE_BYTES != 0)
		return err_set(err, ERR_CORRUPT, "the ACPI table {s} has a remapping unit whose registers are at {a:x}", signature, base,
			       0);
	return OK;
}

/* Memory that a device uses since the firmware's time; the limit is its last byte. */
static enum status read_rmrr(struct walk *walk, struct span structure, struct err *err)
{
	uint64_t base = get_le64(structure.data + RMRR_BASE), limit = get_le64(structure.data + RMRR_LIMIT), end = 0;

	if (limit <= base || base % PAGE_BYTES != 0 || limit % PAGE_BYTES != PAGE_BYTES - 1 || !checked_add(limit, 1, &end) ||
	    !acpi_memory_is_reserved(walk->map, base, end))
		return err_set(err, ERR_CORRUPT, "the ACPI table DMAR gives {a:x} to {b:x} to a device, which is not reserved memory", NULL,
			       base, limit);
	return OK;
}

static const struct {
	uint32_t bytes_min;
	uint32_t scopes; /* offset of the device scopes; 0: it has none */
	enum status (*read)(struct walk *walk, struct span structure, struct err *err);
} kinds[] = {
	{ 16, 16, read_drhd }, /* remapping unit */
	{ 24, 24, read_rmrr }, /* reserved memory */
	{ 8, 8, NULL },        /* ATSR: root ports */
	{ 20, 0, NULL },       /* RHSA: proximity domains */
	{ 8, 0, NULL },        /* ANDD: names of devices */
	{ 8, 8, NULL },        /* SATC */
	{ 8, 8, NULL },        /* SIDP */
};

static enum status check_scopes(struct span table, uint64_t at, uint64_t end, struct err *err)
{
	while (at < end) {
		struct span scope = span_part(table, at, end - at);
		unsigned length = scope.bytes > 1 ? scope.data[1] : 0;

		if (length < SCOPE_BYTES_MIN || length > scope.bytes)
			return err_set(err, ERR_CORRUPT, "the ACPI table DMAR has a device scope of {a} bytes at offset {b:x}", NULL,
				       length, at);
		at += length;
	}
	return OK;
}

/* One structure at `at`; *bytes is its length. */
static enum status read_structure(struct walk *walk, struct span table, uint64_t at, uint16_t *bytes, struct err *err)
{
	uint16_t type = 0, length = 0;
	enum status status = OK;

	(void)span_le16(table, at, &type);
	(void)span_le16(table, at + 2, &length);
	if (length < STRUCTURE_HEADER_BYTES || !span_contains(table, at, length) ||
	    (type < sizeof kinds / sizeof *kinds && length < kinds[type].bytes_min))
		return err_set(err, ERR_CORRUPT, "the ACPI table DMAR has a structure of {a} bytes at offset {b:x}", NULL, length, at);
	*bytes = length;
	if (type >= sizeof kinds / sizeof *kinds)
		return OK; /* of a later version */
	if (kinds[type].read != NULL)
		status = kinds[type].read(walk, span_part(table, at, length), err);
	if (status == OK && kinds[type].scopes != 0)
		status = check_scopes(table, at + kinds[type].scopes, at + length, err);
	return status;
}

enum status dmar_read(struct span table, const struct memory_map *map, struct dmar *dmar, struct err *err)
{
	struct walk walk = { .map = map };
	uint16_t bytes = 0;

	if (acpi_table_check(table, signature, STRUCTURES, err) != OK ||
	    acpi_width_check(signature, table.data[HOST_WIDTH] + 1u, map, err) != OK)
		return err->code;
	walk.dmar.interrupt_remapping = (table.data[FLAGS] & FLAG_INTERRUPT_REMAPPING) != 0;
	walk.dmar.x2apic_opt_out = (table.data[FLAGS] & FLAG_X2APIC_OPT_OUT) != 0;
	for (uint64_t at = STRUCTURES; at < table.bytes; at += bytes) {
		if (read_structure(&walk, table, at, &bytes, err) != OK)
			return err->code;
	}
	if (walk.dmar.units == 0)
		return err_set(err, ERR_CORRUPT, "the ACPI table {s} has no remapping unit (DRHD)", signature, 0, 0);
	*dmar = walk.dmar;
	return OK;
}
