/* SPDX-License-Identifier: MIT */
/* Messages of mkboot: all on stderr, one line each; stdout is for data only. */
#include "disk-tools/report.h"

#include "core/base/print.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool progress_shown;
static bool quiet;
static bool left_out; /* the last error, warning or note: its hints are, too */

void be_quiet(void)
{
	quiet = true;
}

/* The sequences below are understood by all terminals but those that call themselves dumb, or nothing. */
static bool is_terminal(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDERR_FILENO) && kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0;
}

void progress_clear(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

void progress(const char *what, uint64_t done, uint64_t all)
{
	static int terminal = -1;
	static unsigned last;
	unsigned percent = all == 0 || done >= all ? 100 : (unsigned)(done * 100 / all);

	if (terminal < 0)
		terminal = !quiet && is_terminal();
	if (!terminal || (progress_shown && percent == last))
		return;
	last = percent;
	fprintf(stderr, "\rmkboot: %s %u %%", what, percent);
	progress_shown = true;
	if (percent == 100)
		progress_clear();
	fflush(stderr);
}

static void write_stderr(struct sink *sink, const char *text, size_t bytes)
{
	(void)sink;
	fwrite(text, 1, bytes, stderr);
}

/* Untrusted names must not move the cursor; UTF-8 stays readable. */
static void print_clean(const char *text)
{
	static struct sink sink = { .write = write_stderr };

	print_untrusted(&sink, text);
}

static void print_error(const char *what, const char *where, const char *why)
{
	left_out = false;
	progress_clear();
	fputs("mkboot: error: ", stderr);
	if (what != NULL)
		fprintf(stderr, "%s: ", what);
	if (where != NULL) {
		print_clean(where);
		fputs(": ", stderr);
	}
	print_clean(why);
	fputc('\n', stderr);
}

enum exit_code fail(enum exit_code code, const char *what, const char *where, const char *why, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, why);
	vsnprintf(text, sizeof text, why, arguments);
	va_end(arguments);
	print_error(what, where, text);
	return code;
}

enum exit_code fail_errno(enum exit_code code, const char *what, const char *where, int error)
{
	bool full = error == ENOSPC || error == EFBIG || error == EDQUOT;

	print_error(what, where, strerror(error));
	if (full)
		hint("make room on the file system of the output, or raise the limit on the size of files");
	return full ? EXIT_NO_SPACE : code;
}

void err_to_text(const struct err *err, char *text, size_t bytes)
{
	struct text_buffer buffer;

	text_buffer_init(&buffer, text, bytes);
	err_print(&buffer.sink, err);
}

enum exit_code fail_err(const char *what, const char *where, const struct err *err)
{
	char text[2048];

	err_to_text(err, text, sizeof text);
	print_error(what, where, text);
	if (err->hint != NULL)
		hint("%s", err->hint);
	return exit_code_of(err->code);
}

static void print_line(const char *kind, const char *format, va_list arguments)
{
	char text[2048];

	if (left_out)
		return;
	vsnprintf(text, sizeof text, format, arguments);
	progress_clear();
	fprintf(stderr, "mkboot: %s: ", kind);
	print_clean(text);
	fputc('\n', stderr);
}

void hint(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("hint", format, arguments);
	va_end(arguments);
}

void warn(const char *format, ...)
{
	va_list arguments;

	left_out = quiet;
	va_start(arguments, format);
	print_line("warning", format, arguments);
	va_end(arguments);
}

void note(const char *format, ...)
{
	va_list arguments;

	left_out = quiet;
	va_start(arguments, format);
	print_line("note", format, arguments);
	va_end(arguments);
}

enum exit_code exit_code_of(enum status status)
{
	switch (status) {
	case OK:
		return EXIT_OK;
	case ERR_IO:
		return EXIT_IO;
	case ERR_NO_MEMORY:
	case ERR_CORRUPT:
	case ERR_UNSUPPORTED:
	case ERR_NOT_FOUND:
	case ERR_TOO_BIG:
	case ERR_DENIED:
		return EXIT_BAD_INPUT;
	}
	return EXIT_FAILED;
}
