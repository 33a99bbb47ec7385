/* SPDX-License-Identifier: MIT */
/* Waiting for a line of the serial port, for the machine's end, or for the time to be up. */
#include "disk-tools/qemu_watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 4096, NO_TIMEOUT = -1, REST_MS = 200 };

/* Whether the line matches; the end of an unfinished one is not known yet, so '$' is not there. */
static bool matches(struct qemu_watch *watch, bool finished)
{
	watch->line[watch->line_bytes] = '\0';
	return regexec(&watch->options->expected, watch->line, 0, NULL, finished ? 0 : REG_NOTEOL) == 0;
}

/* Takes what was received apart into lines; the unfinished one counts, too, since a prompt has no end. */
static bool line_matches(struct qemu_watch *watch, const char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (data[i] == '\n' || watch->line_bytes == QEMU_LINE_BYTES - 1) {
			if (matches(watch, true))
				return true;
			watch->line_bytes = 0;
		}
		if (data[i] != '\n' && data[i] != '\r' && data[i] != '\0')
			watch->line[watch->line_bytes++] = data[i];
	}
	return matches(watch, false);
}

static int64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The line that was waited for may not have been sent to its end. */
static void pass_rest_of_line(struct qemu_watch *watch)
{
	char c = '\0';

	while (c != '\n') {
		struct pollfd wait = { .fd = watch->serial, .events = POLLIN };

		if (poll(&wait, 1, REST_MS) <= 0 || read(watch->serial, &c, 1) != 1)
			break;
		fputc(c, stdout);
	}
	fflush(stdout);
}

static enum watch_end read_serial(struct qemu_watch *watch)
{
	bool expects = watch->options->expects;
	char data[READ_BYTES];
	ssize_t got = read(watch->serial, data, sizeof data);

	if (got < 0 && errno == EINTR)
		return WATCH_ENDED;
	if (got <= 0) {
		close(watch->serial);
		watch->serial = -1;
		return expects && matches(watch, true) ? WATCH_MATCHED : WATCH_ENDED;
	}
	fwrite(data, 1, (size_t)got, stdout);
	if (fflush(stdout) != 0)
		return WATCH_OUTPUT;
	if (!expects || !line_matches(watch, data, (size_t)got))
		return WATCH_ENDED;
	if (data[got - 1] != '\n')
		pass_rest_of_line(watch);
	return WATCH_MATCHED;
}

static enum watch_end read_both(struct qemu_watch *watch, const struct pollfd wait[2])
{
	enum watch_end end = wait[0].revents != 0 ? read_serial(watch) : WATCH_ENDED;

	if (end != WATCH_ENDED || wait[1].revents == 0)
		return end;
	qemu_monitor_read(&watch->monitor);
	return watch->monitor.resets > 0 && !watch->options->allow_reset ? WATCH_RESET : WATCH_ENDED;
}

enum watch_end qemu_watch(struct qemu_watch *watch)
{
	uint64_t seconds = watch->options->timeout_seconds;
	int64_t end_ms = now_ms() + (int64_t)seconds * 1000;

	while (watch->serial >= 0 || watch->monitor.fd >= 0) {
		/* poll() passes over those that are closed (-1). */
		struct pollfd wait[2] = { { .fd = watch->serial, .events = POLLIN }, { .fd = watch->monitor.fd, .events = POLLIN } };
		int64_t left_ms = seconds != 0 ? end_ms - now_ms() : NO_TIMEOUT;
		enum watch_end end;

		if (seconds != 0 && left_ms <= 0)
			return WATCH_TIMEOUT;
		if (poll(wait, 2, left_ms > INT_MAX ? INT_MAX : (int)left_ms) <= 0)
			continue;
		end = read_both(watch, wait);
		if (end != WATCH_ENDED)
			return end;
	}
	return WATCH_ENDED;
}
