/* SPDX-License-Identifier: MIT */
/*
 * What the name of an entry's file says (UAPI.1 "Boot counting"): "sys+2-1.conf" is the entry "sys", with 2 tries left and 1 done. The
 * loader writes nothing, so it does not count: it orders entries by what others have counted.
 */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct entry_name {
	const char *id;
	const char *suffix;              /* what follows the id in the file's name: ".conf", ".CONF", "+2-1.conf" */
	bool counted;                    /* the name has a counter */
	unsigned tries_left, tries_done; /* counted: at most INT_MAX */
};

/* False for files that are none: the name begins with '.', does not end with ".conf" in any letter case, or has nothing before that. */
bool entry_name_is_entry(const char *file);

/* Takes the name of a file apart; id and suffix are written to `text`, which has room for the name and 2 bytes more. False: no entry. */
bool entry_name_parse(const char *file, char *text, struct entry_name *name);

/* How many bytes of `stem` are before its boot counter: all if it has none. A '+' with anything else behind it is no counter. */
size_t entry_counter_split(struct span stem, struct entry_name *name);

/* No tries are left: whoever counts has given the entry up. */
bool entry_name_is_bad(const struct entry_name *name);

/*
 * Copies a pattern for entry_name_matches(). The folder of entries in front of it goes, by whatever slashes, and so does a boot counter,
 * which may be another one by now. ERR_NO_MEMORY.
 */
MUST_CHECK enum status entry_pattern_copy(struct span text, struct arena *arena, const char **pattern, struct err *err);

/* Whether a shell pattern means this entry: by its id with or without ".conf", or by the name of its file. */
bool entry_name_matches(const struct entry_name *name, const char *pattern);

/*
 * The order of the menu as far as names say it: entries without tries left come last; then the newest id first; of those with the same id
 * that with more tries left, then that with fewer done. Negative if a comes first.
 */
int entry_name_compare(const struct entry_name *a, const struct entry_name *b);
