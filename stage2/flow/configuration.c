/* SPDX-License-Identifier: MIT */
/* Reads loader.conf and the boot entries of all boot volumes. */
#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"
#include "core/config/config_lines.h" // CONFIG_FILE_MAX
#include "flow/flow.h"

#define LOADER_CONF "/loader/loader.conf"
#define ENTRIES     "/loader/entries"

static const char suffix[] = ".conf";
static const char no_memory[] = "the loader's own memory is used up";

enum {
	SUFFIX_BYTES = sizeof suffix - 1,
	ENTRY_PATH_BYTES = sizeof ENTRIES "/" + FS_NAME_MAX,
	ENTRY_BYTES_EXPECTED = 256, /* strings of a usual entry; keeps the table of entries from taking their room */
};

/* An entry file that was found. The list is in the order of the directories. */
struct found {
	struct found *next;
	const char *id;
	char suffix[sizeof suffix]; /* as the directory writes it: ".CONF" where names are in capitals */
	const struct volume *volume;
};

struct reading {
	struct arena *arena;
	configuration_problem_fn *problem;
	void *context;
	const struct boot_disk *boot_disk;
	const char *path;            /* of the file that is being read */
	const struct volume *volume; /* whose directory is being listed */
	struct found *first, **last;
	unsigned found, limit; /* limit: entries that are taken */
	bool too_many;         /* the limit was exceeded */
	bool out_of_memory;    /* an entry did not fit, and that was reported */
	bool more_left_out;    /* others after it did not fit either */
};

static void report(const struct reading *reading, const char *message, const char *subject, const struct err *err)
{
	if (reading->problem)
		reading->problem(reading->context, reading->path, 0, message, subject, err);
}

static void pass_notice(void *context, unsigned line, const char *message, const char *subject)
{
	const struct reading *reading = context;

	if (reading->problem)
		reading->problem(reading->context, reading->path, line, message, subject, NULL);
}

/*
 * Reads a small file to the far end of the arena, so that strings made from it can stay when the text goes: give_back() ends the loan.
 * What fs_open() takes is given back before anything else is allocated.
 */
static enum status borrow_text(struct reading *reading, struct fs *fs, const char *path, struct span *text, struct err *err)
{
	struct arena *arena = reading->arena;
	size_t mark = arena_mark(arena);
	struct file *file;
	uint8_t *to;
	enum status status = fs_open(fs, path, arena, &file, err);

	if (status != OK)
		return status;
	if (file->bytes > CONFIG_FILE_MAX)
		return err_set(err, ERR_TOO_BIG, "the file has {a} bytes; the limit is {b}", NULL, file->bytes, CONFIG_FILE_MAX);
	if (file->bytes > arena->capacity - arena->used)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	to = arena->base + arena->capacity - file->bytes;
	status = file_read(file, 0, file->bytes, to, err);
	if (status != OK)
		return status;
	*text = span_of(to, (size_t)file->bytes);
	arena->capacity -= text->bytes;
	arena_reset(arena, mark);
	return OK;
}

static void give_back(struct reading *reading, struct span text)
{
	reading->arena->capacity += text.bytes;
}

/* False if this volume has no loader.conf. */
static bool read_loader_conf_of(struct reading *reading, struct fs *fs, struct loader_conf *conf)
{
	size_t mark = arena_mark(reading->arena);
	struct err err;
	struct span text;
	enum status status = borrow_text(reading, fs, LOADER_CONF, &text, &err);

	if (status == OK) {
		status = loader_conf_parse(text, reading->arena, pass_notice, reading, conf, &err);
		give_back(reading, text);
		if (status == OK)
			return true;
	}
	if (status != ERR_NOT_FOUND) {
		err_add(&err, "{s} is not used", LOADER_CONF, 0, 0);
		report(reading, "the defaults are used", NULL, &err);
	}
	arena_reset(reading->arena, mark);
	return status != ERR_NOT_FOUND;
}

static void read_loader_conf(struct reading *reading, struct loader_conf *conf)
{
	const struct boot_disk *boot_disk = reading->boot_disk;

	reading->path = LOADER_CONF;
	loader_conf_defaults(conf);
	for (unsigned i = 0; i < boot_disk->volume_count; i++) {
		if (read_loader_conf_of(reading, boot_disk->volume[i].fs, conf))
			return;
	}
}

/* A visit of the directory: keeps the names of entry files. */
static bool collect(void *context, const struct fs_entry *entry)
{
	struct reading *reading = context;
	size_t length = text_length(entry->name);
	struct found *found;
	char *id;

	if (entry->is_directory || entry->name[0] == '.' || length <= SUFFIX_BYTES || length > FS_NAME_MAX ||
	    !text_equal_nocase(entry->name + length - SUFFIX_BYTES, suffix))
		return true;
	found = reading->found < reading->limit ? ARENA_NEW(reading->arena, struct found) : NULL;
	id = found ? arena_copy_text(reading->arena, entry->name, length - SUFFIX_BYTES) : NULL;
	if (!id) {
		reading->too_many = true;
		return false;
	}
	*found = (struct found){ .id = id, .volume = reading->volume };
	memcpy(found->suffix, entry->name + length - SUFFIX_BYTES, sizeof suffix);
	*reading->last = found;
	reading->last = &found->next;
	reading->found++;
	return true;
}

