/* SPDX-License-Identifier: MIT */
/* Makes MADTs: begin, add structures, end. */
#pragma once

#include "core/base/span.h"

#include <stddef.h>

enum { TEST_MADT_MAX = 128 * 1024, MADT_ENABLED = 1, MADT_ONLINE_CAPABLE = 2 };

struct test_madt {
	uint8_t data[TEST_MADT_MAX];
	size_t bytes;
};

void madt_begin(struct test_madt *madt);

/* Type 0, type 9, and any other one of `bytes` bytes. */
void madt_add_apic(struct test_madt *madt, uint8_t acpi_uid, uint8_t apic_id, uint32_t flags);
void madt_add_x2apic(struct test_madt *madt, uint32_t acpi_uid, uint32_t apic_id, uint32_t flags);
void madt_add_other(struct test_madt *madt, uint8_t type, uint8_t bytes);

/* Sets length and checksum. */
struct span madt_end(struct test_madt *madt);
