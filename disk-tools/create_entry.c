/* SPDX-License-Identifier: MIT */
/* One boot entry from the command line: its files under their own names at the top of the volume, and its two texts. */
#include "disk-tools/create.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char id_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_.-";

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Values of an entry are literal lines: what a line cannot hold must not be lost silently. */
static enum exit_code check_value(const char *key, const char *value)
{
	size_t length = strlen(value);

	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)value[i] < 0x20 && value[i] != '\t')
			return fail(EXIT_USAGE, "not possible in an entry", NULL, "--%s has a control character", key);
	}
	if (length == 0 || strchr(" \t", value[0]) != NULL || strchr(" \t", value[length - 1]) != NULL)
		return fail(EXIT_USAGE, "not possible in an entry", NULL, "--%s \"%s\" is empty, or begins or ends with a blank", key,
			    value);
	return EXIT_OK;
}

static enum exit_code put_line(FILE *text, const char *key, const char *value)
{
	enum exit_code code;

	if (value == NULL)
		return EXIT_OK;
	code = check_value(key, value);
	if (code == EXIT_OK)
		fprintf(text, "%s %s\n", key, value);
	return code;
}

/* The file's own name, with '-' for each blank: behind one, a line may have arguments or another file. */
static enum exit_code make_name(const char *source, char name[FS_NAME_MAX + 1])
{
	if (snprintf(name, FS_NAME_MAX + 1, "%s", base_name(source)) > FS_NAME_MAX)
		return fail(EXIT_BAD_INPUT, "name not possible on FAT", source, "it is longer than %d bytes", FS_NAME_MAX);
	for (char *at = name; *at != '\0'; at++) {
		if (*at == ' ' || *at == '\t')
			*at = '-';
	}
	return EXIT_OK;
}

/* Copies `source` to the top of the volume and writes "KEY /NAME ARGUMENTS". */
static enum exit_code put_file(FILE *text, struct content *content, const char *key, const char *source, const char *arguments)
{
	char name[FS_NAME_MAX + 1];
	enum exit_code code = make_name(source, name);

	if (code == EXIT_OK)
		code = content_add_file(content, name, source);
	if (code == EXIT_OK)
		fprintf(text, "%s /%s%s%s\n", key, name, *arguments != '\0' ? " " : "", arguments);
	return code;
}

static bool is_file(const char *value, size_t length)
{
	char name[PATH_MAX];
	struct stat status;

	return snprintf(name, sizeof name, "%.*s", (int)length, value) < PATH_MAX && stat(name, &status) == 0 && S_ISREG(status.st_mode);
}

/* "FILE ARGS": the name ends at the first blank, unless there is no such file and there is one whose name ends at a later blank. */
static size_t module_name_length(const char *value)
{
	size_t first = strcspn(value, " \t"), length = first;

	while (!is_file(value, length)) {
		if (value[length] == '\0')
			return first;
		length++;
		length += strcspn(value + length, " \t");
	}
	return length;
}

static enum exit_code put_module(FILE *text, struct content *content, const char *value)
{
	size_t length = module_name_length(value);
	const char *arguments = value + length + strspn(value + length, " \t");
	char *source = strndup(value, length);
	enum exit_code code = check_value("module", value);

	if (source == NULL)
		code = fail_errno(EXIT_FAILED, "cannot make the entry", value, ENOMEM);
	if (code == EXIT_OK)
		code = put_file(text, content, "module", source, arguments);
	free(source);
	return code;
}

static enum exit_code put_entry(const struct create_options *options, FILE *text, struct content *content)
{
	const struct {
		const char *key, *value;
	} lines[] = {
		{ "title", options->title },
		{ "version", options->version },
		{ "sort-key", options->sort_key },
	};
	enum exit_code code = EXIT_OK;

	for (unsigned i = 0; i < sizeof lines / sizeof lines[0] && code == EXIT_OK; i++)
		code = put_line(text, lines[i].key, lines[i].value);
	if (code == EXIT_OK && options->kind == ENTRY_CHAIN)
		code = put_line(text, entry_kind_name(options->kind), options->kernel);
	else if (code == EXIT_OK)
		code = put_file(text, content, entry_kind_name(options->kind), options->kernel, "");
	for (unsigned i = 0; i < options->initrds.count && code == EXIT_OK; i++)
		code = put_file(text, content, "initrd", options->initrds.text[i], "");
	for (unsigned i = 0; i < options->options.count && code == EXIT_OK; i++)
		code = put_line(text, "options", options->options.text[i]);
	for (unsigned i = 0; i < options->modules.count && code == EXIT_OK; i++)
		code = put_module(text, content, options->modules.text[i]);
	for (unsigned i = 0; i < options->setting_count && code == EXIT_OK; i++)
		code = put_line(text, options->setting[i].key, options->setting[i].value);
	return code;
}

/* The kernel's name without ".gz", with '-' for what an id cannot have or would not be part of it. */
static enum exit_code make_id(const struct create_options *options, char *id, size_t bytes)
{
	const char *name = options->id != NULL ? options->id : base_name(options->kernel);
	size_t length = strlen(name);
	struct entry_name ignored;

	if (options->id != NULL && (length == 0 || name[0] == '.' || strspn(name, id_characters) != length))
		return fail(EXIT_USAGE, "not an id", NULL, "--id \"%s\" (letters, digits and + _ . -)", name);
	if (options->id == NULL && length > 3 && strcmp(name + length - 3, ".gz") == 0)
		length -= 3;
	if (length + sizeof ".conf" > bytes)
		return fail(EXIT_USAGE, "not an id", NULL, "\"%s\" is too long", name);
	snprintf(id, bytes, "%.*s", (int)length, name);
	for (char *at = id; *at != '\0'; at++) {
		if (strchr(id_characters, *at) == NULL || (at == id && *at == '.'))
			*at = '-';
	}
	/* What looks like a boot counter is one only if the user has said so. */
	while (options->id == NULL && (length = entry_counter_split(span_of(id, strlen(id)), &ignored)) < strlen(id))
		id[length] = '-';
	return EXIT_OK;
}

enum exit_code create_loader_conf(const struct create_options *options, const char *id, struct content *content)
{
	char text[FS_NAME_MAX + 128];
	int used = 0;

	if (id != NULL)
		used += snprintf(text, sizeof text, "default %s.conf\n", id);
	if (options->timeout != NULL)
		used += snprintf(text + used, sizeof text - (size_t)used, "timeout %s\n", options->timeout);
	if (options->on_failure != NULL)
		used += snprintf(text + used, sizeof text - (size_t)used, "on-failure %s\n", options->on_failure);
	return used > 0 ? content_add_text(content, "loader/loader.conf", text) : EXIT_OK;
}

enum exit_code create_entry(const struct create_options *options, struct content *content)
{
	char id[FS_NAME_MAX + 1], path[FS_NAME_MAX + 32];
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	enum exit_code code = make_id(options, id, sizeof id);

	if (file == NULL)
		return fail_errno(EXIT_FAILED, "cannot make the entry", options->kernel, errno);
	if (code == EXIT_OK)
		code = put_entry(options, file, content);
	fclose(file);
	snprintf(path, sizeof path, "loader/entries/%s.conf", id);
	if (code == EXIT_OK)
		code = content_add_text(content, path, text);
	if (code == EXIT_OK)
		code = content_add_text(content, "loader/entries.srel", "type1\n");
	if (code == EXIT_OK)
		code = create_loader_conf(options, id, content);
	free(text);
	return code;
}
