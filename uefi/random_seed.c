/* SPDX-License-Identifier: MIT */
/* Offering a random seed to Linux. */
#include "uefi/random_seed.h"

#include "core/base/memory.h"
#include "kernel-handoff/machine.h"
#include "uefi/firmware.h"

struct random_seed_table {
	UINT32 bytes;
	uint8_t seed[RANDOM_SEED_BYTES];
};

static const EFI_GUID random_seed_guid = { 0x1CE1E5BC, 0x7CEB, 0x42F2, { 0x81, 0xE5, 0x8A, 0xAD, 0xF1, 0x80, 0xF5, 0x7B } };

/* NULL: nobody offers a seed. */
static void *table_now(void)
{
	for (UINTN i = 0; i < efi_table->NumberOfTableEntries; i++) {
		if (efi_guid_equal(&efi_table->ConfigurationTable[i].VendorGuid, &random_seed_guid))
			return efi_table->ConfigurationTable[i].VendorTable;
	}
	return NULL;
}

static EFI_STATUS install(struct random_seed_table *table)
{
	return efi_boot()->InstallConfigurationTable((EFI_GUID *)&random_seed_guid, table);
}

/* From the pool, to which Linux gives it back; of a type that its kernel leaves alone until it has read it. */
struct random_seed_table *random_seed_offer(const struct machine *machine)
{
	void *memory = NULL;
	struct random_seed_table *table;

	if (!machine->has_random_seed || table_now() || EFI_ERROR(efi_boot()->AllocatePool(EfiACPIReclaimMemory, sizeof *table, &memory)))
		return NULL;
	table = memory;
	table->bytes = RANDOM_SEED_BYTES;
	memcpy(table->seed, machine->random_seed, RANDOM_SEED_BYTES);
	if (!EFI_ERROR(install(table)))
		return table;
	(void)efi_boot()->FreePool(table);
	return NULL;
}

void random_seed_withdraw(struct random_seed_table *table)
{
	if (!table || table_now() != table || EFI_ERROR(install(NULL)))
		return;
	memset(table, 0, sizeof *table);
	(void)efi_boot()->FreePool(table);
}
