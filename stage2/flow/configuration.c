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

static const char no_memory[] = "the loader's own memory is used up";

enum {
	ENTRY_PATH_BYTES = sizeof ENTRIES "/" + FS_NAME_MAX,
	NAME_SLOT_BYTES = 32,       /* names of files get multiples of it, so that one can take the place of another */
	ENTRY_BYTES_EXPECTED = 256, /* strings of a usual entry; keeps the table of entries from taking their room */
};

/* An entry file that was found. The list is in the order of their names. */
struct found {
	struct found *next;
	struct entry_name name;
	char *text; /* where `name` lies, and how much there is of it */
	size_t room;
	const struct volume *volume;
};

struct reading {
	struct arena *arena;
	configuration_problem_fn *problem;
	void *context;
	struct config_listener listener; /* of the parsers */
	const struct boot_disk *boot_disk;
	const char *path;            /* of the file that is being read */
	const struct volume *volume; /* whose directory is being listed */
	struct found *first;
	unsigned seen, found, limit; /* entry files that there are; those in the list; as many as that may be */
	bool out_of_memory;          /* an entry did not fit, and that was reported */
	unsigned left_out;           /* others after it that did not fit either */
};

static void report_err(const struct reading *reading, const struct err *err)
{
	if (reading->problem)
		reading->problem(reading->context, reading->path, err->line, NOTICE_FAULT, NULL, err);
}

static void report(const struct reading *reading, const struct config_sentence *sentence)
{
	if (reading->problem)
		reading->problem(reading->context, reading->path, 0, NOTICE_FAULT, sentence->data, NULL);
}

static void pass_notice(void *context, unsigned line, enum notice_kind kind, const char *text)
{
	const struct reading *reading = context;

	if (reading->problem)
		reading->problem(reading->context, reading->path, line, kind, text, NULL);
}

