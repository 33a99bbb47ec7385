/* SPDX-License-Identifier: MIT */
/* The trail of an error: building and printing it. */
#include "core/base/print.h"
#include "core/base/status.h"
#include "core/base/text.h"

static const char name_here[] = "{s}";
enum { NAME_BYTES = sizeof name_here - 1 };

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
	err->line = 0;
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

enum status err_line(struct err *err, unsigned line)
{
	if (err->line == 0)
		err->line = line;
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

/* Whether a frame around that of index `frame` names its subject. */
static bool is_named_before(const struct err *err, unsigned frame)
{
	const char *subject = err->frame[frame].subject;

	for (unsigned i = frame + 1; i < err->depth && subject; i++) {
		if (err->frame[i].subject && text_equal(err->frame[i].subject, subject))
			return true;
	}
	return false;
}

/* Whether a template is a noun and its name, such as "kernel {s}", and no sentence. */
static bool is_label(const char *what)
{
	while (*what != '\0' && *what != ' ')
		what++;
	return *what == ' ' && text_equal(what + 1, name_here);
}

/* Whether frame `frame` begins with the subject with which a label around it ends. */
static bool goes_on(const struct err *err, unsigned frame)
{
	const struct err_frame *inner = &err->frame[frame], *outer = inner + 1;

	return frame + 1 < err->depth && inner->subject && outer->subject && text_equal(inner->subject, outer->subject) &&
	       text_starts_with(inner->what, name_here) && is_label(outer->what);
}

static void print_subject(struct sink *sink, const struct err *err, unsigned frame)
{
	const char *subject = err->frame[frame].subject;

	if (subject && subject[0] == '/' && is_named_before(err, frame))
		print(sink, "the file");
	else
		print_untrusted(sink, subject ? subject : "?");
}

/* Prints one placeholder at the start of `text` and returns its length; 0 if there is none. */
static size_t print_placeholder(struct sink *sink, const char *text, const struct err *err, unsigned frame)
{
	uint64_t a = err->frame[frame].a, b = err->frame[frame].b;

	if (text_starts_with(text, name_here)) {
		print_subject(sink, err, frame);
		return NAME_BYTES;
	}
	if (text_starts_with(text, "{a}") || text_starts_with(text, "{b}")) {
		print(sink, "%lu", text[1] == 'a' ? a : b);
		return 3;
	}
	if (text_starts_with(text, "{a:x}") || text_starts_with(text, "{b:x}")) {
		print(sink, "0x%lx", text[1] == 'a' ? a : b);
		return 5;
	}
	return 0;
}

/* What is left of a frame's template. */
static void print_frame(struct sink *sink, const char *text, const struct err *err, unsigned frame)
{
	size_t plain = 0; /* bytes before the next placeholder */

	while (text[plain] != '\0') {
		size_t used = 0;

		if (text[plain] == '{') {
			sink->write(sink, text, plain);
			text += plain;
			plain = 0;
			used = print_placeholder(sink, text, err, frame);
		}
		if (used > 0)
			text += used;
		else
			plain++;
	}
	sink->write(sink, text, plain);
}

/* What a thing is does not say why it is not something else. */
static const char *separator(const struct err_frame *inner)
{
	return text_starts_with(inner->what, "it is ") ? "; " : ": ";
}

void err_print(struct sink *sink, const struct err *err)
{
	for (unsigned i = err->depth; i-- > 0;) {
		bool joined = goes_on(err, i);

		if (i + 1 < err->depth && !joined)
			sink->write(sink, separator(&err->frame[i]), 2);
		print_frame(sink, err->frame[i].what + (joined ? NAME_BYTES : 0), err, i);
	}
}
