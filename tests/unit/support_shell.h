/* SPDX-License-Identifier: MIT */
/* A folder of the test's own, and commands run in it. */
#pragma once

/* Makes a new empty folder and changes into it; shell_leave() removes it. */
void shell_enter(void);
void shell_leave(void);

/* The same as fixtures of a cmocka group. */
int shell_set_up(void **state);
int shell_tear_down(void **state);

/* Runs a shell command in the folder; the test fails with the command's output if it fails. */
void shell_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
