/* SPDX-License-Identifier: MIT */
/* Names of entries and the boot counters in them. */
#include "core/config/entry_name.h"

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/config/entry.h"
#include "core/config/entry_words.h"

#include <limits.h>

static const char suffix[] = ".conf";

enum { SUFFIX_BYTES = sizeof suffix - 1, NAME_BYTES_MAX = 255 };

/* The digits at *at; passes over them. False if there are none, or too many for an int. */
static bool take_tries(struct span text, size_t *at, unsigned *tries)
{
	size_t first = *at;
	uint64_t value = 0;

	while (*at < text.bytes && text.data[*at] >= '0' && text.data[*at] <= '9' && value <= INT_MAX)
		value = value * 10 + (unsigned)(text.data[(*at)++] - '0');
	if (*at == first || value > INT_MAX)
		return false;
	*tries = (unsigned)value;
	return true;
}

size_t entry_counter_split(struct span stem, struct entry_name *name)
{
	size_t plus = stem.bytes, at;
	unsigned left, done = 0;

	while (plus > 0 && stem.data[plus - 1] != '+')
		plus--;
	/* Something has to be in front of the '+', too. */
	if (plus < 2)
		return stem.bytes;
	at = plus--;
	if (!take_tries(stem, &at, &left))
		return stem.bytes;
	if (at < stem.bytes && stem.data[at] == '-' && (at++, !take_tries(stem, &at, &done)))
		return stem.bytes;
	if (at != stem.bytes)
		return stem.bytes;
	name->counted = true;
	name->tries_left = left;
	name->tries_done = done;
	return plus;
}

bool entry_name_is_entry(const char *file)
{
	size_t length = text_length(file);

	return file[0] != '.' && length > SUFFIX_BYTES && text_equal_nocase(file + length - SUFFIX_BYTES, suffix);
}

bool entry_name_parse(const char *file, char *text, struct entry_name *name)
{
	size_t length = text_length(file), id;

	if (!entry_name_is_entry(file))
		return false;
	*name = (struct entry_name){ .counted = false };
	id = entry_counter_split(span_of(file, length - SUFFIX_BYTES), name);
	memcpy(text, file, id);
	text[id] = '\0';
	memcpy(text + id + 1, file + id, length - id + 1);
	name->id = text;
	name->suffix = text + id + 1;
	return true;
}

bool entry_name_is_bad(const struct entry_name *name)
{
	return name->counted && name->tries_left == 0;
}

static bool has_slash(const char *text)
{
	while (*text != '\0' && *text != '/')
		text++;
	return *text != '\0';
}

/* "loader/entries/x", "\loader\entries\x" and "/x" mean "x". A '\' may also stand before a character of a pattern. */
static enum status without_folder(struct span text, struct arena *arena, struct span *entry, struct err *err)
{
	static const char folder[] = "/loader/entries/";
	const char *path;
	size_t skip = 0;

	*entry = text;
	if (text.bytes == 0 || entry_path_copy(text, "default", arena, &path, err) != OK)
		return text.bytes > 0 && err->code == ERR_NO_MEMORY ? ERR_NO_MEMORY : OK;
	while (folder[skip] != '\0' && text_lower(path[skip]) == folder[skip])
		skip++;
	if (folder[skip] == '\0')
		*entry = span_of(path + skip, text_length(path + skip));
	else if (skip == 1 && (text.data[0] == '/' || text.data[0] == '\\') && !has_slash(path + 1))
		*entry = span_of(path + 1, text_length(path + 1));
	return OK;
}

enum status entry_pattern_copy(struct span text, struct arena *arena, const char **pattern, struct err *err)
{
	char *made = ARENA_NEW_ARRAY(arena, char, text.bytes + 1);
	struct entry_name ignored;
	struct span entry;
	size_t tail, stem;

	if (!made)
		return err_set(err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
	if (without_folder(text, arena, &entry, err) != OK)
		return err->code;
	memcpy(made, entry.data, entry.bytes);
	tail = entry.bytes > SUFFIX_BYTES && text_equal_nocase(made + entry.bytes - SUFFIX_BYTES, suffix) ? SUFFIX_BYTES : 0;
	stem = entry_counter_split(span_of(made, entry.bytes - tail), &ignored);
	memmove(made + stem, made + entry.bytes - tail, tail);
	made[stem + tail] = '\0';
	*pattern = made;
	return OK;
}

/* Whether the pattern matches the id with `end` behind it. */
static bool matches_with(const struct entry_name *name, const char *end, const char *pattern)
{
	char text[NAME_BYTES_MAX + 1];
	size_t id = text_length(name->id), bytes = text_length(end);

	if (id + bytes >= sizeof text)
		return false;
	memcpy(text, name->id, id);
	memcpy(text + id, end, bytes + 1);
	return glob_match(pattern, text);
}

bool entry_name_matches(const struct entry_name *name, const char *pattern)
{
	return glob_match(pattern, name->id) || matches_with(name, suffix, pattern) || matches_with(name, name->suffix, pattern);
}

static int compare_numbers(unsigned a, unsigned b)
{
	return a < b ? -1 : a > b;
}

int entry_name_compare(const struct entry_name *a, const struct entry_name *b)
{
	int order = compare_numbers(entry_name_is_bad(a), entry_name_is_bad(b));

	if (order == 0)
		order = version_compare(b->id, a->id);
	if (order == 0)
		order = text_compare(a->id, b->id);
	if (order != 0 || !a->counted || !b->counted)
		return order;
	order = compare_numbers(b->tries_left, a->tries_left);
	return order != 0 ? order : compare_numbers(a->tries_done, b->tries_done);
}
