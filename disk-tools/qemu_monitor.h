/* SPDX-License-Identifier: MIT */
/*
 * What QEMU says of its machine while it runs, by its monitor protocol QMP (qemu-qmp-ref(7)): QEMU's exit status alone does not tell a
 * reset from a machine that was switched off.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Why the machine stopped. */
enum qemu_stop {
	STOP_UNKNOWN, /* it did not say */
	STOP_OFF,     /* the guest switched it off */
	STOP_RESET,   /* the guest reset it; a triple fault is that, too */
	STOP_PANIC,   /* the guest told QEMU that it has crashed */
	STOP_HOST,    /* somebody asked QEMU to end */
};

struct qemu_monitor {
	int fd;       /* -1: at its end */
	bool started; /* QEMU has understood its command line and has all that it needs */
	enum qemu_stop stop;
	unsigned resets; /* by the guest, after which the machine went on */
	char line[4096]; /* that is being received; longer ones are of no interest */
	size_t line_bytes;
};

/*
 * A new connection: QEMU gets `*theirs`, which the caller closes after the start. With `go` the machine, which QEMU has to start with -S,
 * begins to run when nothing that it does can be missed any more. False with errno.
 */
bool qemu_monitor_open(struct qemu_monitor *monitor, bool go, int *theirs);

/* Takes in what has come; at the end of the connection it is closed, and fd is -1. */
void qemu_monitor_read(struct qemu_monitor *monitor);

void qemu_monitor_close(struct qemu_monitor *monitor);
