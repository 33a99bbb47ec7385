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

/* What a program has as standard input, output and error; -1: what mkboot has. */
struct spawn_files {
	int in, out, error;
};

/*
 * Starts the program `path` with the given argv and environment; 0 or an errno. One at a time. It ends with mkboot, whatever ends
 * that. Inherited files stay open in it unless close-on-exec.
 */
int spawn_start(const char *path, char *const *words, char *const *environment, const struct spawn_files *files, pid_t *child);

/* Waits for the end of a program; its status as of waitpid(). */
int spawn_wait(pid_t child);

/* Ends the running program, if there is one, from a signal handler; returns when it is gone. */
void spawn_kill(void);
