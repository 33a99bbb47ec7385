/* SPDX-License-Identifier: MIT */
/* What mkboot must not take over from whoever starts it. */
#pragma once

/*
 * First thing in main(): standard input, output and error are open, so that no image gets one of their numbers and is written to as a
 * terminal; no signal is blocked, and programs that end are seen (SIGCHLD). Ignored interrupts stay ignored: that is what nohup and
 * `trap '' INT` are for.
 */
void process_set_up(void);
