/* SPDX-License-Identifier: MIT */
/* What the readers of the tables have in common. */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"
#include "core/memory/memory_map.h"

enum { ACPI_SIGNATURE_BYTES = 4, ACPI_HEADER_BYTES = 36 };

/* ERR_CORRUPT: another signature, another length than the header states, less than `bytes_min`, or a wrong checksum. */
MUST_CHECK enum status acpi_table_check(struct span table, const char *signature, size_t bytes_min, struct err *err);

/*
 * Whether devices may go on using [start, end) under a hypervisor: the memory map knows all of it, and nothing of it is RAM that the
 * hypervisor would give to somebody.
 */
bool acpi_memory_is_reserved(const struct memory_map *map, uint64_t start, uint64_t end);

/* ERR_CORRUPT if a device that can address `bits` bits does not reach all RAM. */
MUST_CHECK enum status acpi_width_check(const char *signature, unsigned bits, const struct memory_map *map, struct err *err);
