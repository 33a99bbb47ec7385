/* SPDX-License-Identifier: MIT */
/* Reading and trying entries on the model machine. */
#include "disk-tools/entries.h"

#include <limits.h>
#include <stdio.h>

enum { WHERE_BYTES = PATH_MAX + 16 };

struct listening {
	struct findings *findings;
	const struct content *content;
};

const char *entry_path(const struct entry *entry, char *path)
{
	snprintf(path, PATH_MAX, "/loader/entries/%s.conf", entry->id);
	return path;
}

/* A user looks for a file where it is now, not where it would be. */
static const char *name_for_user(const struct content *content, const char *path)
{
	const struct content_item *item = content != NULL ? content_find(content, path) : NULL;

	return item != NULL && item->source != NULL ? item->source : path;
}

static void on_problem(void *context, const char *path, unsigned line, const char *message, const char *subject, const struct err *err)
{
	struct listening *listening = context;
	const char *name = name_for_user(listening->content, path);
	char where[WHERE_BYTES];

	if (line != 0)
		snprintf(where, sizeof where, "%s:%u", name, line);
	else
		snprintf(where, sizeof where, "%s", name);
	if (err != NULL)
		findings_add_err(listening->findings, message, where, err);
	else if (subject != NULL)
		findings_add(listening->findings, message != config_not_used, message, where, "\"%s\"", subject);
	else
		findings_add(listening->findings, true, "configuration", where, "%s", message);
}

enum exit_code entries_read(struct model *model, const struct boot_disk *boot_disk, const struct content *content,
			    struct findings *findings, struct configuration *configuration)
{
	struct listening listening = { .findings = findings, .content = content };
	struct err err = { .code = OK };

	if (configuration_read(boot_disk, &model->arena, on_problem, &listening, configuration, &err) != OK)
		return fail_err("cannot read the configuration", NULL, &err);
	if (configuration->count == 0)
		findings_add(findings, true, "nothing to boot", "/loader/entries", "there is no usable entry");
	return EXIT_OK;
}

void entries_try(struct model *model, const struct configuration *configuration, const struct content *content, struct findings *findings,
		 unsigned *startable)
{
	*startable = 0;
	for (unsigned i = 0; i < configuration->count; i++) {
		const struct menu_entry *entry = &configuration->entry[i];
		struct model_mark mark = model_mark(model);
		struct err err = { .code = OK };
		struct plan plan;
		char path[PATH_MAX];

		if (model_plan(model, entry, &plan, &err) == OK)
			++*startable;
		else
			findings_add_err(findings, "cannot be started", name_for_user(content, entry_path(&entry->entry, path)), &err);
		model_forget(model, mark);
	}
}