static void find_entries(struct reading *reading)
{
	const struct boot_disk *boot_disk = reading->boot_disk;
	size_t room = reading->arena->capacity - reading->arena->used;
	struct err err;

	reading->path = ENTRIES;
	reading->last = &reading->first;
	reading->limit = (unsigned)(room / (sizeof(struct menu_entry) + sizeof(struct found) + ENTRY_BYTES_EXPECTED));
	if (reading->limit > ENTRIES_MAX)
		reading->limit = ENTRIES_MAX;
	for (unsigned i = 0; i < boot_disk->volume_count && !reading->too_many; i++) {
		enum status status;

		reading->volume = &boot_disk->volume[i];
		status = fs_list(reading->volume->fs, ENTRIES, collect, reading, &err);
		if (status != OK && status != ERR_NOT_FOUND) {
			err_add(&err, ENTRIES " of partition {a}", NULL, reading->volume->partition.number, 0);
			report(reading, "its other entries are left out", NULL, &err);
		}
	}
	if (reading->too_many)
		report(reading, "too many entries; those that the folder names last are left out", NULL, NULL);
}

static enum status read_entry(struct reading *reading, const struct found *found, struct menu_entry *entry, struct err *err)
{
	char path[ENTRY_PATH_BYTES] = ENTRIES "/";
	size_t folder = sizeof ENTRIES, length = text_length(found->id);
	struct span text;
	enum status status;

	memcpy(path + folder, found->id, length);
	memcpy(path + folder + length, found->suffix, sizeof suffix);
	reading->path = path;
	status = borrow_text(reading, found->volume->fs, path, &text, err);
	if (status == OK) {
		status = entry_parse(text, found->id, reading->arena, pass_notice, reading, &entry->entry, err);
		give_back(reading, text);
	} else {
		/* A file that has a name but cannot be opened is never "not there". */
		err_add(err, "it cannot be read", NULL, 0, 0);
		err_add(err, "{s}.conf", found->id, 0, 0);
	}
	entry->boot_disk = reading->boot_disk;
	entry->volume = found->volume;
	if (status == ERR_NO_MEMORY && reading->out_of_memory)
		reading->more_left_out = true;
	else if (status != OK)
		report(reading, "the entry is left out", NULL, err);
	reading->out_of_memory = reading->out_of_memory || status == ERR_NO_MEMORY;
	reading->path = ENTRIES;
	return status;
}

static void read_entries(struct reading *reading, struct configuration *configuration)
{
	for (const struct found *found = reading->first; found; found = found->next) {
		size_t mark = arena_mark(reading->arena);
		struct err err;

		if (read_entry(reading, found, &configuration->entry[configuration->count], &err) == OK)
			configuration->count++;
		else
			arena_reset(reading->arena, mark);
	}
	if (reading->more_left_out)
		report(reading, "more entries did not fit into the loader's memory; they are left out", NULL, NULL);
}

/* Keeps the order of equal ones: $BOOT's come before those of the other volume. */
static void sort_entries(struct menu_entry *entry, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		struct menu_entry moving = entry[i];
		unsigned at = i;

		for (; at > 0 && entry_compare(&moving.entry, &entry[at - 1].entry) < 0; at--)
			entry[at] = entry[at - 1];
		entry[at] = moving;
	}
}

/* A pattern means the id with or without ".conf". */
static bool matches_default(const char *pattern, const char *id)
{
	char name[FS_NAME_MAX + sizeof suffix];
	size_t length = text_length(id);

	memcpy(name, id, length);
	memcpy(name + length, suffix, sizeof suffix);
	return glob_match(pattern, id) || glob_match(pattern, name);
}

static void choose_default(struct reading *reading, struct configuration *configuration)
{
	const char *pattern = configuration->loader.default_pattern;

	configuration->chosen = 0;
	if (pattern[0] == '\0' || configuration->count == 0)
		return;
	for (unsigned i = 0; i < configuration->count; i++) {
		if (matches_default(pattern, configuration->entry[i].entry.id)) {
			configuration->chosen = i;
			return;
		}
	}
	reading->path = LOADER_CONF;
	report(reading, "no usable entry matches the default", pattern, NULL);
}

enum status configuration_read(const struct boot_disk *boot_disk, struct arena *arena, configuration_problem_fn *problem, void *context,
			       struct configuration *configuration, struct err *err)
{
	struct reading reading = { .arena = arena, .problem = problem, .context = context, .boot_disk = boot_disk };
	struct configuration made = { .count = 0 };
	size_t capacity = arena->capacity;

	/* The other half is for starting what is read here. */
	arena->capacity = arena->used + (capacity - arena->used) / 2;
	read_loader_conf(&reading, &made.loader);
	find_entries(&reading);
	made.entry = ARENA_NEW_ARRAY(arena, struct menu_entry, reading.found);
	if (made.entry) {
		read_entries(&reading, &made);
		sort_entries(made.entry, made.count);
		choose_default(&reading, &made);
	}
	arena->capacity = capacity;
	if (!made.entry)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	*configuration = made;
	return OK;
}
