/* SPDX-License-Identifier: MIT */
/* What the firmware tells of the machine: tables that are sound, Secure Boot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/tables.h"

enum { TABLE_BYTES = 4096, TABLES_MAX = 8 };

static const EFI_GUID acpi_guid = { 0xeb9d2d30, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };
static const EFI_GUID acpi_2_guid = { 0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 } };
static const EFI_GUID smbios_guid = { 0xeb9d2d31, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };
static const EFI_GUID smbios_3_guid = { 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } };

static EFI_CONFIGURATION_TABLE tables[TABLES_MAX];
static EFI_RUNTIME_SERVICES runtime;
static uint8_t rsdp_1[TABLE_BYTES], rsdp_2[TABLE_BYTES], entry_2[TABLE_BYTES], entry_3[TABLE_BYTES], structures[100];
static struct machine machine;
static struct memory_map map; /* what make_tables() makes, but where a test needs more or less */

/* Puts [start, start + bytes) into the sorted map. */
static void know(uint64_t start, uint64_t bytes)
{
	unsigned at = map.count++;

	for (; at > 0 && map.range[at - 1].start > start; at--)
		map.range[at] = map.range[at - 1];
	map.range[at] = (struct memory_range){ .start = start, .end = start + bytes, .type = MEMORY_ACPI, .attributes = 1 };
}

static void know_tables(void)
{
	map.count = 0;
	know((uintptr_t)rsdp_1, sizeof rsdp_1);
	know((uintptr_t)rsdp_2, sizeof rsdp_2);
	know((uintptr_t)entry_2, sizeof entry_2);
	know((uintptr_t)entry_3, sizeof entry_3);
	know((uintptr_t)structures, sizeof structures);
	know(0x12345678, 50);
}

static void add_table(EFI_GUID guid, void *table)
{
	tables[image_firmware.table.NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE){ .VendorGuid = guid, .VendorTable = table };
}

/* Makes the bytes [0, bytes) sum to zero by the one at `at`. */
static void set_checksum(uint8_t *table, unsigned bytes, unsigned at)
{
	uint8_t sum = 0;

	table[at] = 0;
	for (unsigned i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + table[i]);
	table[at] = (uint8_t)-sum;
}

static void make_tables(void)
{
	memcpy(rsdp_1, "RSD PTR ", 8);
	set_checksum(rsdp_1, 20, 8);
	memcpy(rsdp_2, "RSD PTR ", 8);
	rsdp_2[15] = 2;
	put_le32(rsdp_2 + 20, 36);
	set_checksum(rsdp_2, 20, 8);
	set_checksum(rsdp_2, 36, 32);
	memcpy(entry_2, "_SM_", 4);
	entry_2[5] = 0x1F;
	entry_2[6] = 2;
	entry_2[7] = 8;
	put_le16(entry_2 + 0x16, 50);
	put_le32(entry_2 + 0x18, 0x12345678);
	set_checksum(entry_2, 0x1F, 4);
	memcpy(entry_3, "_SM3_", 5);
	entry_3[6] = 0x18;
	entry_3[7] = 3;
	entry_3[8] = 6;
	put_le32(entry_3 + 0x0C, sizeof structures);
	put_le64(entry_3 + 0x10, (uintptr_t)structures);
	set_checksum(entry_3, 0x18, 5);
}

/* Variables: 0 or 1, or 2 if they are not there. */
static uint8_t secure_boot, setup_mode;

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *bytes, void *data)
{
	uint8_t value = name[1] == 'e' && name[2] == 'c' ? secure_boot : setup_mode;

	assert_int_equal(vendor->Data1, 0x8be4df61);
	(void)attributes;
	if (value == 2)
		return EFI_NOT_FOUND;
	assert_true(*bytes >= 1);
	*bytes = 1;
	*(uint8_t *)data = value;
	return EFI_SUCCESS;
}

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	memset(&machine, 0, sizeof machine);
	know_tables();
	make_tables();
	image_firmware.table.ConfigurationTable = tables;
	runtime = (EFI_RUNTIME_SERVICES){ .GetVariable = get_variable };
	image_firmware.table.RuntimeServices = &runtime;
	return 0;
}

static void the_newest_tables_are_taken(void **state)
{
	(void)state;
	add_table(acpi_guid, rsdp_1);
	add_table(smbios_guid, entry_2);
	add_table(acpi_2_guid, rsdp_2);
	add_table(smbios_3_guid, entry_3);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.rsdp_phys, (uintptr_t)rsdp_2);
	assert_int_equal(machine.rsdp.bytes, 36);
	assert_int_equal(machine.smbios_phys, (uintptr_t)entry_3);
	assert_int_equal(machine.smbios_major, 3);
	assert_int_equal(machine.smbios_minor, 6);
	assert_ptr_equal(machine.smbios_tables.data, structures);
	assert_int_equal(machine.smbios_tables.bytes, sizeof structures);
}

