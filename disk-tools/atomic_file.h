/* SPDX-License-Identifier: MIT */
/*
 * An output file that is there whole or not at all: written aside in the same folder, synced, renamed. One at a time; an interrupt
 * (SIGINT, SIGTERM, SIGHUP) removes what was written so far, ends a running helper program and exits with 130.
 */
#pragma once

#include "disk-tools/report.h"

#include <limits.h>

struct atomic_file {
	int fd;
	char target[PATH_MAX]; /* where it will be */
	char path[PATH_MAX];   /* where it is written */
};

/* `target` is a regular file or not there (output.h). */
enum exit_code atomic_file_open(struct atomic_file *file, const char *target);

/* Syncs, gives it its name, syncs the folder. On failure the file is gone. From then on no interrupt ends the program. */
enum exit_code atomic_file_commit(struct atomic_file *file);

/* Removes what was written. */
void atomic_file_abandon(struct atomic_file *file);

/* From now on an interrupt also ends the helper program that runs (spawn.h), without an output file as well. */
void interrupts_catch(void);
