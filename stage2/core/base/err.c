/* SPDX-License-Identifier: MIT */
/* The trail of an error: building and printing it. */
#include "core/base/print.h"
#include "core/base/status.h"
#include "core/base/text.h"

static enum status push_frame(struct err *err, const char *what, const char *subject, uint64_t a, uint64_t b)
{
	unsigned slot = err->depth < ERR_FRAMES ? err->depth++ : ERR_FRAMES - 1;

	err->frame[slot] = (struct err_frame){ .what = what, .subject = subject, .a = a, .b = b };
	return err->code;
}

enum status err_set(struct err *err, enum status code, const char *what, const char *subject, uint64_t a, uint64_t b)
{
	err->code = code;
	err->depth = 0;
	err->hint = NULL;
	return push_frame(err, what, subject, a, b);
}

enum status err_add(struct err *err, const char *what, const char *subject, uint64_t a, uint64_t b)
{
	return push_frame(err, what, subject, a, b);
}

enum status err_because(struct err *err, const char *what, const char *subject, uint64_t a, uint64_t b)
{
	if (err->depth < ERR_FRAMES)
		err->depth++;
	for (unsigned i = err->depth; i-- > 1;)
		err->frame[i] = err->frame[i - 1];
	err->frame[0] = (struct err_frame){ .what = what, .subject = subject, .a = a, .b = b };
	return err->code;
}

enum status err_hint(struct err *err, const char *hint)
{
	if (!err->hint)
		err->hint = hint;
	return err->code;
}

const char *status_name(enum status code)
{
	static const char *const names[] = {
		[OK] = "ok",
		[ERR_IO] = "I/O error",
		[ERR_CORRUPT] = "corrupt",
		[ERR_UNSUPPORTED] = "not supported",
		[ERR_NOT_FOUND] = "not found",
		[ERR_TOO_BIG] = "too big",
		[ERR_NO_MEMORY] = "not enough memory",
		[ERR_DENIED] = "refused",
	};

	return names[code];
}

/* Prints one placeholder at the start of `text` and returns its length; 0 if there is none. */
static size_t print_placeholder(struct sink *sink, const char *text, const struct err_frame *frame)
{
	if (text_starts_with(text, "{s}")) {
		print_untrusted(sink, frame->subject ? frame->subject : "?");
		return 3;
	}
	if (text_starts_with(text, "{a}") || text_starts_with(text, "{b}")) {
		print(sink, "%lu", text[1] == 'a' ? frame->a : frame->b);
		return 3;
	}
	if (text_starts_with(text, "{a:x}") || text_starts_with(text, "{b:x}")) {
		print(sink, "0x%lx", text[1] == 'a' ? frame->a : frame->b);
		return 5;
	}
	return 0;
}

static void print_frame(struct sink *sink, const struct err_frame *frame)
{
	const char *text = frame->what;
	size_t plain = 0; /* bytes before the next placeholder */

	while (text[plain] != '\0') {
		size_t used = 0;

		if (text[plain] == '{') {
			sink->write(sink, text, plain);
			text += plain;
			plain = 0;
			used = print_placeholder(sink, text, frame);
		}
		if (used > 0)
			text += used;
		else
			plain++;
	}
	sink->write(sink, text, plain);
}

void err_print(struct sink *sink, const struct err *err)
{
	for (unsigned i = err->depth; i-- > 0;) {
		print_frame(sink, &err->frame[i]);
		if (i > 0)
			sink->write(sink, ": ", 2);
	}
}
