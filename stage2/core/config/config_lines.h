/* SPDX-License-Identifier: MIT */
/*
 * The one line splitter of the configuration files: a key, blanks, and a value that is literal up to the end of the line.
 *
 * A UTF-8 byte order mark, blank lines and lines whose first character is '#' are passed over. Blanks are space and tab; those around a
 * line and between key and value do not count. A line ends with LF or CR LF; the last one may lack it.
 */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

#include <stdbool.h>

enum { CONFIG_FILE_MAX = 64 * 1024, CONFIG_LINE_MAX = 4096 }; /* bytes */

struct config_line {
	unsigned number;        /* from 1 */
	struct span key, value; /* the value is empty where there is none; both are when there is a flaw */
	enum status status;     /* OK, or what the flaw is: ERR_TOO_BIG, ERR_CORRUPT (NUL bytes) */
	const char *flaw;       /* a sentence; NULL if there is none */
};

struct config_lines {
	struct span rest;
	unsigned number;
};

void config_lines_init(struct config_lines *lines, struct span text);

/* The next line that says something; false at the end. */
bool config_lines_next(struct config_lines *lines, struct config_line *line);

bool config_text_is(struct span text, const char *literal);

bool config_is_blank(uint8_t c);

/* The bytes up to the first blank that is not within double quotes. */
size_t config_word_bytes(struct span text);

/* Splits at the first run of blanks: what stands before it, and what follows it. */
void config_split(struct span text, struct span *head, struct span *tail);
