/* SPDX-License-Identifier: MIT */
/* `mkboot plan`: what the loader would do with an image, made by the loader's own code on a model machine. */
#include "core/base/nearest_word.h"
#include "disk-tools/commands.h"
#include "disk-tools/image_open.h"
#include "disk-tools/json.h"
#include "disk-tools/memory_map_file.h" // memory_type_name

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan_options {
	const char *image, *entry, *map_path;
	enum firmware firmware;
	uint64_t memory_bytes;
	bool all, json;
};

static enum exit_code set_entry(void *into, const char *name, const char *value)
{
	(void)name;
	((struct plan_options *)into)->entry = value;
	return EXIT_OK;
}

static enum exit_code set_firmware(void *into, const char *name, const char *value)
{
	return parse_firmware(name, value, &((struct plan_options *)into)->firmware);
}

static enum exit_code set_memory(void *into, const char *name, const char *value)
{
	return parse_size(name, value, 1ull << 20, &((struct plan_options *)into)->memory_bytes);
}

static enum exit_code set_map(void *into, const char *name, const char *value)
{
	(void)name;
	((struct plan_options *)into)->map_path = value;
	return EXIT_OK;
}

static enum exit_code set_flag(void *into, const char *name, const char *value)
{
	struct plan_options *options = into;

	(void)value;
	*(strcmp(name, "all") == 0 ? &options->all : &options->json) = true;
	return EXIT_OK;
}

static const struct option plan_option_table[] = {
	{ "entry", "ID", "the entry of this id (default: the one that the loader would start)", set_entry },
	{ "all", NULL, "all entries, in the order of the menu", set_flag },
	{ "firmware", "bios|uefi", "firmware of the machine (default: bios)", set_firmware },
	{ "memory", "N[M|G]", "memory of the machine (default: 512M)", set_memory },
	{ "memory-map", "FILE", "memory map of the machine: lines \"START-END TYPE\"", set_map },
	{ "json", NULL, "print JSON", set_flag },
	{ NULL, NULL, NULL, NULL },
};

static void write_stdout(struct sink *sink, const char *text, size_t bytes)
{
	(void)sink;
	fwrite(text, 1, bytes, stdout);
}

static struct sink stdout_sink = { .write = write_stdout };

static void json_add_registers(struct json_object *object, const struct plan *plan)
{
	struct json_object *values = json_add_object(object, "registers");
	struct entry_register list[ENTRY_REGISTERS];

	unsigned count = plan_registers(plan, list);

	for (unsigned i = 0; i < count; i++)
		json_add_number(values, list[i].name, list[i].value);
}

static void json_add_segments(struct json_object *object, const struct entry_segments *segments)
{
	struct json_object *values = json_add_object(object, "segments");

	json_add_number(values, "cs", segments->cs);
	json_add_number(values, "ds", segments->ds);
	json_add_number(values, "es", segments->es);
	json_add_number(values, "fs", segments->fs);
	json_add_number(values, "gs", segments->gs);
	json_add_number(values, "ss", segments->ss);
	json_add_bool(object, "interrupts", segments->interrupts);
}

static void json_add_image(struct json_object *object, const struct plan_image *image)
{
	struct json_object *item = json_add_object(object, "image"), *initrds;

	json_add_text(item, "path", image->path);
	json_add_text(item, "file", image->file->path);
	json_add_number(item, "bytes", image->file->bytes);
	json_add_text(item, "options", image->options);
	initrds = json_add_array(item, "initrds");
	for (unsigned i = 0; i < image->initrd_count; i++) {
		struct json_object *initrd = json_append_object(initrds);

		json_add_text(initrd, "file", image->initrd[i]->path);
		json_add_number(initrd, "bytes", image->initrd[i]->bytes);
	}
}

