/* SPDX-License-Identifier: MIT */
/* Parsing of command lines by tables, with a suggestion for every word that is not known. */
#include "disk-tools/options.h"

#include "core/base/checked.h" // checked_multiply
#include "core/base/nearest_word.h"
#include "core/base/text.h" // text_to_number

#include <stdio.h>
#include <string.h>

static enum exit_code unknown_option(const struct command *command, const char *word, size_t length)
{
	struct nearest_word nearest;

	nearest_word_start(&nearest, word, length);
	for (const struct option *option = command->options; option->name != NULL; option++)
		nearest_word_offer(&nearest, option->name);
	fail(EXIT_USAGE, "unknown option", NULL, "--%.*s", (int)length, word);
	if (nearest.best != NULL)
		hint("did you mean --%s? `mkboot help %s` lists all options", nearest.best, command->name);
	else
		hint("`mkboot help %s` lists all options", command->name);
	return EXIT_USAGE;
}

/* One "--name", "--name VALUE" or "--name=VALUE" at words[0]; *used counts the words that it took. */
static enum exit_code parse_option(const struct command *command, char **words, int count, void *into, int *used)
{
	const char *word = words[0] + 2, *equals = strchr(word, '='), *value = equals != NULL ? equals + 1 : NULL;
	size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
	const struct option *option = command->options;

	while (option->name != NULL && (strlen(option->name) != length || strncmp(option->name, word, length) != 0))
		option++;
	if (option->name == NULL)
		return unknown_option(command, word, length);
	*used = 1;
	if (option->argument == NULL && value != NULL)
		return fail(EXIT_USAGE, "option takes no value", NULL, "--%s", option->name);
	if (option->argument != NULL && value == NULL) {
		if (count < 2)
			return fail(EXIT_USAGE, "option needs a value", NULL, "--%s %s", option->name, option->argument);
		value = words[1];
		*used = 2;
	}
	return option->set(into, option->name, value);
}

static enum exit_code take_operand(const char *word, struct operands *operands)
{
	if (word[0] == '\0')
		return fail(EXIT_USAGE, "empty name", NULL, "a word of the command line has no characters");
	if (operands->count == OPERANDS_MAX)
		return fail(EXIT_USAGE, "too many words", NULL, "%s", word);
	operands->operand[operands->count++] = word;
	return EXIT_OK;
}

/* The words behind "--". */
static enum exit_code take_rest(const struct command *command, char **words, struct operands *operands)
{
	enum exit_code code = EXIT_OK;

	if (command->takes_rest && operands->count == OPERANDS_MAX) {
		operands->rest = words;
		return EXIT_OK;
	}
	for (; *words != NULL && code == EXIT_OK; words++) {
		if (command->takes_rest && strcmp(*words, "--") == 0) {
			operands->rest = words + 1;
			break;
		}
		code = take_operand(*words, operands);
	}
	return code;
}

enum exit_code options_parse(const struct command *command, int count, char **words, void *into, struct operands *operands)
{
	*operands = (struct operands){ 0 };
	for (int i = 0; i < count;) {
		int used = 1;
		enum exit_code code = EXIT_OK;

		if (strcmp(words[i], "--") == 0)
			return take_rest(command, words + i + 1, operands);
		if (words[i][0] == '-' && words[i][1] != '\0' && words[i][1] != '-') {
			fail(EXIT_USAGE, "unknown option", NULL, "%s", words[i]);
			hint("options are whole words: `mkboot help %s` lists them", command->name);
			return EXIT_USAGE;
		}
		if (words[i][0] == '-' && words[i][1] == '-')
			code = parse_option(command, words + i, count - i, into, &used);
		else
			code = take_operand(words[i], operands);
		if (code != EXIT_OK)
			return code;
		i += used;
	}
	return EXIT_OK;
}

enum exit_code parse_number(const char *name, const char *value, uint64_t max, uint64_t *number)
{
	if (!text_to_number(value, number) || *number > max)
		return fail(EXIT_USAGE, "not a number in range", NULL, "--%s %s (0 to %llu)", name, value, (unsigned long long)max);
	return EXIT_OK;
}

enum exit_code parse_size(const char *name, const char *value, uint64_t unit, uint64_t *bytes)
{
	static const char letters[] = "KMGT";
	char digits[24];
	size_t length = strlen(value);
	const char *letter = length > 0 ? strchr(letters, value[length - 1]) : NULL;
	uint64_t number;

	if (letter != NULL) {
		unit = 1ull << (10 * (letter - letters + 1));
		length--;
	}
	snprintf(digits, sizeof digits, "%.*s", (int)length, value);
	if (length >= sizeof digits || !text_to_number(digits, &number) || number == 0 || !checked_multiply(number, unit, bytes) ||
	    *bytes > INT64_MAX)
		return fail(EXIT_USAGE, "not a size", NULL, "--%s %s (a number with K, M, G or T)", name, value);
	return EXIT_OK;
}
