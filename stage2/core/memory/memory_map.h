/* SPDX-License-Identifier: MIT */
/*
 * The machine's physical memory: what the firmware says is there, and who has what.
 *
 * A physical address is a uint64_t, never a pointer. Ranges are [start, end). Types are those of ACPI 6.5, table 15.1 (E820).
 */
#pragma once

#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum memory_type {
	MEMORY_RAM = 1,
	MEMORY_RESERVED = 2,
	MEMORY_ACPI = 3, /* tables, which a system may give up once it has read them */
	MEMORY_NVS = 4,
	MEMORY_BAD = 5,
	MEMORY_PERSISTENT = 7,
	MEMORY_UNACCEPTED = 8,     /* a confidential guest has to accept it first */
	MEMORY_PERSISTENT_OLD = 12 /* the number that firmware used for NVDIMMs before there was one; Linux knows it */
};

/* What every protocol tells its kernel of a range: a type of enum memory_type; MEMORY_RESERVED for a firmware's own number. */
uint32_t memory_type_for_kernel(uint32_t type);

struct memory_range {
	uint64_t start, end;
	uint32_t type;       /* enum memory_type, or a firmware's own number, which counts as reserved */
	uint32_t attributes; /* ACPI 3 extended attributes as the firmware gave them; 1 where it gave none */
};

enum { MEMORY_RANGES_MAX = 256 };

/* Sorted by start, free of overlaps and empty ranges, neighbours of one type and attributes merged. Holes stay holes. */
struct memory_map {
	struct memory_range range[MEMORY_RANGES_MAX + 1]; /* the last one is for memory_map_build() */
	unsigned count;                                   /* at most MEMORY_RANGES_MAX */
	unsigned told;                                    /* ranges that there would be without this limit */
	uint64_t ram_left_out;                            /* bytes of RAM that it costs */
};

/*
 * Makes a map from what the firmware gave, in any order, with overlaps, empty and wrapping ranges. Where ranges overlap the most
 * restrictive type (the highest number) wins. `raw` is used as scratch space. ERR_CORRUPT if no RAM remains.
 *
 * Where more than MEMORY_RANGES_MAX remain, neighbours that are no RAM become one reserved range, then the smallest pieces of RAM, and of
 * holes between what is reserved, are reserved with their neighbours. What becomes RAM was RAM; the largest piece of RAM always stays.
 */
MUST_CHECK enum status memory_map_build(struct memory_range *raw, unsigned raw_count, struct memory_map *map, struct err *err);

/* True if every byte of [start, end) has this type. */
bool memory_map_covers(const struct memory_map *map, uint64_t start, uint64_t end, uint32_t type);

/* True if a byte of [start, end) has this type. */
bool memory_map_touches(const struct memory_map *map, uint64_t start, uint64_t end, uint32_t type);

/* How far the map goes on from `start` without a hole, at most to `end`. */
uint64_t memory_map_known_end(const struct memory_map *map, uint64_t start, uint64_t end);

/* True if every byte of [start, end) is in the map, whatever its type. */
bool memory_map_knows(const struct memory_map *map, uint64_t start, uint64_t end);

/* OK if there is RAM everywhere in [start, end); otherwise ERR_DENIED, and the trail tells what `what` runs into and where. */
MUST_CHECK enum status memory_map_require_ram(const struct memory_map *map, const char *what, uint64_t start, uint64_t end,
					      struct err *err);

/* The end of the highest RAM range at or below `limit` (ranges are cut at the limit); 0 if there is none. */
uint64_t memory_map_ram_end(const struct memory_map *map, uint64_t limit);

/*
 * Reservations. A transient one is the loader's own (its image, its staging buffers): it ends at the jump, so a kernel's fixed segment
 * may lie on it and is then moved there by the last step. All others are final.
 */
struct memory_reservation {
	uint64_t start, end;
	const char *what; /* for trails and for the printed plan; not copied */
	bool transient;
	bool taken; /* from memory->owner, so it has to be given back */
};

enum { MEMORY_RESERVATIONS_MAX = 512 };

struct memory;

/*
 * A firmware that hands out memory itself while we run (UEFI): it has to be asked for each range that we take. The ranges are whole
 * pages of 4 KiB; one page may be taken several times.
 */
struct memory_owner {
	/* False if the firmware will not give [start, end). `executable`: code of ours will run there. */
	bool (*take)(struct memory *memory, uint64_t start, uint64_t end, bool executable);
	void (*give_back)(struct memory *memory, uint64_t start, uint64_t end);
};

struct memory {
	struct memory_map map;
	const struct memory_owner *owner;                               /* NULL: free RAM belongs to nobody (BIOS, host) */
	struct memory_reservation reservation[MEMORY_RESERVATIONS_MAX]; /* in the order in which they were made */
	unsigned count;
};

struct memory_want {
	uint64_t bytes; /* at least 1 */
	uint64_t align; /* a power of two; 0 counts as 1 */
	uint64_t min;   /* lowest start */
	uint64_t max;   /* highest end; 0: 4 GiB */
	bool low;       /* lowest fitting address; otherwise the highest */
	bool transient;
	bool executable; /* matters to memory->owner only */
	const char *what;
};

/*
 * Finds RAM that nobody has, and reserves it. Deterministic: the same map and the same calls give the same addresses. Addresses below
 * 1 MiB are handed out only when want->max is at or below 1 MiB. What memory->owner refuses is noted as a transient reservation, and
 * the next best is taken. ERR_NO_MEMORY with the size in the trail.
 */
MUST_CHECK enum status memory_allocate(struct memory *memory, const struct memory_want *want, uint64_t *start, struct err *err);

/*
 * The same for what is moved to its place at the jump: transient reservations are no obstacle, and *on_transient is as from
 * memory_reserve(). The new reservation is final, whatever want->transient says.
 */
MUST_CHECK enum status memory_allocate_over(struct memory *memory, const struct memory_want *want, uint64_t *start, bool *on_transient,
					    struct err *err);

/*
 * Reserves exactly [start, end). ERR_DENIED if that is not all RAM or touches a final reservation (the trail says which);
 * *on_transient (may be NULL) tells that it touches a transient one, or that memory->owner will not give it.
 */
MUST_CHECK enum status memory_reserve(struct memory *memory, uint64_t start, uint64_t end, const char *what, bool transient,
				      bool *on_transient, struct err *err);

/*
 * Cuts [at, end) where transient reservations begin and end: returns the end of the stretch that starts at `at`; *in_the_way tells
 * whether it belongs to one.
 */
uint64_t memory_stretch_end(const struct memory *memory, uint64_t at, uint64_t end, bool *in_the_way);

/* True if final reservations cover every byte of [start, end). */
bool memory_is_reserved(const struct memory *memory, uint64_t start, uint64_t end);

static inline unsigned memory_mark(const struct memory *memory)
{
	return memory->count;
}

/* Gives back all that was reserved since the mark. */
void memory_reset(struct memory *memory, unsigned mark);
