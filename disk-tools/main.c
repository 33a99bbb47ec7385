/* SPDX-License-Identifier: MIT */
/* mkboot: the table of commands, help and version. */
#include "core/base/nearest_word.h"
#include "core/base/version.h"
#include "disk-tools/commands.h"
#include "disk-tools/json.h" // stdout_finish
#include "disk-tools/process.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = { &command_create, &command_plan, &command_inspect, &command_run };
enum { COMMANDS = sizeof commands / sizeof commands[0], OPTION_COLUMNS = 28 };

static const struct command *find_command(const char *name)
{
	for (unsigned i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static enum exit_code unknown_command(const char *name)
{
	struct nearest_word nearest;

	nearest_word_start(&nearest, name, strlen(name));
	for (unsigned i = 0; i < COMMANDS; i++)
		nearest_word_offer(&nearest, commands[i]->name);
	nearest_word_offer(&nearest, "help");
	nearest_word_offer(&nearest, "version");
	fail(EXIT_USAGE, "unknown command", NULL, "%s", name);
	if (nearest.best != NULL)
		hint("did you mean `mkboot %s`?", nearest.best);
	else
		hint("`mkboot help` lists the commands");
	return EXIT_USAGE;
}

static void print_overview(FILE *to)
{
	fputs("usage: mkboot COMMAND ...\n\n", to);
	for (unsigned i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s%s\n", commands[i]->name, commands[i]->help);
	fputs("  help      more about a command: mkboot help COMMAND\n"
	      "  version   print the version\n"
	      "  -q        say nothing but errors, before or behind a command\n\n"
	      "mkboot(1) has examples and the exit codes.\n",
	      to);
}

static void print_option(const char *option, const char *help_text)
{
	printf("  %-*s%s%s\n", OPTION_COLUMNS, option, strlen(option) >= OPTION_COLUMNS ? " " : "", help_text);
}

static void print_command(const struct command *command)
{
	printf("usage: mkboot %s %s\n\n%s\n\n", command->name, command->usage, command->help);
	for (const struct option *option = command->options; option->name != NULL; option++) {
		char text[64];

		snprintf(text, sizeof text, "--%s %s", option->name, option->argument != NULL ? option->argument : "");
		print_option(text, option->help);
	}
	print_option("-q, --quiet", "say nothing but errors");
	print_option("-h, --help", "print this");
}

static enum exit_code help(int count, char **words)
{
	const struct command *command;

	if (count == 0) {
		print_overview(stdout);
		return stdout_finish();
	}
	command = find_command(words[0]);
	if (command == NULL)
		return unknown_command(words[0]);
	print_command(command);
	return stdout_finish();
}

/* The first of `words` that is not -q. */
static int skip_quiet(int count, char **words)
{
	int i = 0;

	while (i < count && (strcmp(words[i], "-q") == 0 || strcmp(words[i], "--quiet") == 0)) {
		be_quiet();
		i++;
	}
	return i;
}

static bool is_one_of(const char *word, const char *const names[3])
{
	return strcmp(word, names[0]) == 0 || strcmp(word, names[1]) == 0 || strcmp(word, names[2]) == 0;
}

/* `words` begins with the name of a command. */
static enum exit_code run(int count, char **words)
{
	static const char *const help_names[] = { "help", "--help", "-h" }, *const version_names[] = { "version", "--version", "-V" };
	const struct command *command;

	if (count < 1) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (is_one_of(words[0], help_names))
		return help(count - 1, words + 1);
	if (is_one_of(words[0], version_names)) {
		puts("mkboot " MKBOOT_VERSION);
		return stdout_finish();
	}
	command = find_command(words[0]);
	if (command == NULL)
		return unknown_command(words[0]);
	if (options_ask_for_help(command, count - 1, words + 1))
		return help(1, words);
	return command->run(count - 1, words + 1);
}

int main(int count, char **words)
{
	int first;

	process_set_up();
	first = count > 1 ? 1 + skip_quiet(count - 1, words + 1) : 1;
	return (int)run(count - first, words + first);
}