static void json_add_video(struct json_object *object, const struct plan_video *video)
{
	static const char *const kinds[] = { [SCREEN_NONE] = "none", [SCREEN_TEXT] = "text", [SCREEN_LINEAR] = "linear" };
	struct json_object *item = json_add_object(object, "video");
	const struct screen *screen = &video->screen;

	json_add_bool(item, "set", video->set);
	if (video->set)
		json_add_number(item, "mode", video->number);
	json_add_text(item, "kind", kinds[screen->kind]);
	if (screen->kind == SCREEN_NONE)
		return;
	json_add_number(item, "address", screen->phys);
	json_add_number(item, "pitch", screen->pitch_bytes);
	json_add_number(item, "width", screen->width);
	json_add_number(item, "height", screen->height);
	json_add_number(item, "depth", screen->bits_per_pixel);
}

static void json_add_notes(struct json_object *object, const struct plan_notes *notes)
{
	struct json_object *list = json_add_array(object, "notes");
	char text[2048];

	for (unsigned i = 0; i < notes->count; i++) {
		const struct plan_note *note = &notes->note[i];
		struct json_object *item = json_append_object(list);

		err_to_text(&(struct err){ .depth = 1, .frame = { note->text } }, text, sizeof text);
		json_add_text(item, "text", text);
		json_add_text(item, "hint", note->hint);
	}
	json_add_number(object, "notes_lost", notes->lost);
	json_add_text(object, "preflight", notes->preflight);
}

static void json_add_places(struct json_object *object, const struct plan *plan)
{
	struct json_object *places = json_add_array(object, "places");

	json_add_number(object, "entry", plan->entry);
	if (plan->mode == ENTRY_MODE_LONG)
		json_add_number(object, "page_table_root", plan->page_table_root);
	json_add_number(object, "trampoline", plan->trampoline);
	json_add_registers(object, plan);
	if (plan->mode == ENTRY_MODE_REAL)
		json_add_segments(object, &plan->segments);
	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];
		struct json_object *item = json_append_object(places);

		json_add_text(item, "kind", place_kind_name(place->kind));
		json_add_text(item, "what", place->what);
		json_add_number(item, "start", place->start);
		json_add_number(item, "bytes", place->bytes);
		json_add_text(item, "file", place->file != NULL ? place->file->path : NULL);
		json_add_number(item, "file_offset", place->file_offset);
		json_add_number(item, "file_bytes", place->file_bytes);
		json_add_bool(item, "staged", place->staged);
	}
}

static void json_add_plan(struct json_object *object, const struct plan *plan)
{
	json_add_text(object, "protocol", plan->protocol);
	json_add_text(object, "kernel", plan->kernel);
	json_add_text(object, "mode", entry_mode_name(plan->mode));
	json_add_video(object, &plan->video);
	json_add_notes(object, &plan->notes);
	if (plan->mode == ENTRY_MODE_IMAGE)
		json_add_image(object, &plan->image);
	else
		json_add_places(object, plan);
}

/* The machine may well start it. */
static bool is_on_other_disk(const struct entry *entry)
{
	return entry->kind == ENTRY_CHAIN && entry->chain.names_disk;
}

/* One entry: to stdout, or into `entries` for JSON. A plan that cannot be made is an error in both. */
static enum exit_code show_entry(struct image *image, unsigned index, struct json_object *entries)
{
	const struct menu_entry *entry = &image->configuration.entry[index];
	struct model_mark mark = model_mark(&image->model);
	struct err err = { .code = OK };
	enum exit_code code = EXIT_OK;
	bool chosen = index == image->configuration.chosen;
	struct json_object *object = NULL;
	struct plan plan;
	char path[PATH_MAX], text[2048];
	bool good = model_plan(&image->model, entry, &plan, &err) == OK;

	if (entries != NULL) {
		object = json_append_object(entries);
		json_add_text(object, "id", entry->entry.name.id);
		json_add_text(object, "title", entry->entry.title);
		json_add_bool(object, "default", chosen);
	} else {
		print(&stdout_sink, "entry       ");
		print_untrusted(&stdout_sink, entry->entry.name.id);
		print(&stdout_sink, "%s\n", chosen ? " (default)" : "");
	}
	if (good && object != NULL)
		json_add_plan(object, &plan);
	else if (good)
		plan_print(&plan, &stdout_sink);
	else
		code = fail_err(is_on_other_disk(&entry->entry) ? "cannot be planned" : "cannot be started",
				entry_path(&entry->entry, path), &err);
	if (!good && object != NULL) {
		err_to_text(&err, text, sizeof text);
		json_add_text(object, "error", text);
		json_add_text(object, "hint", err.hint);
	}
	model_forget(&image->model, mark);
	return code;
}

