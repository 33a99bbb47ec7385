/* SPDX-License-Identifier: MIT */
/* A QEMU machine that boots an image. */
#pragma once

#include "disk-tools/report.h"
#include "kernel-handoff/machine.h" // firmware

#include <regex.h>

struct qemu_options {
	const char *image;
	enum firmware firmware;
	unsigned sector_bytes;
	uint64_t memory_bytes, timeout_seconds; /* timeout 0: none */
	bool is_default_limit;                  /* the timeout is not the user's */
	bool allow_reset;                       /* the machine starts again then; otherwise a reset is its end, and a failure */
	bool expects;
	regex_t expected; /* of a line on the serial port, if `expects` */
	char **extra;     /* more arguments, NULL-terminated; may be NULL */
};

/*
 * Without `expects` and timeout the serial port is this terminal, with QEMU's monitor on Ctrl-A C. Otherwise what the machine sends goes
 * to stdout. Says in one line how it ended. EXIT_OK: the expected line came, or none was expected and the machine was powered off, QEMU
 * was told to end, or the kernel wrote 16 to port 0xf4; EXIT_FAILED: not so; EXIT_IO: no room for QEMU's temporary file, or nobody takes
 * the output; EXIT_NO_TOOL.
 */
enum exit_code qemu_run(const struct qemu_options *options);
