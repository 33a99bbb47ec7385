/* SPDX-License-Identifier: MIT */
/* Collects the notices of the configuration parsers as text, one "LINE: MESSAGE: SUBJECT" a line. */
#pragma once

#include "core/base/print.h"
#include "core/config/entry.h"

struct notices {
	struct text_buffer text;
	char data[2048];
	unsigned not_used; /* notices on keys of other loaders: counted, not collected */
};

void notices_init(struct notices *notices);
entry_notice_fn notices_take;

/* A trail as text; valid until the next call. */
const char *trail_text(const struct err *err);
