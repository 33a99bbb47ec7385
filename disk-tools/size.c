/* SPDX-License-Identifier: MIT */
/* Sizes as people write them, in whole numbers only: no size depends on how a fraction is rounded in binary. */
#include "core/base/checked.h" // checked_multiply
#include "core/base/text.h"    // text_lower
#include "disk-tools/options.h"

#include <string.h>

enum { FRACTION_DIGITS = 9, DIGITS_MAX = 20 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *text, at most `max` of them, which it passes over; `*scale` is 10 to their count. */
static bool take_digits(const char **text, unsigned max, uint64_t *number, uint64_t *scale)
{
	unsigned digits = 0;

	*number = 0;
	for (*scale = 1; is_digit(**text); ++*text) {
		if (++digits > max || !checked_multiply(*number, 10, number) || !checked_add(*number, (uint64_t)(**text - '0'), number))
			return false;
		*scale *= 10;
	}
	return digits > 0;
}

/* "", "M" or "MiB" in any case. "MB" is not taken: to some it is 10^6. */
static bool take_unit(const char *text, uint64_t *unit)
{
	static const char letters[] = "kmgt";
	const char *letter = *text != '\0' ? strchr(letters, text_lower(*text)) : NULL;

	if (*text == '\0')
		return true;
	if (letter == NULL || (text[1] != '\0' && !text_equal_nocase(text + 1, "iB")))
		return false;
	*unit = 1ull << (10 * (letter - letters + 1));
	return true;
}

static bool to_bytes(const char *text, uint64_t unit, uint64_t *bytes)
{
	uint64_t whole, part = 0, scale = 1, ignored;
	bool has_part;

	if (!take_digits(&text, DIGITS_MAX, &whole, &ignored))
		return false;
	has_part = *text == '.';
	if (has_part) {
		text++;
		if (!take_digits(&text, FRACTION_DIGITS, &part, &scale) || *text == '\0')
			return false;
	}
	if (!take_unit(text, &unit) || !checked_multiply(whole, unit, bytes))
		return false;
	/* unit * part / scale, cut to whole bytes, where the product may have more than 64 bits. */
	return checked_add(*bytes, unit / scale * part + unit % scale * part / scale, bytes);
}

enum exit_code parse_size(const char *name, const char *value, uint64_t unit, uint64_t *bytes)
{
	if (to_bytes(value, unit, bytes) && *bytes != 0 && *bytes <= INT64_MAX)
		return EXIT_OK;
	fail(EXIT_USAGE, "not a size", NULL, "--%s %s", name, value);
	hint("a number and K, M, G or T, which count in powers of 1024: 64M, 64MiB, 1.5G");
	return EXIT_USAGE;
}
