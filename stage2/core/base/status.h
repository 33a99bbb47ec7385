/* SPDX-License-Identifier: MIT */
/*
 * Status codes and the trail of an error.
 *
 * Every function that can fail returns an `enum status` and takes a `struct err *` as its last parameter. Out-parameters are written
 * only on OK. The place that notices a failure calls err_set(); callers that know more (which file, which entry) add a frame with
 * err_add() on the way up. Nothing is printed on the way: the one who can choose what to do next prints the trail.
 */
#pragma once

#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))

enum status {
	OK = 0,
	ERR_IO,          /* a device failed to read */
	ERR_CORRUPT,     /* the format is ours, its content is damaged */
	ERR_UNSUPPORTED, /* the format is ours, it asks for something we do not have */
	ERR_NOT_FOUND,   /* not this format, or no such file: the only code that means "try the next one" */
	ERR_TOO_BIG,     /* a fixed limit of ours or of a protocol is exceeded */
	ERR_NO_MEMORY,   /* the machine's memory or our arena does not suffice */
	ERR_DENIED,      /* refused on purpose */
};

/*
 * One step of a trail. `what` is a sentence template with these places to fill in:
 *   {s}  the subject       {a} {b}      a number, decimal      {a:x} {b:x}  a number, hexadecimal with 0x
 * `what` and `subject` are not copied: they must live until the trail is printed (literals, or strings of the current arena).
 */
struct err_frame {
	const char *what;
	const char *subject; /* NULL where the template has no {s} */
	uint64_t a, b;
};

enum { ERR_FRAMES = 6 };

struct err {
	enum status code;
	unsigned depth; /* frames in use; frame[0] is the innermost */
	struct err_frame frame[ERR_FRAMES];
	const char *hint; /* what the user can do; NULL if there is nothing to say */
	unsigned line;    /* of the configuration file that is being read; 0: it is about no line, or about no such file */
};

/* Starts a trail and returns `code`, so that "report and return" is one line. */
enum status err_set(struct err *err, enum status code, const char *what, const char *subject, uint64_t a, uint64_t b);

/* Adds the caller's frame and returns the trail's code. When all frames are used, the outermost is replaced. */
enum status err_add(struct err *err, const char *what, const char *subject, uint64_t a, uint64_t b);

/* Adds a frame below the innermost one: why that is so. When all frames are used, the outermost is lost. */
enum status err_because(struct err *err, const char *what, const char *subject, uint64_t a, uint64_t b);

/* Sets the advice and returns the trail's code. The first hint stays: it was given nearest to the cause. */
enum status err_hint(struct err *err, const char *hint);

/* Says which line of a configuration file is to blame, and returns the trail's code. The first line stays. */
enum status err_line(struct err *err, unsigned line);

/* A fixed English word for a code: "I/O error", "corrupt", ... */
const char *status_name(enum status code);

struct sink;

/*
 * Prints "outermost: ...: innermost" without a line end, and nothing of the hint and the line. "it is ..." has "; " before it. A subject
 * is named once: "kernel {s}" with "{s} is damaged" in it gives "kernel /x is damaged", and later places of a path say "the file".
 */
void err_print(struct sink *sink, const struct err *err);
