/* SPDX-License-Identifier: MIT */
/* The memory map, and who has what of it. */
#include "memory_map.h"

enum { RANGES_MAX = 256, CLAIMS_MAX = 128 };

static struct {
	uint64_t start, end;
	uint32_t type;
} ranges[RANGES_MAX];
static uint32_t range_count;

static struct {
	const char *what;
	uint64_t start, end;
} claims[CLAIMS_MAX];
static uint32_t claim_count;

void map_add(uint64_t start, uint64_t bytes, uint32_t type)
{
	report_item_hex("mmap", range_count, "start", start);
	report_item_hex("mmap", range_count, "bytes", bytes);
	report_item_number("mmap", range_count, "type", type);
	require(range_count < RANGES_MAX, "the memory map has more than 256 entries");
	check(bytes != 0 && start <= UINT64_MAX - bytes, "a memory map entry is empty or wraps around");
	check((type >= MEMORY_RAM && type <= MEMORY_BAD) || type == MEMORY_PERSISTENT || type == MEMORY_UNACCEPTED,
	      "a memory map entry has an unknown type");
	check(range_count == 0 || ranges[range_count - 1].end <= start, "the memory map is not sorted or overlaps");
	ranges[range_count].start = start;
	ranges[range_count].end = start + bytes;
	ranges[range_count++].type = type;
}

uint32_t map_count(void)
{
	return range_count;
}

void map_check(void)
{
	report_number("mmap.count", range_count);
	check(map_is_ram(0x1000, 0x10000), "the memory map has no RAM at 64 KiB");
	check(map_is_ram(0x100000, 0x200000), "the memory map has no RAM at 1 MiB");
}

uint64_t map_ram_end(uint64_t start)
{
	uint64_t end = start;

	for (uint32_t i = 0; i < range_count; i++)
		if (ranges[i].type == MEMORY_RAM && ranges[i].start <= end && ranges[i].end > end)
			end = ranges[i].end; /* sorted: what continues it comes later */
	return end;
}

bool map_is_ram(uint64_t start, uint64_t end)
{
	return map_ram_end(start) >= end;
}

void map_claim(const char *what, uint64_t start, uint64_t end)
{
	report_item_text("claim", claim_count, "what", what);
	report_item_hex("claim", claim_count, "start", start);
	report_item_hex("claim", claim_count, "end", end);
	require(claim_count < CLAIMS_MAX, "more than 128 things are in memory");
	check(start <= end && map_is_ram(start, end), "something was placed where there is no RAM");
	for (uint32_t i = 0; i < claim_count; i++)
		if (start < claims[i].end && claims[i].start < end) {
			report_text("overlap", claims[i].what);
			check(false, "two things overlap in memory");
		}
	claims[claim_count].what = what;
	claims[claim_count].start = start;
	claims[claim_count++].end = end;
}
