/* SPDX-License-Identifier: MIT */
/* Reading and trying entries on the model machines. */
#include "disk-tools/entries.h"

#include "core/base/code_page.h"
#include "core/base/print.h"
#include "core/base/utf8.h"
#include "disk-tools/efi_loader.h"
#include "kernel-handoff/proto.h" // boot_is_meant

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { WHERE_BYTES = PATH_MAX + 16, TITLE_COLUMNS = 60 };

struct listening {
	struct findings *findings;
	const struct content *content;
};

const char *entry_path(const struct entry *entry, char *path)
{
	snprintf(path, PATH_MAX, "/loader/entries/%s%s", entry->name.id, entry->name.suffix);
	return path;
}

/* A user looks for a file where it is now, not where it would be. */
static const char *name_for_user(const struct content *content, const char *path)
{
	const struct content_item *item = content != NULL ? content_find(content, path) : NULL;

	return item != NULL && item->source != NULL ? item->source : path;
}

static void on_problem(void *context, const char *path, unsigned line, enum notice_kind kind, const char *text, const struct err *err)
{
	struct listening *listening = context;
	const char *name = name_for_user(listening->content, path);
	char where[WHERE_BYTES];

	if (line != 0)
		snprintf(where, sizeof where, "%s:%u", name, line);
	else
		snprintf(where, sizeof where, "%s", name);
	if (err != NULL)
		findings_add_err(listening->findings, true, NULL, where, err);
	else
		findings_add(listening->findings, kind == NOTICE_FAULT, NULL, where, "%s", text);
}

/* How many characters of a text a BIOS's screen has no glyph for. */
static size_t lost_characters(const char *text)
{
	size_t lost = 0, length = strlen(text);

	for (size_t at = 0, used; at < length; at += used) {
		uint32_t code = utf8_take(text + at, length - at, &used);

		lost += utf8_columns(code) > 0 && code_page_437(code) == 0;
	}
	return lost;
}

static void check_titles(const struct configuration *configuration, const struct content *content, struct findings *findings)
{
	char path[PATH_MAX], title[TITLE_COLUMNS * PRINT_COLUMN_BYTES + 1];
	struct text_buffer buffer;

	for (unsigned i = 0; i < configuration->count; i++) {
		const struct entry *entry = &configuration->entry[i].entry;
		size_t lost = lost_characters(entry->title);

		text_buffer_init(&buffer, title, sizeof title);
		print_untrusted_cut(&buffer.sink, entry->title, TITLE_COLUMNS);
		if (lost > 0)
			findings_add(findings, false, NULL, name_for_user(content, entry_path(entry, path)),
				     "a text screen, as a BIOS has it, shows %zu of the characters of the title \"%s\" as '?'", lost,
				     title);
	}
}

enum exit_code entries_read(struct model *model, const struct boot_disk *boot_disk, const struct content *content,
			    struct findings *findings, struct configuration *configuration)
{
	struct listening listening = { .findings = findings, .content = content };
	struct err err = { .code = OK };

	if (configuration_read(boot_disk, &model->arena, on_problem, &listening, configuration, &err) != OK)
		return fail_err("cannot read the configuration", NULL, &err);
	configuration_apply(&model->platform, &configuration->loader);
	if (content != NULL)
		check_titles(configuration, content, findings);
	if (configuration->count == 0)
		findings_add(findings, true, "nothing to boot", "/loader/entries", "there is no usable entry");
	return EXIT_OK;
}

static bool is_meant(const struct menu_entry *entry, enum firmware firmware)
{
	return boot_is_meant(entry_kind_name(entry->entry.kind), &entry->entry.settings, firmware);
}

/* What a boot sector's entry needs to be tried: another disk is known to the machine alone, and an image that is not written has none. */
static bool is_out_of_sight(const struct menu_entry *entry)
{
	return entry->entry.kind == ENTRY_CHAIN && (entry->entry.chain.names_disk || entry->boot_disk->disk == NULL);
}