void configuration_print_place(struct sink *sink, const char *path, unsigned line)
{
	print_untrusted(sink, path);
	if (line > 0)
		print(sink, ":%u", line);
	print(sink, ": ");
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
		status = loader_conf_parse(text, reading->arena, &reading->listener, conf, &err);
		give_back(reading, text);
		if (status == OK)
			return true;
	}
	if (status != ERR_NOT_FOUND) {
		err_add(&err, "the file is not used", NULL, 0, 0);
		report_err(reading, &err);
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

/* A place for a name of `bytes` bytes: a new one, or, when there are as many as may be, that of the last one. NULL: no memory. */
static struct found *take_slot(struct reading *reading, size_t bytes)
{
	struct found **last = &reading->first, *slot;

	if (reading->found < reading->limit) {
		slot = ARENA_NEW(reading->arena, struct found);
	} else {
		while ((*last)->next)
			last = &(*last)->next;
		slot = *last;
		*last = NULL;
		reading->found--;
	}
	if (slot && slot->room < bytes) {
		slot->room = (bytes + NAME_SLOT_BYTES - 1) / NAME_SLOT_BYTES * NAME_SLOT_BYTES;
		slot->text = ARENA_NEW_ARRAY(reading->arena, char, slot->room);
	}
	return slot && slot->text ? slot : NULL;
}

/* Puts a name where it belongs, behind those that are equal: $BOOT's come before those of the other volume. */
static bool insert(struct reading *reading, const char *file, size_t bytes)
{
	struct found *slot = take_slot(reading, bytes), **at = &reading->first;

	if (!slot || !entry_name_parse(file, slot->text, &slot->name))
		return false;
	slot->volume = reading->volume;
	while (*at && entry_name_compare(&(*at)->name, &slot->name) <= 0)
		at = &(*at)->next;
	slot->next = *at;
	*at = slot;
	reading->found++;
	return true;
}

static const struct found *last_of(const struct found *found)
{
	while (found && found->next)
		found = found->next;
	return found;
}

static void report_long_name(const struct reading *reading, const char *name, size_t bytes)
{
	struct config_sentence sentence;
	struct sink *sink = config_sentence_begin(&sentence);

	config_quote(sink, span_of(name, bytes));
	print(sink, " is left out: its name has %zu bytes, and the limit is %u", bytes, FS_NAME_MAX);
	report(reading, &sentence);
}

/* A visit of the directory: keeps the names of entry files, the first in order if there are too many. */
static bool collect(void *context, const struct fs_entry *entry)
{
	struct reading *reading = context;
	size_t bytes = text_length(entry->name);
	char text[FS_NAME_MAX + 2];
	struct entry_name name;

	if (entry->is_directory || !entry_name_is_entry(entry->name))
		return true;
	if (bytes > FS_NAME_MAX) {
		report_long_name(reading, entry->name, bytes);
		return true;
	}
	reading->seen++;
	if (reading->found == reading->limit && (reading->limit == 0 || !entry_name_parse(entry->name, text, &name) ||
						 entry_name_compare(&name, &last_of(reading->first)->name) >= 0))
		return true;
	(void)insert(reading, entry->name, bytes + 2);
	return true;
}

static void report_too_many(const struct reading *reading)
{
	struct config_sentence sentence;
	struct sink *sink = config_sentence_begin(&sentence);
	const struct found *last = last_of(reading->first);

	print(sink, "%u entries, and %s for %u: %u are left out", reading->seen,
	      reading->found < ENTRIES_MAX ? "the loader's memory has room" : "there is room", reading->found,
	      reading->seen - reading->found);
	if (last) {
		print(sink, ", those that come after ");
		config_quote(sink, span_of(last->name.id, text_length(last->name.id)));
		print(sink, " in the order of their names");
	}
	report(reading, &sentence);
}

static void list_entries(struct reading *reading, const struct volume *volume)
{
	struct err err = { .code = OK };
	enum status status;

	reading->volume = volume;
	status = fs_list(volume->fs, ENTRIES, collect, reading, &err);
	if (status == OK || status == ERR_NOT_FOUND)
		return;
	if (volume->partition.number > 0)
		err_add(&err, "entries of partition {a} are missing", NULL, volume->partition.number, 0);
	report_err(reading, &err);
}

static void find_entries(struct reading *reading)
{
	const struct boot_disk *boot_disk = reading->boot_disk;
	size_t room = reading->arena->capacity - reading->arena->used;

	reading->path = ENTRIES;
	reading->limit = (unsigned)(room / (sizeof(struct menu_entry) + sizeof(struct found) + ENTRY_BYTES_EXPECTED));
	if (reading->limit > ENTRIES_MAX)
		reading->limit = ENTRIES_MAX;
	for (unsigned i = 0; i < boot_disk->volume_count; i++)
		list_entries(reading, &boot_disk->volume[i]);
	if (reading->seen > reading->found)
		report_too_many(reading);
}

static enum status read_entry(struct reading *reading, const struct found *found, struct menu_entry *entry, struct err *err)
{
	char path[ENTRY_PATH_BYTES] = ENTRIES "/";
	size_t folder = sizeof ENTRIES, length = text_length(found->name.id);
	struct span text;
	enum status status;

	memcpy(path + folder, found->name.id, length);
	memcpy(path + folder + length, found->name.suffix, text_length(found->name.suffix) + 1);
	reading->path = path;
	status = borrow_text(reading, found->volume->fs, path, &text, err);
	if (status == OK) {
		status = entry_parse(text, &found->name, reading->arena, &reading->listener, &entry->entry, err);
		give_back(reading, text);
	} else {
		/* A file that has a name but cannot be opened is never "not there". */
		err_add(err, "it cannot be read", NULL, 0, 0);
	}
	entry->boot_disk = reading->boot_disk;
	entry->volume = found->volume;
	if (status == ERR_NO_MEMORY && reading->out_of_memory)
		reading->left_out++;
	else if (status != OK)
		report_err(reading, err);
	reading->out_of_memory = reading->out_of_memory || status == ERR_NO_MEMORY;
	reading->path = ENTRIES;
	return status;
}

static void read_entries(struct reading *reading, struct configuration *configuration)
{
	struct config_sentence sentence;

	for (const struct found *found = reading->first; found; found = found->next) {
		size_t mark = arena_mark(reading->arena);
		struct err err = { .code = OK };

		if (read_entry(reading, found, &configuration->entry[configuration->count], &err) == OK)
			configuration->count++;
		else
			arena_reset(reading->arena, mark);
	}
	if (reading->left_out > 0) {
		print(config_sentence_begin(&sentence), "%u more entries did not fit into the loader's memory; they are left out",
		      reading->left_out);
		report(reading, &sentence);
	}
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

/* The first of the menu that the pattern means, and that is bad or not. */
static bool find_default(const struct configuration *configuration, bool bad, unsigned *found)
{
	for (unsigned i = 0; i < configuration->count; i++) {
		const struct entry_name *name = &configuration->entry[i].entry.name;

		if (entry_name_is_bad(name) == bad && entry_name_matches(name, configuration->loader.default_pattern)) {
			*found = i;
			return true;
		}
	}
	return false;
}

/* An entry that has no tries left is the default only if there are no others. */
static void choose_default(struct reading *reading, struct configuration *configuration)
{
	const char *pattern = configuration->loader.default_pattern;
	struct config_sentence sentence;
	struct sink *sink = config_sentence_begin(&sentence);
	bool all_bad = configuration->count > 0 && entry_name_is_bad(&configuration->entry[0].entry.name);
	unsigned given_up;

	configuration->chosen = 0;
	if (pattern[0] == '\0' || configuration->count == 0 || find_default(configuration, all_bad, &configuration->chosen))
		return;
	print(sink, "default ");
	config_quote(sink, span_of(pattern, text_length(pattern)));
	print(sink, find_default(configuration, true, &given_up) ? ": its entry has no tries left" : ": no usable entry matches");
	reading->path = LOADER_CONF;
	report(reading, &sentence);
}

enum status configuration_read(const struct boot_disk *boot_disk, struct arena *arena, configuration_problem_fn *problem, void *context,
			       struct configuration *configuration, struct err *err)
{
	struct reading reading = {
		.arena = arena,
		.problem = problem,
		.context = context,
		.listener = { .notice = pass_notice, .context = &reading },
		.boot_disk = boot_disk,
	};
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
