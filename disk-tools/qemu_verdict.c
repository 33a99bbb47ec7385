/* SPDX-License-Identifier: MIT */
/* How a machine ended, and whether that is a success. */
#include "disk-tools/json.h" // stdout_finish
#include "disk-tools/qemu_watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* isa-debug-exit: what a kernel writes to end the machine as a success; QEMU ends with twice the value, plus one. */
enum { DEBUG_EXIT_SUCCESS = 16 };

struct ending {
	bool good;
	const char *what;
	char why[160];
	const char *hint; /* NULL: none */
};

static const struct ending could_not_start = { false, "QEMU could not start", "see its message above", NULL };

/* QEMU has ended with 0: what it said before is the reason. */
static const struct ending stopped[] = {
	[STOP_UNKNOWN] = { true, "QEMU was ended", "by its monitor", NULL },
	[STOP_OFF] = { true, "the machine was powered off", "by its kernel or firmware", NULL },
	[STOP_RESET] = { false, "the machine was reset", "by its kernel or firmware, or by a triple fault",
			 "with --allow-reset it starts again" },
	[STOP_PANIC] = { false, "the guest has crashed", "it said so itself", NULL },
	[STOP_HOST] = { true, "QEMU was ended", "by its monitor, its window or a signal", NULL },
};

static struct ending of_status(int status)
{
	struct ending ending = { .good = status == (DEBUG_EXIT_SUCCESS << 1 | 1) };

	if (status % 2 == 1 && status > 1) {
		ending.what = "the machine ended itself";
		snprintf(ending.why, sizeof ending.why, "it wrote %d to port 0xf4%s", status / 2,
			 ending.good ? ", which is a success" : "");
		return ending;
	}
	ending.what = "QEMU failed";
	snprintf(ending.why, sizeof ending.why, "exit status %d: see its message above%s", status,
		 status == 1 ? ", or the kernel wrote 0 to port 0xf4" : "");
	return ending;
}

static struct ending of_signal(int signal)
{
	struct ending ending = { .what = "QEMU was ended" };

	snprintf(ending.why, sizeof ending.why, "by signal %d (%s)", signal, strsignal(signal));
	return ending;
}

static struct ending of_end(const struct qemu_watch *watch, enum watch_end end, int status)
{
	struct ending ending = { .good = true, .what = "the expected line came" };

	if (end == WATCH_MATCHED)
		return ending;
	if (end == WATCH_TIMEOUT) {
		ending = (struct ending){ .what = "the machine was ended" };
		snprintf(ending.why, sizeof ending.why, "timeout of %llu s", (unsigned long long)watch->options->timeout_seconds);
		return ending;
	}
	if (end == WATCH_RESET)
		return stopped[STOP_RESET];
	if (WIFSIGNALED(status))
		return of_signal(WTERMSIG(status));
	if (!watch->monitor.started)
		return could_not_start;
	if (WEXITSTATUS(status) != 0)
		return of_status(WEXITSTATUS(status));
	ending = stopped[watch->monitor.stop];
	/* Only the user's own arguments for QEMU make this an end then. */
	ending.good |= watch->monitor.stop == STOP_RESET && watch->options->allow_reset;
	return ending;
}

enum exit_code qemu_verdict(const struct qemu_watch *watch, enum watch_end end, int status)
{
	struct ending ending;
	enum exit_code code = stdout_finish();

	if (code != EXIT_OK)
		return code;
	ending = of_end(watch, end, status);
	if (watch->monitor.resets > 0 && watch->options->allow_reset)
		note("the machine was reset: %s: %u times", watch->options->image, watch->monitor.resets);
	if (watch->options->expects && end != WATCH_MATCHED)
		code = fail(EXIT_FAILED, "the expected line did not come", watch->options->image, "%s: %s", ending.what, ending.why);
	else if (!ending.good)
		code = fail(EXIT_FAILED, ending.what, watch->options->image, "%s", ending.why);
	else
		note("%s: %s%s%s", ending.what, watch->options->image, ending.why[0] != '\0' ? ": " : "", ending.why);
	if (code != EXIT_OK && ending.hint != NULL)
		hint("%s", ending.hint);
	return code;
}
