/* SPDX-License-Identifier: MIT */
/* MADTs for tests (ACPI 6.5, section 5.2.12). */
#include "support_madt.h"

#include <string.h>

void madt_begin(struct test_madt *madt)
{
	memset(madt, 0, sizeof *madt);
	memcpy(madt->data, "APIC", 4);
	madt->data[8] = 5; /* revision */
	put_le32(madt->data + 36, 0xFEE00000);
	madt->bytes = 44;
}

static uint8_t *add(struct test_madt *madt, uint8_t type, uint8_t bytes)
{
	uint8_t *at = madt->data + madt->bytes;

	at[0] = type;
	at[1] = bytes;
	madt->bytes += bytes;
	return at;
}

void madt_add_apic(struct test_madt *madt, uint8_t acpi_uid, uint8_t apic_id, uint32_t flags)
{
	uint8_t *at = add(madt, 0, 8);

	at[2] = acpi_uid;
	at[3] = apic_id;
	put_le32(at + 4, flags);
}

void madt_add_x2apic(struct test_madt *madt, uint32_t acpi_uid, uint32_t apic_id, uint32_t flags)
{
	uint8_t *at = add(madt, 9, 16);

	put_le32(at + 4, apic_id);
	put_le32(at + 8, flags);
	put_le32(at + 12, acpi_uid);
}

void madt_add_other(struct test_madt *madt, uint8_t type, uint8_t bytes)
{
	memset(add(madt, type, bytes) + 2, 0xA5, bytes - 2u);
}

struct span madt_end(struct test_madt *madt)
{
	uint8_t sum = 0;

	put_le32(madt->data + 4, (uint32_t)madt->bytes);
	madt->data[9] = 0;
	for (size_t i = 0; i < madt->bytes; i++)
		sum = (uint8_t)(sum + madt->data[i]);
	madt->data[9] = (uint8_t)-sum;
	return span_of(madt->data, madt->bytes);
}