/* Such an entry counts as one that can be started: nothing speaks against it. */
static void pass_entry(const struct menu_entry *entry, const char *where, struct findings *findings, unsigned tried_on[MODELS],
		       unsigned startable[MODELS])
{
	for (unsigned i = 0; i < MODELS; i++) {
		bool exists = is_meant(entry, model_order[i]);

		tried_on[i] += exists;
		startable[i] += exists;
	}
	if (entry->entry.chain.names_disk)
		findings_add(findings, false, "not checked", where, "what is on disk %u, only the machine knows", entry->entry.chain.disk);
}

/* The boot sector of a partition may come after the image, so that it is not there yet is worth a word only. */
static void try_entry(struct model model[MODELS], const struct menu_entry *entry, const char *where, struct findings *findings,
		      unsigned tried_on[MODELS], unsigned startable[MODELS])
{
	static const char *const cannot[MODELS] = { "cannot be started by a BIOS", "cannot be started by UEFI" };
	struct model_mark mark[MODELS];
	struct err err[MODELS] = { { .code = OK } };
	bool tried[MODELS], good[MODELS], any = false, said = false;
	struct plan plan;

	for (unsigned i = 0; i < MODELS; i++) {
		mark[i] = model_mark(&model[i]);
		tried[i] = is_meant(entry, model_order[i]);
		good[i] = tried[i] && model_plan(&model[i], entry, &plan, &err[i]) == OK;
		any = any || good[i];
		tried_on[i] += tried[i];
		startable[i] += good[i];
	}
	for (unsigned i = 0; i < MODELS; i++) {
		/* Without any plan the first reason is enough. */
		if (tried[i] && !good[i] && !said)
			findings_add_err(findings, !any && entry->entry.kind != ENTRY_CHAIN, any ? cannot[i] : "cannot be started", where,
					 &err[i]);
		said = said || (tried[i] && !any);
		model_forget(&model[i], mark[i]);
	}
}

/*
 * Firmware loads one section of a program over another without a word. In a unified kernel image that destroys the kernel or its initrd;
 * other programs may do without what is lost.
 */
static void check_sections(struct model *model, const struct menu_entry *entry, const char *where, struct findings *findings)
{
	struct model_mark mark = model_mark(model);
	struct err err = { .code = OK }, damage;
	struct efi_loader program;
	struct file *file;
	unsigned first, second;

	if (fs_open(entry->volume->fs, entry->entry.kernel, &model->arena, &file, &err) == OK &&
	    efi_loader_inspect(file, &model->arena, &program, &damage, &err) == OK && program.state != EFI_LOADER_DAMAGED &&
	    pe_sections_overlap(program.section, program.pe.section_count, &first, &second)) {
		findings_add(findings, entry->entry.kind == ENTRY_UKI, "sections overlap", where, "%s and %s of %s share memory",
			     program.section[first].name, program.section[second].name, entry->entry.kernel);
		findings_hint(findings, "build it with ukify, or give objcopy --change-section-vma addresses that leave room");
	}
	model_forget(model, mark);
}

void entries_try(struct model model[MODELS], const struct configuration *configuration, const struct content *content,
		 struct findings *findings, unsigned startable[MODELS])
{
	unsigned tried_on[MODELS] = { 0 };
	char path[PATH_MAX];

	for (unsigned i = 0; i < MODELS; i++)
		startable[i] = 0;
	for (unsigned i = 0; i < configuration->count; i++) {
		const struct menu_entry *entry = &configuration->entry[i];

		const char *where = name_for_user(content, entry_path(&entry->entry, path));

		if (is_out_of_sight(entry))
			pass_entry(entry, where, findings, tried_on, startable);
		else
			try_entry(model, entry, where, findings, tried_on, startable);
		if (entry->entry.kind == ENTRY_EFI || entry->entry.kind == ENTRY_UKI)
			check_sections(&model[0], entry, where, findings);
	}
	for (unsigned i = 0; i < MODELS && configuration->count > 0; i++) {
		if (tried_on[i] == 0)
			findings_add(findings, false, "nothing to boot", "/loader/entries", "no entry is for %s",
				     model_order[i] == FIRMWARE_BIOS ? "a BIOS" : "UEFI");
	}
}
