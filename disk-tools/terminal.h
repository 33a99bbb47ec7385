/* SPDX-License-Identifier: MIT */
/* The terminal's settings, which a program that is killed leaves as they were for itself. */
#pragma once

/* Remembers the settings of standard input; nothing if that is no terminal. */
void terminal_save(void);

/* Sets what was remembered, if this process is in the foreground of its terminal. May be called from a signal handler. */
void terminal_restore(void);
