/* SPDX-License-Identifier: MIT */
/*
 * What mkboot says when something is wrong, and the exit codes that scripts see (mkboot(1), EXIT STATUS).
 *
 * Whoever notices a failure says it at once and returns the code; callers pass the code on without another word.
 */
#pragma once

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,    /* nothing more precise; `run`: the expected text did not come */
	EXIT_USAGE = 2,     /* the command line is wrong */
	EXIT_NOT_SOUND = 3, /* what was checked is damaged */
	EXIT_REFUSED = 4,   /* would destroy something */
	EXIT_IO = 5,        /* reading or writing failed */
	EXIT_NO_SPACE = 6,  /* the image or the file system below it is too small */
	EXIT_BAD_INPUT = 7, /* an input is missing, damaged or of a kind that the loader does not boot */
	EXIT_NO_TOOL = 9,   /* a program that mkboot needs is not installed */
	EXIT_INTERRUPTED = 130,
};

/* "mkboot: error: WHAT: WHERE: WHY" on stderr; `what` and `where` may be NULL. Returns `code`. */
enum exit_code fail(enum exit_code code, const char *what, const char *where, const char *why, ...) __attribute__((format(printf, 4, 5)));

/* The same with errno's text as the reason; full disks become EXIT_NO_SPACE, everything else `code`. */
enum exit_code fail_errno(enum exit_code code, const char *what, const char *where, int error);

/* The same with the loader's trail as the reason, and its hint. */
enum exit_code fail_err(const char *what, const char *where, const struct err *err);

/* From now on nothing but errors and their hints is said. */
void be_quiet(void);

/* "mkboot: hint: ..." on stderr; left out if what it belongs to was. */
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "mkboot: warning: ..." on stderr. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "mkboot: note: ..." on stderr: what is neither wrong nor the answer. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit code that says the same as a status of the loader's code. */
enum exit_code exit_code_of(enum status status);

/* A trail as one line of text; `text` is always terminated. */
void err_to_text(const struct err *err, char *text, size_t bytes);

/* "WHAT 45 %" on a terminal that can take a line back, over and over on one line; nothing elsewhere. 100 ends the line. */
void progress(const char *what, uint64_t done, uint64_t all);
/* Takes an unfinished progress line off the terminal. */
void progress_clear(void);
