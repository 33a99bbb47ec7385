/* SPDX-License-Identifier: MIT */
/* The whole story of a boot, and what is said when it fails. */
#include "core/base/arena.h"
#include "core/base/text.h"
#include "flow/flow.h"

enum { SUMMARY_BYTES = 3072, PAUSE_SECONDS = 10, TITLE_COLUMNS = 60 };

static const char no_memory[] = "the loader's own memory is used up";

struct run {
	struct platform *platform;
	struct boot_disk boot_disk;
	struct configuration configuration;
	struct text_buffer summary; /* a line for each failure: trails are gone when the next entry is tried */
};

static void print_hint(struct sink *console, const struct err *err)
{
	if (err->hint)
		print(console, "mkboot: hint: %s\n", err->hint);
}

static void print_error(struct sink *console, const struct err *err)
{
	print(console, "mkboot: error: ");
	err_print(console, err);
	print(console, "\n");
	print_hint(console, err);
}

/* Ends a line of the console and one of the summary that have been begun. */
static void end_with_error(struct run *run, const struct err *err)
{
	struct sink *console = run->platform->console;

	err_print(console, err);
	print(console, "\n");
	print_hint(console, err);
	err_print(&run->summary.sink, err);
	print(&run->summary.sink, "\n");
}

/* A problem of the disk; its trail says which. */
static void note_error(struct run *run, const struct err *err)
{
	print(run->platform->console, "mkboot: error: ");
	print(&run->summary.sink, "  ");
	end_with_error(run, err);
}

/* The name of an entry's file. */
static void print_name(struct sink *sink, const struct entry_name *name)
{
	print_untrusted(sink, name->id);
	print_untrusted(sink, name->suffix);
}

static void note_failed_entry(struct run *run, const struct entry_name *name, const struct err *err)
{
	print(run->platform->console, "mkboot: error: cannot start ");
	print_name(run->platform->console, name);
	print(run->platform->console, ": ");
	print(&run->summary.sink, "  ");
	print_name(&run->summary.sink, name);
	print(&run->summary.sink, ": ");
	end_with_error(run, err);
}

/* A file of the configuration that cannot be used may be why an entry is missing. */
static void note_bad_file(struct run *run, const char *path, const struct err *err)
{
	print(run->platform->console, "mkboot: error: ");
	configuration_print_place(run->platform->console, path, err->line);
	print(&run->summary.sink, "  ");
	configuration_print_place(&run->summary.sink, path, err->line);
	end_with_error(run, err);
}

static void note_problem(void *context, const char *path, unsigned line, enum notice_kind kind, const char *text, const struct err *err)
{
	struct run *run = context;
	struct sink *console = run->platform->console;

	if (err) {
		note_bad_file(run, path, err);
		return;
	}
	if (kind == NOTICE_NOT_USED)
		return;
	print(console, "mkboot: note: ");
	configuration_print_place(console, path, line);
	print(console, "%s\n", text);
}

static enum status attempt(struct run *run, const struct menu_entry *menu_entry, struct err *err)
{
	struct platform *platform = run->platform;
	struct plan *plan = ARENA_NEW(platform->arena, struct plan); /* too large for a small stack */
	enum status status;

	if (!plan)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	status = boot_prepare(platform, menu_entry, plan, err);
	plan_print_notes(plan, platform->console, "mkboot: note: ", "mkboot: hint: ");
	return status == OK ? boot_commit(platform, plan, err) : status;
}

/* A mode that the firmware does not set is no reason to go without the kernel: once more, with the screen as it is. */
static enum status attempt_with_any_screen(struct run *run, const struct menu_entry *menu_entry, struct err *err)
{
	struct platform *platform = run->platform;
	const struct video_source *video = platform->machine.video;
	size_t arena_before = arena_mark(platform->arena);
	unsigned memory_before = memory_mark(&platform->memory);
	enum status status = attempt(run, menu_entry, err);

	if (status == OK || platform->machine.video == video)
		return status;
	print(platform->console, "mkboot: note: ");
	err_print(platform->console, err);
	print(platform->console, "; once more without\n");
	arena_reset(platform->arena, arena_before);
	memory_reset(&platform->memory, memory_before);
	*err = (struct err){ .code = OK };
	return attempt(run, menu_entry, err);
}

