/* SPDX-License-Identifier: MIT */
/* The memory ranges. */
#include "example.h"

#include <mkboot/handoff.h>

static const struct mkboot_memory_range *range_at(uint32_t i)
{
	return (const struct mkboot_memory_range *)at(handoff->memory_ranges) + i;
}

bool lies_in(uint64_t start, uint64_t bytes, uint32_t type)
{
	for (uint32_t i = 0; i < handoff->memory_range_count; i++) {
		const struct mkboot_memory_range *range = range_at(i);
		if (range->type == type && range->start <= start && start - range->start <= range->bytes &&
		    bytes <= range->bytes - (start - range->start))
			return true;
	}
	return false;
}

bool string_is_sound(uint64_t start)
{
	for (uint64_t end = start; lies_in(end, 1, MKBOOT_MEMORY_LOADER); end++)
		if (*(const char *)at(end) == 0)
			return lies_in(start, end - start + 1, MKBOOT_MEMORY_LOADER);
	return false;
}

static const char *type_name(uint32_t type)
{
	static const char *const firmware_names[] = {
		[0] = "unknown",
		[MKBOOT_MEMORY_RAM] = "RAM",
		[MKBOOT_MEMORY_RESERVED] = "reserved",
		[MKBOOT_MEMORY_ACPI] = "ACPI",
		[MKBOOT_MEMORY_NVS] = "NVS",
		[MKBOOT_MEMORY_BAD] = "bad",
		[MKBOOT_MEMORY_PERSISTENT] = "persistent",
		[MKBOOT_MEMORY_UNACCEPTED] = "unaccepted",
		[MKBOOT_MEMORY_PERSISTENT_OLD] = "persistent",
	};
	enum { FIRMWARE_TYPES = sizeof firmware_names / sizeof firmware_names[0] };
	static const char *const loader_names[] = { "kernel", "module", "loader" };

	if (type >= MKBOOT_MEMORY_KERNEL && type <= MKBOOT_MEMORY_LOADER)
		return loader_names[type - MKBOOT_MEMORY_KERNEL];
	return firmware_names[type < FIRMWARE_TYPES && firmware_names[type] ? type : 0];
}

static bool is_ram(uint32_t type)
{
	return type == MKBOOT_MEMORY_RAM || (type >= MKBOOT_MEMORY_KERNEL && type <= MKBOOT_MEMORY_LOADER);
}

bool is_ram_at(uint64_t address)
{
	for (uint32_t i = 0; i < handoff->memory_range_count; i++)
		if (range_at(i)->start <= address && address - range_at(i)->start < range_at(i)->bytes)
			return is_ram(range_at(i)->type);
	return false;
}

/* Two words of free memory whose addresses differ in bit 20 only are two words. */
static void check_a20(void)
{
	const uint64_t line = 1 << 20;
	bool found = false;

	for (uint64_t low = 2 * line; low < 1 << 27 && !found; low += 2 * line) {
		volatile uint64_t *one = (volatile uint64_t *)low, *other = (volatile uint64_t *)(low + line);

		if (!lies_in(low, PAGE_BYTES, MKBOOT_MEMORY_RAM) || !lies_in(low + line, PAGE_BYTES, MKBOOT_MEMORY_RAM))
			continue;
		*one = 1;
		*other = 2;
		found = true;
		check(*one == 1, "address line A20 is on");
	}
	check(found, "there is free memory to try A20 with");
}

void show_memory(void)
{
	bool sorted = handoff->memory_range_count > 0, mapped = true;
	uint64_t last_end = 0;

	for (uint32_t i = 0; i < handoff->memory_range_count; i++) {
		const struct mkboot_memory_range *range = range_at(i);
		print("example: memory 0x%lx to 0x%lx %s\n", range->start, range->start + range->bytes, type_name(range->type));
		sorted = sorted && range->bytes > 0 && range->start >= last_end && range->start <= UINT64_MAX - range->bytes;
		last_end = range->start + range->bytes;
		if (is_ram(range->type))
			mapped = mapped && probe_read(range->start) == PROBE_DONE && probe_read(last_end - 1) == PROBE_DONE;
	}
	check(sorted, "the memory ranges are sorted and do not overlap");
	check(mapped, "all RAM is mapped one to one");
	check_a20();
}
