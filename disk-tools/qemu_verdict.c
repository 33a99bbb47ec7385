/* SPDX-License-Identifier: MIT */
/* How a machine ended, and whether that is a success. */
#include "disk-tools/json.h" // stdout_finish
#include "disk-tools/qemu_watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* isa-debug-exit: what a kernel writes to end the machine as a success; QEMU ends with twice the value, plus one. */
enum { DEBUG_EXIT_SUCCESS = 16 };

struct verdict {
	bool good;
	const char *what;
	char why[160];
	const char *hint; /* NULL: none */
};

static const struct verdict could_not_start = { false, "QEMU could not start", "see its message above", NULL };

/* QEMU has ended with 0: what it said before is the reason. */
static const struct verdict stopped[] = {
	[STOP_UNKNOWN] = { true, "QEMU was ended", "by its monitor", NULL },
	[STOP_OFF] = { true, "the machine was powered off", "by its kernel or firmware", NULL },
	[STOP_RESET] = { false, "the machine was reset", "by its kernel or firmware, or by a triple fault",
			 "with --allow-reset it starts again" },
	[STOP_PANIC] = { false, "the guest has crashed", "it said so itself", NULL },
	[STOP_HOST] = { true, "QEMU was ended", "by its monitor, its window or a signal", NULL },
};

static struct verdict of_status(int status)
{
	struct verdict verdict = { .good = status == (DEBUG_EXIT_SUCCESS << 1 | 1) };

	if (status % 2 == 1 && status > 1) {
		verdict.what = "the machine ended itself";
		snprintf(verdict.why, sizeof verdict.why, "it wrote %d to port 0xf4%s", status / 2,
			 verdict.good ? ", which is a success" : "");
		return verdict;
	}
	verdict.what = "QEMU failed";
	snprintf(verdict.why, sizeof verdict.why, "exit status %d: see its message above%s", status,
		 status == 1 ? ", or the kernel wrote 0 to port 0xf4" : "");
	return verdict;
}

static struct verdict of_signal(int signal)
{
	struct verdict verdict = { .what = "QEMU was ended" };

	snprintf(verdict.why, sizeof verdict.why, "by signal %d (%s)", signal, strsignal(signal));
	return verdict;
}

static struct verdict of_end(const struct qemu_watch *watch, enum watch_end end, int status)
{
	struct verdict verdict = { .good = true, .what = "the expected line came" };

	if (end == WATCH_MATCHED)
		return verdict;
	if (end == WATCH_TIMEOUT) {
		verdict = (struct verdict){ .what = "the machine was ended" };
		snprintf(verdict.why, sizeof verdict.why, "timeout of %llu s", (unsigned long long)watch->options->timeout_seconds);
		return verdict;
	}
	if (end == WATCH_RESET)
		return stopped[STOP_RESET];
	if (WIFSIGNALED(status))
		return of_signal(WTERMSIG(status));
	if (!watch->monitor.started)
		return could_not_start;
	if (WEXITSTATUS(status) != 0)
		return of_status(WEXITSTATUS(status));
	verdict = stopped[watch->monitor.stop];
	/* Only the user's own arguments for QEMU make this an end then. */
	verdict.good |= watch->monitor.stop == STOP_RESET && watch->options->allow_reset;
	return verdict;
}

enum exit_code qemu_verdict(const struct qemu_watch *watch, enum watch_end end, int status)
{
	struct verdict verdict;
	enum exit_code code = stdout_finish();

	if (code != EXIT_OK)
		return code;
	verdict = of_end(watch, end, status);
	if (watch->monitor.resets > 0 && watch->options->allow_reset)
		note("the machine was reset: %s: %u times", watch->options->image, watch->monitor.resets);
	if (watch->options->expects && end != WATCH_MATCHED)
		code = fail(EXIT_FAILED, "the expected line did not come", watch->options->image, "%s: %s", verdict.what, verdict.why);
	else if (!verdict.good)
		code = fail(EXIT_FAILED, verdict.what, watch->options->image, "%s", verdict.why);
	else
		note("%s: %s%s%s", verdict.what, watch->options->image, verdict.why[0] != '\0' ? ": " : "", verdict.why);
	if (code != EXIT_OK && verdict.hint != NULL)
		hint("%s", verdict.hint);
	return code;
}
