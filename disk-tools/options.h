/* SPDX-License-Identifier: MIT */
/*
 * Command lines: "--name VALUE" or "--name=VALUE", flags "--name", operands anywhere between them, "--" ends the options: what follows are
 * operands. Each command is a table of options; its help text is printed from the same table. All have -h (--help) and -q (--quiet).
 * "-" is nobody's name: no image can be read from a pipe or written to one.
 */
#pragma once

#include "disk-tools/report.h"

#include <stdbool.h>
#include <stdint.h>

/* Takes one option's value (NULL for a flag) into the command's own structure. */
typedef enum exit_code option_set_fn(void *into, const char *name, const char *value);

struct option {
	const char *name;     /* without the dashes; NULL ends a table */
	const char *argument; /* "FILE"; NULL: a flag. One with FILE or DIR in it takes the name of one */
	const char *help;
	option_set_fn *set;
};

struct command {
	const char *name;
	const char *usage; /* what follows the name */
	const char *help;  /* one line */
	const struct option *options;
	const char *one_operand; /* hint for a command line with more operands; NULL: none */
	bool takes_rest; /* words for another program: those behind "--", or behind a second one when the operand stands behind the first */
	enum exit_code (*run)(int count, char **words); /* the words after the command's name */
};

enum { OPERANDS_MAX = 1 };

struct operands {
	unsigned count;
	const char *operand[OPERANDS_MAX];
	char **rest; /* command->takes_rest: NULL-terminated; NULL if there is none */
};

/* Whether -h or --help is among the options; as the value of another one it is not. */
bool options_ask_for_help(const struct command *command, int count, char **words);

/* Hands each option to its setter and collects the operands; says what is wrong with the name nearest to an unknown one. */
enum exit_code options_parse(const struct command *command, int count, char **words, void *into, struct operands *operands);

/*
 * "64M", "64MiB", "1.5g", "4096": a number, whole or with a fraction, and a unit K, M, G or T of powers of 1024; one without a unit is
 * whole and counts `unit` bytes. A fraction of a byte is dropped; the size is never 0.
 */
enum exit_code parse_size(const char *name, const char *value, uint64_t unit, uint64_t *bytes);

/* A decimal number from `min` to `max`. */
enum exit_code parse_number(const char *name, const char *value, uint64_t min, uint64_t max, uint64_t *number);
