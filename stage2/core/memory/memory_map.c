/* SPDX-License-Identifier: MIT */
/* The firmware's memory map, made sorted and free of overlaps. */
#include "core/memory/memory_map.h"

#include "core/base/checked.h"

#include <stddef.h>

/* Drops what means nothing (empty and wrapping ranges) and gives the type 0, which no specification knows, a meaning. */
static unsigned raw_clean(struct memory_range *raw, unsigned raw_count)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < raw_count; i++) {
		if (raw[i].start >= raw[i].end)
			continue;
		raw[kept] = raw[i];
		if (raw[kept].type == 0)
			raw[kept].type = MEMORY_RESERVED;
		kept++;
	}
	return kept;
}

/* The range that decides what `at` is; NULL if none covers it. *next: the first address after `at` where the answer may change. */
static const struct memory_range *raw_deciding(const struct memory_range *raw, unsigned count, uint64_t at, uint64_t *next)
{
	const struct memory_range *best = NULL;

	*next = UINT64_MAX;
	for (unsigned i = 0; i < count; i++) {
		if (raw[i].start > at) {
			*next = min_u64(*next, raw[i].start);
		} else if (raw[i].end > at) {
			*next = min_u64(*next, raw[i].end);
			if (best == NULL || raw[i].type > best->type)
				best = &raw[i];
		}
	}
	return best;
}

static bool map_append(struct memory_map *map, uint64_t start, uint64_t end, uint32_t type, uint32_t attributes)
{
	struct memory_range *last = map->count > 0 ? &map->range[map->count - 1] : NULL;

	if (last != NULL && last->end == start && last->type == type && last->attributes == attributes) {
		last->end = end;
		return true;
	}
	if (map->count == MEMORY_RANGES_MAX)
		return false;
	map->range[map->count++] = (struct memory_range){ .start = start, .end = end, .type = type, .attributes = attributes };
	return true;
}

enum status memory_map_build(struct memory_range *raw, unsigned raw_count, struct memory_map *map, struct err *err)
{
	unsigned count = raw_clean(raw, raw_count);
	uint64_t at = 0, next;
	bool has_ram = false;

	map->count = 0;
	/* Every step ends at a start or an end of a range, so there are at most two steps for each range and one before the first. */
	for (; at != UINT64_MAX; at = next) {
		const struct memory_range *range = raw_deciding(raw, count, at, &next);

		if (range == NULL)
			continue;
		has_ram = has_ram || range->type == MEMORY_RAM;
		if (!map_append(map, at, next, range->type, range->attributes))
			return err_set(err, ERR_TOO_BIG, "the firmware's memory map has more than {a} ranges", NULL, MEMORY_RANGES_MAX, 0);
	}
	if (!has_ram)
		return err_set(err, ERR_CORRUPT, "the firmware's memory map has no RAM in {a} ranges", NULL, raw_count, 0);
	return OK;
}

enum { ANY_TYPE = 0 }; /* no range of a map has it */

/* How far this type goes on from `at`, looked at up to `end`. *other: what is there instead; NULL: nothing, or `end` was reached. */
static uint64_t map_follow(const struct memory_map *map, uint64_t at, uint64_t end, uint32_t type, const struct memory_range **other)
{
	*other = NULL;
	for (unsigned i = 0; i < map->count && at < end; i++) {
		const struct memory_range *range = &map->range[i];

		if (range->end <= at)
			continue;
		if (range->start > at)
			break;
		if (type != ANY_TYPE && range->type != type) {
			*other = range;
			break;
		}
		at = range->end;
	}
	return at;
}

bool memory_map_covers(const struct memory_map *map, uint64_t start, uint64_t end, uint32_t type)
{
	const struct memory_range *other;

	return map_follow(map, start, end, type, &other) >= end;
}

bool memory_map_knows(const struct memory_map *map, uint64_t start, uint64_t end)
{
	return memory_map_covers(map, start, end, ANY_TYPE);
}

bool memory_map_touches(const struct memory_map *map, uint64_t start, uint64_t end, uint32_t type)
{
	for (unsigned i = 0; i < map->count && start < end; i++) {
		const struct memory_range *range = &map->range[i];

		if (range->type == type && ranges_overlap(start, end, range->start, range->end))
			return true;
	}
	return false;
}

static const char *type_words(uint32_t type)
{
	static const char *const words[] = {
		[MEMORY_ACPI] = "memory with ACPI tables", [MEMORY_NVS] = "memory of ACPI", [MEMORY_BAD] = "bad memory"
	};

	return type < sizeof words / sizeof *words && words[type] != NULL ? words[type] : "memory that the firmware keeps";
}

enum status memory_map_require_ram(const struct memory_map *map, const char *what, uint64_t start, uint64_t end, struct err *err)
{
	const struct memory_range *other;
	uint64_t at = map_follow(map, start, end, MEMORY_RAM, &other);

	if (at >= end)
		return OK;
	(void)err_set(err, ERR_DENIED, "at {a:x} there is {s}", other != NULL ? type_words(other->type) : "no memory", at, 0);
	return err_add(err, "{s}: there is not RAM everywhere from {a:x} to {b:x}", what, start, end);
}

uint64_t memory_map_ram_end(const struct memory_map *map, uint64_t limit)
{
	for (unsigned i = map->count; i > 0; i--) {
		const struct memory_range *range = &map->range[i - 1];

		if (range->type == MEMORY_RAM && range->start < limit)
			return min_u64(range->end, limit);
	}
	return 0;
}
