/* SPDX-License-Identifier: MIT */
/* Formatted text. */
#include "core/base/print.h"

#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/base/utf8.h"

#include <stdarg.h>
#include <stdbool.h>

struct field {
	bool left, zero;
	size_t width;
	size_t precision; /* of %s; SIZE_MAX: none */
	bool wide;        /* l or z: 64 bits */
};

static void fill(struct sink *sink, char c, size_t count)
{
	while (count-- > 0)
		sink->write(sink, &c, 1);
}

static void put_field(struct sink *sink, const struct field *field, const char *text, size_t bytes)
{
	size_t columns = utf8_text_columns(text, bytes);
	size_t padding = field->width > columns ? field->width - columns : 0;

	if (!field->left)
		fill(sink, field->zero ? '0' : ' ', padding);
	sink->write(sink, text, bytes);
	if (field->left)
		fill(sink, ' ', padding);
}

static void put_number(struct sink *sink, const struct field *field, uint64_t value, unsigned base, bool negative)
{
	char text[24];
	size_t at = sizeof text;

	do {
		text[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (negative)
		text[--at] = '-';
	put_field(sink, field, text + at, sizeof text - at);
}

static void put_string(struct sink *sink, const struct field *field, const char *text)
{
	size_t bytes = 0;

	while (bytes < field->precision && text[bytes] != '\0')
		bytes++;
	put_field(sink, field, text, bytes);
}

/* A number in the format text, or '*' for the next argument. */
static size_t parse_count(const char **format, va_list *arguments)
{
	size_t count = 0;

	if (**format == '*') {
		++*format;
		return (size_t)va_arg(*arguments, int);
	}
	while (**format >= '0' && **format <= '9')
		count = count * 10 + (size_t)(*(*format)++ - '0');
	return count;
}

static struct field parse_field(const char **format, va_list *arguments)
{
	struct field field = { .precision = SIZE_MAX };

	for (; **format == '-' || **format == '0'; ++*format) {
		if (**format == '-')
			field.left = true;
		else
			field.zero = true;
	}
	field.width = parse_count(format, arguments);
	if (**format == '.') {
		++*format;
		field.precision = parse_count(format, arguments);
	}
	for (; **format == 'l' || **format == 'z'; ++*format)
		field.wide = true;
	return field;
}

static void put_conversion(struct sink *sink, struct field *field, char conversion, va_list *arguments)
{
	char c;
	int64_t number;

	switch (conversion) {
	case 's':
		put_string(sink, field, va_arg(*arguments, const char *));
		break;
	case 'c':
		c = (char)va_arg(*arguments, int);
		put_field(sink, field, &c, 1);
		break;
	case 'd':
		number = field->wide ? va_arg(*arguments, int64_t) : va_arg(*arguments, int);
		put_number(sink, field, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10, number < 0);
		break;
	case 'u':
	case 'x':
		put_number(sink, field, field->wide ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned),
			   conversion == 'x' ? 16 : 10, false);
		break;
	case 'p':
		sink->write(sink, "0x", 2);
		put_number(sink, field, (uintptr_t)va_arg(*arguments, void *), 16, false);
		break;
	default:
		sink->write(sink, &conversion, 1);
		break;
	}
}

void print(struct sink *sink, const char *format, ...)
{
	va_list arguments;
	struct field field;
	size_t plain;

	va_start(arguments, format);
	for (;;) {
		for (plain = 0; format[plain] != '\0' && format[plain] != '%';)
			plain++;
		sink->write(sink, format, plain);
		format += plain;
		if (*format++ == '\0')
			break;
		field = parse_field(&format, &arguments);
		if (*format == '\0')
			break;
		put_conversion(sink, &field, *format++, &arguments);
	}
	va_end(arguments);
}

/* What is shown of the first character: itself, or a '?'. */
static void print_character(struct sink *sink, const char *text, uint32_t code, size_t bytes)
{
	if (utf8_is_printable(code))
		sink->write(sink, text, bytes);
	else
		sink->write(sink, "?", 1);
}

static unsigned shown_columns(uint32_t code)
{
	return utf8_is_printable(code) ? utf8_columns(code) : 1;
}

/* How many bytes of the text fit `columns`; all of them if they do. Marks that take no column are not for ever: see print.h. */
static size_t fitting_bytes(const char *text, size_t bytes, size_t columns)
{
	size_t at = 0, used, most = columns * PRINT_COLUMN_BYTES;

	for (; at < bytes; at += used) {
		unsigned wanted = shown_columns(utf8_take(text + at, bytes - at, &used));

		if (wanted > columns || at + used > most)
			break;
		columns -= wanted;
	}
	return at;
}

void print_untrusted_part(struct sink *sink, const char *text, size_t bytes, unsigned columns)
{
	static const char dots[] = "...";
	size_t mark = sizeof dots - 1, used;
	bool fits = fitting_bytes(text, bytes, columns) == bytes;

	if (!fits)
		bytes = fitting_bytes(text, bytes, columns - mark);
	for (size_t at = 0; at < bytes; at += used) {
		uint32_t code = utf8_take(text + at, bytes - at, &used);

		print_character(sink, text + at, code, used);
	}
	if (!fits)
		sink->write(sink, dots, mark);
}

void print_untrusted(struct sink *sink, const char *text)
{
	print_untrusted_part(sink, text, text_length(text), UINT32_MAX);
}

void print_untrusted_cut(struct sink *sink, const char *text, unsigned columns)
{
	print_untrusted_part(sink, text, text_length(text), columns);
}

void print_size(struct sink *sink, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	unsigned unit = 0;
	uint64_t tenths = 0;

	while (bytes >= 1024 && unit + 1 < sizeof units / sizeof *units) {
		tenths = (bytes % 1024) * 10 / 1024;
		bytes /= 1024;
		unit++;
	}
	if (tenths > 0)
		print(sink, "%lu.%lu %s", bytes, tenths, units[unit]);
	else
		print(sink, "%lu %s", bytes, units[unit]);
}

static void text_buffer_write(struct sink *sink, const char *text, size_t bytes)
{
	struct text_buffer *buffer = (struct text_buffer *)sink;
	size_t room = buffer->capacity - 1 - buffer->length;

	if (buffer->truncated)
		return;
	if (bytes > room) {
		bytes = room;
		/* Not within a character. */
		while (bytes > 0 && (text[bytes] & 0xC0) == 0x80)
			bytes--;
		buffer->truncated = true;
	}
	memcpy(buffer->data + buffer->length, text, bytes);
	buffer->length += bytes;
	buffer->data[buffer->length] = '\0';
}

void text_buffer_init(struct text_buffer *buffer, char *data, size_t capacity)
{
	*buffer = (struct text_buffer){ .sink = { .write = text_buffer_write }, .data = data, .capacity = capacity };
	data[0] = '\0';
}
