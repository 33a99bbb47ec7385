/* SPDX-License-Identifier: MIT */
/* Boot entries of any bytes: what is accepted keeps the promises of entry.h. */
#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include "core/config/entry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void take_notice(void *context, unsigned line, enum notice_kind kind, const char *text)
{
	(void)context;
	require(line > 0 && kind <= NOTICE_NOT_USED && text[0] != '\0');
	for (size_t at = 0, left = text_length(text), used; left > 0; at += used, left -= used)
		require(utf8_is_printable(utf8_take(text + at, left, &used)));
}

/* The form that file systems take. */
static void check_path(const char *path)
{
	require(path[0] == '/' && path[1] != '\0' && path[text_length(path) - 1] != '/');
	for (; *path != '\0'; path++)
		require(*path != '\\' && !(path[0] == '/' && path[1] == '/'));
}

/* Any bytes as the name of a file. */
static void check_name(const uint8_t *data, size_t bytes)
{
	char file[256] = "", text[sizeof file + 1];
	struct entry_name name;
	size_t length = bytes < sizeof file - sizeof ".conf" ? bytes : sizeof file - sizeof ".conf";

	memcpy(file, data, length);
	memcpy(file + text_length(file), ".conf", sizeof ".conf");
	if (!entry_name_parse(file, text, &name))
		return;
	require(name.id[0] != '\0' && text_length(name.id) + text_length(name.suffix) == text_length(file));
	require(name.counted == (name.suffix[0] == '+') && name.tries_left <= INT32_MAX && name.tries_done <= INT32_MAX);
	require(entry_name_compare(&name, &name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t memory[512 * 1024];
	static const struct entry_name name = { .id = "fuzz", .suffix = ".conf" };
	static const struct config_listener listener = { .notice = take_notice };
	struct arena arena;
	struct entry entry;
	struct err err;

	arena_init(&arena, memory, sizeof memory);
	check_name(data, bytes);
	if (entry_parse(span_of(data, bytes), &name, &arena, &listener, &entry, &err) != OK) {
		require(err.code != OK && err.depth > 0);
		return 0;
	}
	require(entry.kind != ENTRY_NONE && entry.kernel[0] != '\0' && entry.title[0] != '\0');
	require(entry.kind != ENTRY_CHAIN || entry.chain.partition > 0 || entry.chain.names_disk);
	require(entry.chain.disk <= CHAIN_DISK_MAX && entry.chain.partition <= CHAIN_PARTITION_MAX);
	require(text_length(entry.options) <= bytes && entry.module_count <= ENTRY_MODULES_MAX);
	for (unsigned i = 0; i < entry.module_count; i++)
		require(entry.module[i].arguments && entry.module[i].line > 0);
	for (unsigned i = 0; i < entry.module_count; i++)
		check_path(entry.module[i].path);
	if (entry.kind != ENTRY_CHAIN)
		check_path(entry.kernel);
	require(entry_compare(&entry, &entry) == 0);
	require((version_compare(entry.version, entry.title) > 0) == (version_compare(entry.title, entry.version) < 0));
	(void)glob_match(entry.options, entry.title);
	return 0;
}