/* ACPI's tables are read where the memory map has something, and only there. */
static void acpi_tables_are_read_in_known_memory(void **state)
{
	static uint8_t xsdt[44], madt[44];
	uint64_t start = (uintptr_t)madt;

	(void)state;
	memcpy(madt, "APIC", 4);
	put_le32(madt + 4, sizeof madt);
	memcpy(xsdt, "XSDT", 4);
	put_le32(xsdt + 4, sizeof xsdt);
	put_le64(xsdt + 36, start);
	set_checksum(xsdt, sizeof xsdt, 9);
	put_le64(rsdp_2 + 24, (uintptr_t)xsdt);
	set_checksum(rsdp_2, 36, 32);
	add_table(acpi_2_guid, rsdp_2);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.acpi.madt.bytes, 0);
	know((uintptr_t)xsdt, sizeof xsdt);
	know(start, sizeof madt - 1);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.acpi.madt.bytes, 0);
	know(start + sizeof madt - 1, 1);
	find_configuration_tables(&machine, &map);
	assert_ptr_equal(machine.acpi.madt.data, madt);
	assert_int_equal(machine.acpi.madt.bytes, sizeof madt);
}

static void the_old_tables_where_there_are_no_others(void **state)
{
	(void)state;
	add_table(acpi_guid, rsdp_1);
	add_table(smbios_guid, entry_2);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.rsdp_phys, (uintptr_t)rsdp_1);
	assert_int_equal(machine.rsdp.bytes, 20);
	assert_int_equal(machine.smbios_phys, (uintptr_t)entry_2);
	assert_int_equal(machine.smbios_major, 2);
	assert_int_equal((uintptr_t)machine.smbios_tables.data, 0x12345678);
	assert_int_equal(machine.smbios_tables.bytes, 50);
}

static void damaged_tables_are_not_passed_on(void **state)
{
	(void)state;
	add_table(acpi_2_guid, rsdp_2);
	add_table(acpi_guid, rsdp_1);
	add_table(smbios_3_guid, entry_3);
	add_table(acpi_2_guid, NULL);
	rsdp_2[33] ^= 1;
	entry_3[12] ^= 1;
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.rsdp_phys, (uintptr_t)rsdp_1);
	assert_int_equal(machine.smbios_phys, 0);
	assert_int_equal(machine.smbios_tables.bytes, 0);
	/* A sound entry point with an impossible table. */
	make_tables();
	put_le32(entry_3 + 0x0C, 0x7FFFFFFF);
	set_checksum(entry_3, 0x18, 5);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.smbios_phys, (uintptr_t)entry_3);
	assert_int_equal(machine.smbios_tables.bytes, 0);
}

/* SMBIOS is no better known than ACPI: what the map does not have is not touched, neither entry points nor tables. */
static void tables_outside_of_known_memory(void **state)
{
	(void)state;
	add_table(acpi_2_guid, rsdp_2);
	add_table(smbios_3_guid, entry_3);
	map.count = 0;
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.rsdp_phys, 0);
	assert_int_equal(machine.smbios_phys, 0);
	/* Cut off by the end of what is known. */
	know((uintptr_t)entry_3, 0x17);
	know((uintptr_t)rsdp_2, 35);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.rsdp_phys, 0);
	assert_int_equal(machine.smbios_phys, 0);
	/* The entry point, but not all of its table: the kernel gets the one. */
	map.count = 0;
	know((uintptr_t)entry_3, 0x18);
	know((uintptr_t)structures, sizeof structures - 1);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.smbios_phys, (uintptr_t)entry_3);
	assert_int_equal(machine.smbios_tables.bytes, 0);
	know((uintptr_t)structures + sizeof structures - 1, 1);
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.smbios_tables.bytes, sizeof structures);
	/* No address is too high. */
	add_table(smbios_guid, (void *)(UINTPTR_MAX - 15));
	entry_3[12] ^= 1;
	machine = (struct machine){ .smbios_phys = 0 };
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.smbios_phys, 0);
	/* The area of a BIOS is always there, whatever the map says of it. */
	entry_3[12] ^= 1;
	put_le64(entry_3 + 0x10, 0xE8000);
	set_checksum(entry_3, 0x18, 5);
	find_configuration_tables(&machine, &map);
	assert_int_equal((uintptr_t)machine.smbios_tables.data, 0xE8000);
	put_le64(entry_3 + 0x10, 0x100000 - 50); /* and ends at 1 MiB */
	set_checksum(entry_3, 0x18, 5);
	machine = (struct machine){ .smbios_phys = 0 };
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.smbios_tables.bytes, 0);
}

static void no_tables(void **state)
{
	(void)state;
	find_configuration_tables(&machine, &map);
	assert_int_equal(machine.rsdp_phys, 0);
	assert_int_equal(machine.smbios_phys, 0);
}

static void secure_boot_is_what_both_variables_say(void **state)
{
	(void)state;
	for (secure_boot = 0; secure_boot <= 2; secure_boot++) {
		for (setup_mode = 0; setup_mode <= 2; setup_mode++) {
			find_secure_boot(&machine);
			assert_int_equal(machine.secure_boot, secure_boot == 1 && setup_mode != 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_newest_tables_are_taken, reset),
		cmocka_unit_test_setup(acpi_tables_are_read_in_known_memory, reset),
		cmocka_unit_test_setup(the_old_tables_where_there_are_no_others, reset),
		cmocka_unit_test_setup(damaged_tables_are_not_passed_on, reset),
		cmocka_unit_test_setup(tables_outside_of_known_memory, reset),
		cmocka_unit_test_setup(no_tables, reset),
		cmocka_unit_test_setup(secure_boot_is_what_both_variables_say, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
