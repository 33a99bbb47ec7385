/* SPDX-License-Identifier: MIT */
/* Following a running machine: what its serial port sends, what QEMU says of it, and the clock. */
#pragma once

#include "disk-tools/qemu.h"
#include "disk-tools/qemu_monitor.h"

enum { QEMU_LINE_BYTES = 4096 };

enum watch_end {
	WATCH_ENDED,   /* QEMU has ended or is about to */
	WATCH_MATCHED, /* the expected line came */
	WATCH_TIMEOUT,
	WATCH_RESET,  /* the machine was reset and goes on, which it may not */
	WATCH_OUTPUT, /* nobody takes what the machine sends */
};

struct qemu_watch {
	const struct qemu_options *options;
	struct qemu_monitor monitor;
	int serial;                 /* reads what the machine sends; -1: it goes to the terminal directly, or has ended */
	char line[QEMU_LINE_BYTES]; /* the line that is being received */
	size_t line_bytes;
};

/* Until QEMU has closed both connections, or one of the other ends comes first. */
enum watch_end qemu_watch(struct qemu_watch *watch);

/* Says how the run ended, in one line: a note for a good end, else an error. `status` is QEMU's, as of waitpid(). */
enum exit_code qemu_verdict(const struct qemu_watch *watch, enum watch_end end, int status);
