/* SPDX-License-Identifier: MIT */
/* Collects the notices of the configuration parsers as text, one "LINE: TEXT" a line. */
#pragma once

#include "core/base/print.h"
#include "core/config/entry.h"

struct notices {
	struct config_listener listener;
	struct text_buffer text;
	char data[2048];
	unsigned not_used; /* notices on keys of other loaders: counted, not collected */
};

void notices_init(struct notices *notices);

/* A trail as text, "LINE: " in front if it has one; valid until the next call. */
const char *trail_text(const struct err *err);
