/* SPDX-License-Identifier: MIT */
/* Runs a helper program without a shell, in an environment of our own, and turns its complaints into ours. */
#pragma once

#include "disk-tools/report.h"

#include <sys/types.h>

/* Called about ten times a second while the program runs. */
typedef void spawn_tick_fn(void *context);

struct spawn {
	const char *const *words; /* argv, NULL-terminated; words[0] is looked up in PATH and the sbin folders */
	const char *package;      /* Debian package that has it, for the hint */
	const char *doing;        /* "making the file system": WHAT of the error */
	const char *where;        /* the file that it works on */
	int64_t time;             /* SOURCE_DATE_EPOCH of the program: seconds since 1970 */
	spawn_tick_fn *tick;      /* may be NULL */
	void *context;
};

/*
 * EXIT_OK if the program ended with 0. EXIT_NO_TOOL if it is not installed, EXIT_NO_SPACE if it says that the disk is full, else
 * EXIT_FAILED with the last line of its standard error. Its output is dropped. Inherited files stay open in it unless close-on-exec.
 */
enum exit_code spawn_run(const struct spawn *spawn);

/* EXIT_NO_TOOL and the hint if `name` is not installed. */
enum exit_code spawn_check(const char *name, const char *package);

/* The path of an installed program, or NULL. `path` holds PATH_MAX bytes. */
const char *program_find(const char *name, char *path);

/* Ends the running program, if there is one, from a signal handler. */
void spawn_kill(void);

/* The program that spawn_kill() ends; 0: none. spawn_run() sets it by itself. */
void spawn_set_child(pid_t child);
