/* SPDX-License-Identifier: MIT */
/* The firmware's memory map, made sorted and free of overlaps. */
#include "core/memory/memory_map.h"

#include "core/base/checked.h"

#include <stddef.h>

static const uint64_t mib = 1 << 20;

uint32_t memory_type_for_kernel(uint32_t type)
{
	static const bool known[] = {
		[MEMORY_RAM] = true, [MEMORY_RESERVED] = true,   [MEMORY_ACPI] = true,       [MEMORY_NVS] = true,
		[MEMORY_BAD] = true, [MEMORY_PERSISTENT] = true, [MEMORY_UNACCEPTED] = true, [MEMORY_PERSISTENT_OLD] = true,
	};

	return type < sizeof known / sizeof *known && known[type] ? type : MEMORY_RESERVED;
}

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

static bool is_ram(const struct memory_range *range)
{
	return range->type == MEMORY_RAM;
}

static uint64_t range_bytes(const struct memory_range *range)
{
	return range->end - range->start;
}

/* One way to make a map shorter: range `index` and the next become one, or range `index`, which is RAM, is given up. */
struct saving {
	unsigned index;
	bool join;
	uint64_t cost; /* bytes that lose what they are */
};

static void saving_take_cheaper(struct saving *best, unsigned index, bool join, uint64_t cost)
{
	if (cost < best->cost)
		*best = (struct saving){ .index = index, .join = join, .cost = cost };
}

static unsigned map_largest_ram(const struct memory_map *map)
{
	unsigned largest = map->count;

	for (unsigned i = 0; i < map->count; i++) {
		if (is_ram(&map->range[i]) && (largest == map->count || range_bytes(&map->range[i]) > range_bytes(&map->range[largest])))
			largest = i;
	}
	return largest;
}

/* RAM below 1 MiB is worth more than other RAM: processors are started there. */
static uint64_t ram_cost(const struct memory_range *range)
{
	enum { LOW_WORTH = 4096 };

	return range->start < mib ? range_bytes(range) * LOW_WORTH : range_bytes(range);
}

/* There is one in any map of three ranges: two of RAM, or two neighbours that are none. */
static struct saving map_cheapest_saving(const struct memory_map *map)
{
	struct saving best = { .cost = UINT64_MAX };
	unsigned largest = map_largest_ram(map);

	for (unsigned i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->range[i];

		if (i + 1 < map->count && is_ram(range) == is_ram(range + 1) && (!is_ram(range) || range->end == range[1].start))
			saving_take_cheaper(&best, i, true, range[1].start - range->end);
		if (is_ram(range) && i != largest)
			saving_take_cheaper(&best, i, false, ram_cost(range));
	}
	return best;
}

static void map_remove(struct memory_map *map, unsigned index)
{
	map->count--;
	for (unsigned i = index; i < map->count; i++)
		map->range[i] = map->range[i + 1];
}

/* What has been two things, or a hole in between, is nothing that a kernel may use. */
static void map_join(struct memory_map *map, unsigned index)
{
	struct memory_range *range = &map->range[index];

	if (range->end != range[1].start || range->type != range[1].type)
		range->type = MEMORY_RESERVED;
	range->end = range[1].end;
	range->attributes &= range[1].attributes;
	map_remove(map, index + 1);
}

/* Reserved with a neighbour that is no RAM; a hole if there is none. */
static void map_give_up_ram(struct memory_map *map, unsigned index)
{
	struct memory_range *range = &map->range[index];
	bool before = index > 0 && !is_ram(range - 1) && range[-1].end == range->start;
	bool behind = index + 1 < map->count && !is_ram(range + 1) && range->end == range[1].start;

	map->ram_left_out += range_bytes(range);
	range->type = MEMORY_RESERVED;
	if (behind)
		map_join(map, index);
	if (before)
		map_join(map, index - 1);
	if (!behind && !before)
		map_remove(map, index);
}

static void map_append(struct memory_map *map, uint64_t start, uint64_t end, const struct memory_range *like)
{
	struct memory_range *last = map->count > 0 ? &map->range[map->count - 1] : NULL;

	if (last != NULL && last->end == start && last->type == like->type && last->attributes == like->attributes) {
		last->end = end;
		return;
	}
	map->told++;
	map->range[map->count++] = (struct memory_range){ .start = start, .end = end, .type = like->type, .attributes = like->attributes };
	if (map->count > MEMORY_RANGES_MAX) {
		struct saving saving = map_cheapest_saving(map);

		if (saving.join)
			map_join(map, saving.index);
		else
			map_give_up_ram(map, saving.index);
	}
}

enum status memory_map_build(struct memory_range *raw, unsigned raw_count, struct memory_map *map, struct err *err)
{
	unsigned count = raw_clean(raw, raw_count);
	uint64_t at = 0, next;
	bool has_ram = false;

	*map = (struct memory_map){ .count = 0 };
	/* Every step ends at a start or an end of a range, so there are at most two steps for each range and one before the first. */
	for (; at != UINT64_MAX; at = next) {
		const struct memory_range *range = raw_deciding(raw, count, at, &next);

		if (range == NULL)
			continue;
		has_ram = has_ram || range->type == MEMORY_RAM;
		map_append(map, at, next, range);
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

uint64_t memory_map_known_end(const struct memory_map *map, uint64_t start, uint64_t end)
{
	const struct memory_range *other;

	return map_follow(map, start, end, ANY_TYPE, &other);
}

bool memory_map_knows(const struct memory_map *map, uint64_t start, uint64_t end)
{
	return memory_map_known_end(map, start, end) >= end;
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
		[MEMORY_ACPI] = "memory with ACPI tables",
		[MEMORY_NVS] = "memory of ACPI",
		[MEMORY_BAD] = "bad memory",
		[MEMORY_PERSISTENT] = "persistent memory",
		[MEMORY_UNACCEPTED] = "memory that has to be accepted first",
		[MEMORY_PERSISTENT_OLD] = "persistent memory",
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