static enum exit_code find_entry(const struct image *image, const char *id, unsigned *index)
{
	struct nearest_word nearest;

	nearest_word_start(&nearest, id, strlen(id));
	for (unsigned i = 0; i < image->configuration.count; i++) {
		const struct entry *entry = &image->configuration.entry[i].entry;

		if (entry_name_matches(&entry->name, id)) {
			*index = i;
			return EXIT_OK;
		}
		nearest_word_offer(&nearest, entry->name.id);
	}
	fail(EXIT_USAGE, "no such entry", image->disk.device.name, "%s", id);
	if (nearest.best != NULL)
		hint("did you mean %s?", nearest.best);
	else
		hint("`mkboot inspect` lists the entries");
	return EXIT_USAGE;
}

static struct json_object *json_describe(const struct image *image)
{
	struct json_object *object = json_object_new_object();
	struct json_object *map = json_add_array(object, "memory_map");
	const struct memory_map *ranges = &image->model.platform.memory.map;

	json_add_text(object, "image", image->disk.device.name);
	json_add_text(object, "firmware", firmware_name(image->model.platform.machine.firmware));
	for (unsigned i = 0; i < ranges->count; i++) {
		struct json_object *range = json_append_object(map);

		json_add_number(range, "start", ranges->range[i].start);
		json_add_number(range, "end", ranges->range[i].end);
		json_add_number(range, "type", ranges->range[i].type);
		json_add_text(range, "name", memory_type_name(ranges->range[i].type));
	}
	return object;
}

static enum exit_code show(struct image *image, const struct plan_options *options)
{
	unsigned first = image->configuration.chosen, last = first;
	enum exit_code code = EXIT_OK, finish;
	struct json_object *object, *entries = NULL;

	if (image->configuration.count == 0)
		return findings_say(&image->findings, true);
	findings_say(&image->findings, false);
	if (options->entry != NULL) {
		code = find_entry(image, options->entry, &first);
		last = first;
	} else if (options->all) {
		first = 0;
		last = image->configuration.count - 1;
	}
	if (code != EXIT_OK)
		return code;
	object = options->json ? json_describe(image) : NULL;
	if (object != NULL)
		entries = json_add_array(object, "entries");
	for (unsigned i = first; i <= last; i++) {
		enum exit_code one = show_entry(image, i, entries);

		code = code == EXIT_OK ? one : code;
		if (object == NULL && i < last)
			putchar('\n');
	}
	finish = object != NULL ? json_print(object) : stdout_finish();
	return code == EXIT_OK ? finish : code;
}

static enum exit_code plan_run(int count, char **words)
{
	struct plan_options options = { .firmware = FIRMWARE_BIOS, .memory_bytes = MODEL_MEMORY_DEFAULT };
	struct operands operands;
	struct image image;
	enum exit_code code = options_parse(&command_plan, count, words, &options, &operands);

	if (code != EXIT_OK)
		return code;
	if (operands.count != 1)
		return fail(EXIT_USAGE, "no image", NULL, "mkboot plan %s", command_plan.usage);
	if (options.entry != NULL && options.all)
		return fail(EXIT_USAGE, "options do not fit together", NULL, "--entry and --all");
	code = image_open(&image, operands.operand[0], options.firmware, options.memory_bytes, options.map_path);
	if (code != EXIT_OK)
		return code;
	code = show(&image, &options);
	image_close(&image);
	return code;
}

const struct command command_plan = {
	.name = "plan",
	.usage = "[OPTIONS] IMAGE",
	.help = "print what the loader would do: places in memory, entry point, registers",
	.options = plan_option_table,
	.run = plan_run,
};
