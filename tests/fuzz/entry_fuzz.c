/* SPDX-License-Identifier: MIT */
/* Boot entries of any bytes: what is accepted keeps the promises of entry.h. */
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/config/entry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void take_notice(void *context, unsigned line, const char *message, const char *subject)
{
	(void)context;
	require(line > 0 && message && text_length(subject) < 80);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t memory[512 * 1024];
	struct arena arena;
	struct entry entry;
	struct err err;

	arena_init(&arena, memory, sizeof memory);
	if (entry_parse(span_of(data, bytes), "fuzz", &arena, take_notice, NULL, &entry, &err) != OK) {
		require(err.code != OK && err.depth > 0);
		return 0;
	}
	require(entry.kind != ENTRY_NONE && entry.kernel[0] != '\0' && entry.title[0] != '\0');
	require(entry.kind != ENTRY_CHAIN || entry.chain.partition > 0 || entry.chain.names_disk);
	require(entry.chain.disk <= CHAIN_DISK_MAX && entry.chain.partition <= CHAIN_PARTITION_MAX);
	require(text_length(entry.options) <= bytes && entry.module_count <= ENTRY_MODULES_MAX);
	for (unsigned i = 0; i < entry.module_count; i++)
		require(entry.module[i].path[0] != '\0' && entry.module[i].arguments && entry.module[i].line > 0);
	require(entry_compare(&entry, &entry) == 0);
	require((version_compare(entry.version, entry.title) > 0) == (version_compare(entry.title, entry.version) < 0));
	(void)glob_match(entry.options, entry.title);
	return 0;
}
