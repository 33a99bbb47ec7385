/* SPDX-License-Identifier: MIT */
/* Formatted text to a sink: a console, a buffer, a file on the host. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sink {
	void (*write)(struct sink *sink, const char *text, size_t bytes);
};

/*
 * A small printf: flags '-' and '0', a width or '*', which counts columns, a precision for %s ("%.*s" too), which counts bytes; the
 * conversions %c %s %d %u %x %p %%, the lengths l and z. No floating point. uint64_t is printed with %lu and %lx.
 */
void print(struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Prints untrusted text, so that a title cannot move the cursor: UTF-8 stays, but each control character, each character that turns the
 * direction of writing and each byte that is not UTF-8 becomes a '?'. A character is never cut: it comes in one call of the sink.
 */
void print_untrusted(struct sink *sink, const char *text);

/* The same, at most `columns` columns (4 or more) of it, and as many bytes for each: longer text ends with "..." there. */
enum { PRINT_COLUMN_BYTES = 4 };

void print_untrusted_cut(struct sink *sink, const char *text, unsigned columns);

/* The same of text that does not end with NUL. */
void print_untrusted_part(struct sink *sink, const char *text, size_t bytes, unsigned columns);

/* Prints a size as people write it: "512 bytes", "4 KiB", "1.5 MiB". */
void print_size(struct sink *sink, uint64_t bytes);

/* A sink that fills a caller's buffer, always NUL-terminated; what does not fit is dropped, in whole characters, and `truncated` is set. */
struct text_buffer {
	struct sink sink;
	char *data;
	size_t capacity, length;
	_Bool truncated;
};

void text_buffer_init(struct text_buffer *buffer, char *data, size_t capacity);
