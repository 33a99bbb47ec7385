/* SPDX-License-Identifier: MIT */
/* What is wrong with an image or a set of entries, kept until it is known how to report it: as errors, as warnings or as data. */
#pragma once

#include "disk-tools/report.h"

struct finding {
	bool serious; /* otherwise worth a word only */
	enum exit_code code;
	char *what, *where, *why, *hint; /* as in report.h; hint may be NULL, and so is what for a word on a configuration file */
};

struct findings {
	struct finding *item;
	size_t count;
};

void findings_add(struct findings *findings, bool serious, const char *what, const char *where, const char *why, ...)
	__attribute__((format(printf, 5, 6)));

/* What to do about the finding that was added last. */
void findings_hint(struct findings *findings, const char *hint, ...) __attribute__((format(printf, 2, 3)));

/* With the loader's trail as the reason. */
void findings_add_err(struct findings *findings, bool serious, const char *what, const char *where, const struct err *err);

/* Says all of them on stderr; `as_errors`: the serious ones as errors. Returns the code of the first serious one. */
enum exit_code findings_say(const struct findings *findings, bool as_errors);

bool findings_serious(const struct findings *findings);

void findings_free(struct findings *findings);
