/* SPDX-License-Identifier: MIT */
/* What a configuration file gives reason to say beside errors: one sentence about one of its lines. */
#pragma once

#include "core/base/print.h"
#include "core/base/span.h"
#include "core/base/status.h"

struct arena;

enum notice_kind {
	NOTICE_FAULT,    /* a mistake: the loader says it and goes on, the host tool makes it an error */
	NOTICE_REMARK,   /* worth a word in both */
	NOTICE_NOT_USED, /* a known thing without a meaning here: the host tool says it, the loader does not */
};

/* `text` is clean and gone when this returns. */
typedef void config_notice_fn(void *context, unsigned line, enum notice_kind kind, const char *text);

/* Who listens; where a pointer to one is wanted, NULL is nobody. */
struct config_listener {
	config_notice_fn *notice;
	void *context;
};

/* A sentence in the making: print to text.sink. */
struct config_sentence {
	struct text_buffer text;
	char data[512];
};

struct sink *config_sentence_begin(struct config_sentence *sentence);
void config_notice(const struct config_listener *listener, unsigned line, enum notice_kind kind, const struct config_sentence *sentence);

/* Untrusted text in quotes, cut to what fits a line of a screen. */
void config_quote(struct sink *sink, struct span text);

/* Adds the frame KEY "VALUE" to a trail; it lives in `arena`. ERR_NO_MEMORY takes the place of the trail, else its code is returned. */
enum status config_err_value(struct arena *arena, const char *key, struct span value, struct err *err);

/* "unknown key "KEY"", and ": did you mean "MEANT"?" unless that is NULL. */
void config_print_unknown_key(struct sink *sink, struct span key, const char *meant);
