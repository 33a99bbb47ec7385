/* SPDX-License-Identifier: MIT */
/* The order of the menu (UAPI.1) and of versions (UAPI.10). */
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/config/entry.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_separator(char c)
{
	return c == '~' || c == '-' || c == '^' || c == '.';
}

/* Characters that versions are not made of count for nothing. */
static const char *skip_foreign(const char *text)
{
	while (*text != '\0' && !is_digit(*text) && !is_alpha(*text) && !is_separator(*text))
		text++;
	return text;
}

/* Steps over `separator` in both; if only one has it, that one is the older. */
static int take_separator(const char **a, const char **b, char separator)
{
	bool in_a = **a == separator, in_b = **b == separator;

	*a += in_a;
	*b += in_b;
	return (in_b ? 1 : 0) - (in_a ? 1 : 0);
}

/* Steps over a run of digits; `*number` and the result are its digits without leading zeros. */
static size_t take_number(const char **text, const char **number)
{
	while (**text == '0')
		++*text;
	*number = *text;
	while (is_digit(**text))
		++*text;
	return (size_t)(*text - *number);
}

/*
 * At least one of them starts with a digit. UAPI.10 lets a missing number count as 0; systemd takes any number for newer than none, which
 * differs for "0" only, and menus should have the same order here and there.
 */
static int compare_numbers(const char **a, const char **b)
{
	const char *number_a, *number_b;
	size_t length_a, length_b;

	if (is_digit(**a) != is_digit(**b))
		return is_digit(**a) ? 1 : -1;
	length_a = take_number(a, &number_a);
	length_b = take_number(b, &number_b);
	if (length_a != length_b)
		return length_a < length_b ? -1 : 1;
	return memcmp(number_a, number_b, length_a);
}

static int compare_words(const char **a, const char **b)
{
	while (is_alpha(**a) && is_alpha(**b)) {
		int order = **a - **b;

		++*a;
		++*b;
		if (order != 0)
			return order;
	}
	return (is_alpha(**a) ? 1 : 0) - (is_alpha(**b) ? 1 : 0);
}

int version_compare(const char *a, const char *b)
{
	static const char separators[] = { '-', '^', '.' };

	for (;;) {
		int order;

		a = skip_foreign(a);
		b = skip_foreign(b);
		order = take_separator(&a, &b, '~');
		if (order != 0)
			return order;
		if (*a == '\0' || *b == '\0')
			return (*a != '\0' ? 1 : 0) - (*b != '\0' ? 1 : 0);
		for (size_t i = 0; i < sizeof separators && order == 0; i++)
			order = take_separator(&a, &b, separators[i]);
		if (order == 0)
			order = is_digit(*a) || is_digit(*b) ? compare_numbers(&a, &b) : compare_words(&a, &b);
		if (order != 0)
			return order;
	}
}

int entry_compare(const struct entry *a, const struct entry *b)
{
	bool sorted_a = a->sort_key[0] != '\0', sorted_b = b->sort_key[0] != '\0';
	bool bad_a = entry_name_is_bad(&a->name), bad_b = entry_name_is_bad(&b->name);
	int order;

	if (bad_a != bad_b)
		return bad_a ? 1 : -1;
	if (sorted_a != sorted_b)
		return sorted_a ? -1 : 1;
	if (sorted_a) {
		order = text_compare(a->sort_key, b->sort_key);
		if (order == 0)
			order = text_compare(a->machine_id, b->machine_id);
		if (order == 0)
			order = version_compare(b->version, a->version);
		if (order != 0)
			return order;
	}
	return entry_name_compare(&a->name, &b->name);
}
