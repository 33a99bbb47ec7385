/* SPDX-License-Identifier: MIT */
/* Reads the MADT: a header, and structures of type and length. */
#include "kernel-handoff/acpi/madt.h"

#include "kernel-handoff/acpi/acpi_table.h"

enum { STRUCTURES = 44 };
enum { TYPE_LOCAL_APIC = 0, TYPE_LOCAL_X2APIC = 9 };
enum { FLAG_ENABLED = 1 << 0, FLAG_ONLINE_CAPABLE = 1 << 1 };

/* Broadcasts: no processor has them. */
static const uint32_t apic_id_all = 0xFF, x2apic_id_all = 0xFFFFFFFF;

struct list {
	struct madt_cpu *cpu;
	unsigned count;
};

/* Adds a processor that can be used, or what a second structure says about one that is listed. */
static enum status add(struct list *list, const struct madt_cpu *new, struct err *err)
{
	unsigned i = 0;

	if (!new->enabled && !new->online_capable)
		return OK;
	while (i < list->count && list->cpu[i].apic_id != new->apic_id)
		i++;
	if (i < list->count) {
		list->cpu[i].enabled |= new->enabled;
		list->cpu[i].online_capable |= new->online_capable;
		return OK;
	}
	if (list->count == MADT_CPUS_MAX)
		return err_set(err, ERR_TOO_BIG, "the ACPI table APIC lists more than {a} processors", NULL, MADT_CPUS_MAX, 0);
	list->cpu[list->count++] = *new;
	return OK;
}

/* What stands behind type and length. False if it is no processor; the reader fails if it is too short for its type. */
static bool parse(struct reader *reader, uint8_t type, struct madt_cpu *cpu)
{
	uint32_t flags;

	if (type == TYPE_LOCAL_APIC) {
		cpu->acpi_uid = reader_u8(reader);
		cpu->apic_id = reader_u8(reader);
		flags = reader_le32(reader);
	} else if (type == TYPE_LOCAL_X2APIC) {
		reader_skip(reader, 2);
		cpu->apic_id = reader_le32(reader);
		flags = reader_le32(reader);
		cpu->acpi_uid = reader_le32(reader);
	} else {
		return false;
	}
	cpu->enabled = (flags & FLAG_ENABLED) != 0;
	cpu->online_capable = (flags & FLAG_ONLINE_CAPABLE) != 0;
	return cpu->apic_id != (type == TYPE_LOCAL_APIC ? apic_id_all : x2apic_id_all);
}

/* One whole structure. */
static enum status take(struct list *list, struct span structure, size_t at, struct err *err)
{
	struct reader reader = reader_at(structure, 0);
	uint8_t type = reader_u8(&reader);
	struct madt_cpu cpu;
	bool is_cpu;

	reader_skip(&reader, 1);
	is_cpu = parse(&reader, type, &cpu);
	if (reader.failed)
		return err_set(err, ERR_CORRUPT, "the ACPI table APIC has a processor of {a} bytes at {b}", NULL, structure.bytes, at);
	return is_cpu ? add(list, &cpu, err) : OK;
}

enum status madt_cpus(struct span madt, struct madt_cpu *cpu, unsigned *count, struct err *err)
{
	struct list list = { .cpu = cpu };

	if (acpi_table_check(madt, "APIC", STRUCTURES, err) != OK)
		return err->code;
	for (size_t at = STRUCTURES; at < madt.bytes;) {
		struct reader header = reader_at(madt, at + 1);
		uint8_t bytes = reader_u8(&header);

		if (bytes < 2 || !span_contains(madt, at, bytes))
			return err_set(err, ERR_CORRUPT, "the ACPI table APIC has a structure of {a} bytes at {b}", NULL, bytes, at);
		if (take(&list, span_part(madt, at, bytes), at, err) != OK)
			return err->code;
		at += bytes;
	}
	*count = list.count;
	return OK;
}
