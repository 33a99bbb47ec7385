/* SPDX-License-Identifier: MIT */
/* mkboot: the table of commands, help and version. */
#include "core/base/nearest_word.h"
#include "core/base/version.h"
#include "disk-tools/commands.h"
#include "disk-tools/json.h" // stdout_finish

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
	      "  version   print the version\n\n"
	      "mkboot(1) has examples and the exit codes.\n",
	      to);
}

static void print_command(const struct command *command)
{
	printf("usage: mkboot %s %s\n\n%s\n\n", command->name, command->usage, command->help);
	for (const struct option *option = command->options; option->name != NULL; option++) {
		char text[64];

		snprintf(text, sizeof text, "--%s %s", option->name, option->argument != NULL ? option->argument : "");
		printf("  %-*s%s%s\n", OPTION_COLUMNS, text, strlen(text) >= OPTION_COLUMNS ? " " : "", option->help);
	}
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

/* "--help" anywhere among a command's options, but not behind "--". */
static bool asks_for_help(int count, char **words)
{
	for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
		if (strcmp(words[i], "--help") == 0)
			return true;
	}
	return false;
}

static enum exit_code run(int count, char **words)
{
	const struct command *command;
	const char *name = count > 1 ? words[1] : NULL;

	if (name == NULL) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0)
		return help(count - 2, words + 2);
	if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
		puts("mkboot " MKBOOT_VERSION);
		return stdout_finish();
	}
	command = find_command(name);
	if (command == NULL)
		return unknown_command(name);
	if (asks_for_help(count - 2, words + 2))
		return help(1, words + 1);
	return command->run(count - 2, words + 2);
}

int main(int count, char **words)
{
	return (int)run(count, words);
}
