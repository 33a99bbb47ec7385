/* SPDX-License-Identifier: MIT */
/* MADTs of any bytes; length and sum are set right, so that the structures are reached. */
#include "kernel-handoff/acpi/madt.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	enum { CHECKSUM = 9, LENGTH = 4 };
	uint8_t *table = malloc(bytes + 1), sum = 0;
	size_t room = madt_cpus_room(span_of(table, bytes));
	struct madt_cpu *cpu = malloc((room + 1) * sizeof *cpu);
	struct err err = { 0 };
	unsigned count = 0;

	memcpy(table, data, bytes);
	if (bytes > CHECKSUM) {
		put_le32(table + LENGTH, (uint32_t)bytes);
		for (size_t i = 0; i < bytes; i++)
			sum = (uint8_t)(sum + table[i]);
		table[CHECKSUM] = (uint8_t)(table[CHECKSUM] - sum);
	}
	if (madt_cpus(span_of(table, bytes), cpu, &count, &err) != OK) {
		if ((err.code != ERR_CORRUPT && err.code != ERR_TOO_BIG) || err.depth == 0)
			abort();
	} else {
		if (count > room)
			abort();
		for (unsigned i = 0; i < count; i++) {
			if (!cpu[i].enabled && !cpu[i].online_capable)
				abort();
		}
	}
	free(cpu);
	free(table);
	return 0;
}
