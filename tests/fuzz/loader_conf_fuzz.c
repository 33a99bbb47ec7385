/* SPDX-License-Identifier: MIT */
/* A loader.conf of any bytes: it is never refused but for its size, and all values stay in their ranges. */
#include "core/base/arena.h"
#include "core/config/loader_conf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t memory[128 * 1024];
	static const struct entry_name name = { .id = "debian-6.1.0-amd64", .suffix = "+2-1.conf", .counted = true, .tries_left = 2 };
	struct arena arena;
	struct loader_conf conf;
	struct err err;

	arena_init(&arena, memory, sizeof memory);
	if (loader_conf_parse(span_of(data, bytes), &arena, NULL, &conf, &err) != OK) {
		if (bytes <= 64 * 1024)
			abort();
		return 0;
	}
	if (conf.timeout_seconds > TIMEOUT_MAX_SECONDS || conf.on_failure >= FAILURE_ACTIONS)
		abort();
	(void)entry_name_matches(&name, conf.default_pattern);
	return 0;
}
