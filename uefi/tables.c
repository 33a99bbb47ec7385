/* SPDX-License-Identifier: MIT */
/* Configuration tables, Secure Boot. */
#include "uefi/tables.h"

#include "core/base/checked.h"
#include "stage2/pc/acpi_tables.h"
#include "stage2/pc/tables.h"
#include "uefi/firmware.h"

static const EFI_GUID acpi_guid = { 0xeb9d2d30, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };
static const EFI_GUID acpi_2_guid = { 0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 } };
static const EFI_GUID smbios_guid = { 0xeb9d2d31, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };
static const EFI_GUID smbios_3_guid = { 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } };
static const EFI_GUID global_variable_guid = { 0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };

/* Below 1 MiB firmware keeps tables in the place of a BIOS, which its map does not always name. It can be read on every PC. */
static const uint64_t bios_area = 0xE0000, bios_area_end = 0x100000;

/* What can be read of [phys, end). */
static uint64_t readable_end(const struct memory_map *map, uint64_t phys, uint64_t end)
{
	return phys >= bios_area && phys < bios_area_end ? min_u64(end, bios_area_end) : memory_map_known_end(map, phys, end);
}

/* [phys, phys + bytes); NULL if not all of it can be read. */
static const uint8_t *readable(const struct memory_map *map, uint64_t phys, uint64_t bytes)
{
	if (bytes > UINT64_MAX - phys || readable_end(map, phys, phys + bytes) < phys + bytes)
		return NULL;
	return (const uint8_t *)(uintptr_t)phys;
}

/* The table of this kind that `measure` finds sound; its address, 0 if there is none. */
static uint64_t find_table(const struct memory_map *map, const EFI_GUID *guid, size_t (*measure)(struct span), struct span *found)
{
	for (UINTN i = 0; i < efi_table->NumberOfTableEntries; i++) {
		const EFI_CONFIGURATION_TABLE *table = &efi_table->ConfigurationTable[i];
		uint64_t phys = (uintptr_t)table->VendorTable;
		size_t bytes;

		if (!efi_guid_equal(&table->VendorGuid, guid) || phys == 0 || phys > UINT64_MAX - TABLE_ENTRY_BYTES_MAX)
			continue;
		bytes = measure(span_of(table->VendorTable, (size_t)(readable_end(map, phys, phys + TABLE_ENTRY_BYTES_MAX) - phys)));
		if (bytes != 0) {
			*found = span_of(table->VendorTable, bytes);
			return phys;
		}
	}
	return 0;
}

struct known_memory {
	struct acpi_memory tables;
	const struct memory_map *map;
};

static const uint8_t *reach(const struct acpi_memory *memory, uint64_t phys, uint64_t bytes)
{
	return readable(((const struct known_memory *)memory)->map, phys, bytes);
}

void find_configuration_tables(struct machine *machine, const struct memory_map *map)
{
	const struct known_memory memory = { .tables = { .reach = reach }, .map = map };
	uint64_t tables, bytes;

	machine->rsdp_phys = find_table(map, &acpi_2_guid, rsdp_measure, &machine->rsdp);
	if (machine->rsdp_phys == 0)
		machine->rsdp_phys = find_table(map, &acpi_guid, rsdp_measure, &machine->rsdp);
	find_acpi_tables(machine, &memory.tables);
	machine->smbios_phys = find_table(map, &smbios_3_guid, smbios3_measure, &machine->smbios_entry);
	if (machine->smbios_phys == 0)
		machine->smbios_phys = find_table(map, &smbios_guid, smbios_measure, &machine->smbios_entry);
	if (machine->smbios_phys == 0)
		return;
	smbios_read_entry(machine, &tables, &bytes);
	if (tables != 0 && readable(map, tables, bytes))
		machine->smbios_tables = span_of((const void *)(uintptr_t)tables, bytes);
}

/* A variable of one byte; `missing` if it is not there. */
static uint8_t read_flag(const uint16_t *name, uint8_t missing)
{
	uint8_t value = missing;
	UINTN bytes = sizeof value;

	if (EFI_ERROR(efi_table->RuntimeServices->GetVariable((CHAR16 *)name, (EFI_GUID *)&global_variable_guid, NULL, &bytes, &value)) ||
	    bytes != sizeof value)
		return missing;
	return value;
}

void find_secure_boot(struct machine *machine)
{
	machine->secure_boot = read_flag(u"SecureBoot", 0) == 1 && read_flag(u"SetupMode", 0) == 0;
}
