/* SPDX-License-Identifier: MIT */
/* Parsing of command lines by tables, with a suggestion for every word that is not known. */
#include "disk-tools/options.h"

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
	nearest_word_offer(&nearest, "quiet");
	nearest_word_offer(&nearest, "help");
	fail(EXIT_USAGE, "unknown option", NULL, "--%.*s", (int)length, word);
	if (nearest.best != NULL)
		hint("did you mean --%s? `mkboot help %s` lists all options", nearest.best, command->name);
	else
		hint("`mkboot help %s` lists all options", command->name);
	return EXIT_USAGE;
}

/* A flag that all commands have. */
static bool is_common(const char *word, const char *letter, const char *name)
{
	return strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

/* The option of this name, or the end of the table. */
static const struct option *find_option(const struct command *command, const char *name, size_t length)
{
	const struct option *option = command->options;

	while (option->name != NULL && (strlen(option->name) != length || strncmp(option->name, name, length) != 0))
		option++;
	return option;
}

/* Standard input and output cannot be sought in, and a program that makes a file called "-" surprises. */
static enum exit_code refuse_dash(const char *option)
{
	fail(EXIT_USAGE, "not a name of a file", NULL, "%s%s%s-: standard input and output are not taken", option != NULL ? "--" : "",
	     option != NULL ? option : "", option != NULL ? " " : "");
	hint("give the name of a file; one that is called - is ./-");
	return EXIT_USAGE;
}

static bool takes_file(const struct option *option)
{
	return strstr(option->argument, "FILE") != NULL || strstr(option->argument, "DIR") != NULL;
}

/* One "--name", "--name VALUE" or "--name=VALUE" at words[0]; *used counts the words that it took. */
static enum exit_code parse_option(const struct command *command, char **words, int count, void *into, int *used)
{
	const char *word = words[0] + 2, *equals = strchr(word, '='), *value = equals != NULL ? equals + 1 : NULL;
	size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
	const struct option *option = find_option(command, word, length);

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
	if (value != NULL && takes_file(option) && value[0] == '\0')
		return fail(EXIT_USAGE, "empty name", NULL, "--%s has no characters", option->name);
	/* A module has its arguments behind the name. */
	if (value != NULL && takes_file(option) && value[0] == '-' && strchr(" \t", value[1]) != NULL)
		return refuse_dash(option->name);
	return option->set(into, option->name, value);
}

static enum exit_code take_operand(const struct command *command, const char *word, struct operands *operands)
{
	if (word[0] == '\0')
		return fail(EXIT_USAGE, "empty name", NULL, "a word of the command line has no characters");
	if (strcmp(word, "-") == 0)
		return refuse_dash(NULL);
	if (operands->count == OPERANDS_MAX) {
		fail(EXIT_USAGE, "too many words", NULL, "%s", word);
		if (command->one_operand != NULL)
			hint("%s", command->one_operand);
		return EXIT_USAGE;
	}
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
		code = take_operand(command, *words, operands);
	}
	return code;
}

bool options_ask_for_help(const struct command *command, int count, char **words)
{
	for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
		if (is_common(words[i], "-h", "--help"))
			return true;
		if (words[i][0] == '-' && words[i][1] == '-') {
			const struct option *option = find_option(command, words[i] + 2, strlen(words[i] + 2));

			i += option->name != NULL && option->argument != NULL;
		}
	}
	return false;
}

/* What is at words[0]; *used counts the words that it took. */
static enum exit_code take_word(const struct command *command, char **words, int count, void *into, int *used, struct operands *operands)
{
	const char *word = words[0];

	*used = 1;
	if (is_common(word, "-q", "--quiet")) {
		be_quiet();
		return EXIT_OK;
	}
	if (word[0] == '-' && word[1] == '-')
		return parse_option(command, words, count, into, used);
	if (word[0] == '-' && word[1] != '\0') {
		fail(EXIT_USAGE, "unknown option", NULL, "%s", word);
		hint("but for -h and -q, options are whole words: `mkboot help %s` lists them", command->name);
		return EXIT_USAGE;
	}
	return take_operand(command, word, operands);
}

enum exit_code options_parse(const struct command *command, int count, char **words, void *into, struct operands *operands)
{
	enum exit_code code = EXIT_OK;
	int used;

	*operands = (struct operands){ 0 };
	for (int i = 0; i < count && code == EXIT_OK; i += used) {
		if (strcmp(words[i], "--") == 0)
			return take_rest(command, words + i + 1, operands);
		code = take_word(command, words + i, count - i, into, &used, operands);
	}
	return code;
}

enum exit_code parse_number(const char *name, const char *value, uint64_t min, uint64_t max, uint64_t *number)
{
	if (!text_to_number(value, number) || *number < min || *number > max)
		return fail(EXIT_USAGE, "not a number in range", NULL, "--%s %s (%llu to %llu)", name, value, (unsigned long long)min,
			    (unsigned long long)max);
	return EXIT_OK;
}