/* True if the kernel was started, which is seen on the host only. */
static bool try_entry(struct run *run, unsigned index)
{
	struct platform *platform = run->platform;
	const struct menu_entry *menu_entry = &run->configuration.entry[index];
	size_t arena_before = arena_mark(platform->arena);
	unsigned memory_before = memory_mark(&platform->memory);
	struct err err = { .code = OK };
	enum status status;

	print(platform->console, "mkboot: starting ");
	print_untrusted_cut(platform->console, menu_entry->entry.title, TITLE_COLUMNS);
	print(platform->console, " (");
	print_name(platform->console, &menu_entry->entry.name);
	print(platform->console, ")\n");
	status = attempt_with_any_screen(run, menu_entry, &err);
	if (status != OK)
		note_failed_entry(run, &menu_entry->entry.name, &err);
	arena_reset(platform->arena, arena_before);
	memory_reset(&platform->memory, memory_before);
	return status == OK;
}

/* The chosen entry, then the others in menu order. */
static bool try_all(struct run *run)
{
	unsigned first = menu_run(run->platform, &run->configuration);

	if (run->configuration.count == 0)
		return false;
	if (try_entry(run, first))
		return true;
	for (unsigned i = 0; i < run->configuration.count; i++) {
		if (i != first && try_entry(run, i))
			return true;
	}
	return false;
}

void boot_stop(struct platform *platform, enum stop_action action)
{
	static const char *const words[] = { [STOP_FIRMWARE] = "going back to the firmware", [STOP_REBOOT] = "rebooting" };

	if (action == STOP_HALT) {
		print(platform->console, "mkboot: halted\n");
	} else {
		print(platform->console, "mkboot: %s in %u seconds, or at once after a key\n", words[action], (unsigned)PAUSE_SECONDS);
		platform->ops->key(platform, PAUSE_SECONDS * 1000);
	}
	platform->ops->stop(platform, action);
}

static void print_where_entries_are(const struct run *run)
{
	struct sink *console = run->platform->console;

	for (unsigned i = 0; i < run->boot_disk.volume_count; i++) {
		const struct volume *volume = &run->boot_disk.volume[i];

		print(console, "  no usable entry in /loader/entries of ");
		if (volume->partition.number > 0)
			print(console, "partition %u", volume->partition.number);
		else
			print(console, "the whole disk");
		print(console, " (%s)\n", volume->fs->type->name);
	}
	print(console, "mkboot: hint: each file /loader/entries/NAME.conf is an entry; mkboot-entry(5) says what is in it\n");
}

static void print_summary(const struct run *run)
{
	struct sink *console = run->platform->console;

	print(console, "\nmkboot: no entry could be started\n%s", run->summary.data);
	if (run->summary.truncated)
		print(console, "...\n");
	if (run->configuration.count == 0)
		print_where_entries_are(run);
}

void configuration_apply(struct platform *platform, const struct loader_conf *loader)
{
	static const enum stop_action actions[] = {
		[FAILURE_FIRMWARE] = STOP_FIRMWARE, [FAILURE_REBOOT] = STOP_REBOOT, [FAILURE_HALT] = STOP_HALT
	};

	platform->on_failure = actions[loader->on_failure];
	platform->video = loader->video;
}

static enum status prepare_run(struct run *run, struct err *err)
{
	struct platform *platform = run->platform;
	char *summary = ARENA_NEW_ARRAY(platform->arena, char, SUMMARY_BYTES);
	struct block_device *disk;
	enum status status;

	if (!summary)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	text_buffer_init(&run->summary, summary, SUMMARY_BYTES);
	status = platform->ops->boot_disk(platform, &disk, err);
	if (status != OK)
		return err_add(err, "cannot find the boot disk", NULL, 0, 0);
	status = boot_disk_open(disk, platform->arena, &run->boot_disk, err);
	if (status != OK)
		return err_add(err, "cannot open the boot disk", NULL, 0, 0);
	if (run->boot_disk.table.logical.code != OK)
		note_error(run, &run->boot_disk.table.logical);
	if (run->boot_disk.passed_over.code != OK)
		note_error(run, &run->boot_disk.passed_over);
	status = configuration_read(&run->boot_disk, platform->arena, note_problem, run, &run->configuration, err);
	if (status == OK)
		configuration_apply(platform, &run->configuration.loader);
	return status;
}

void boot_run(struct platform *platform)
{
	struct run run = { .platform = platform };
	struct err err = { .code = OK };

	if (prepare_run(&run, &err) != OK) {
		print_error(platform->console, &err);
		boot_stop(platform, platform->on_failure);
		return;
	}
	if (try_all(&run))
		return;
	print_summary(&run);
	boot_stop(platform, platform->on_failure);
}
