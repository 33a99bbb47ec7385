/* SPDX-License-Identifier: MIT */
/* The side of QMP that listens: one JSON object a line. */
#include "disk-tools/qemu_monitor.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Events come from the answer to the first command on. */
static const char begin[] = "{\"execute\": \"qmp_capabilities\"}\n", let_run[] = "{\"execute\": \"cont\"}\n";

static bool put(int fd, const char *text)
{
	size_t bytes = strlen(text);

	return send(fd, text, bytes, MSG_NOSIGNAL) == (ssize_t)bytes;
}

bool qemu_monitor_open(struct qemu_monitor *monitor, bool go, int *theirs)
{
	int pair[2];

	*monitor = (struct qemu_monitor){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	monitor->fd = pair[0];
	*theirs = dup(pair[1]); /* stays open in QEMU */
	close(pair[1]);
	if (*theirs >= 0 && put(monitor->fd, begin) && (!go || put(monitor->fd, let_run)))
		return true;
	if (*theirs >= 0)
		close(*theirs);
	qemu_monitor_close(monitor);
	return false;
}

void qemu_monitor_close(struct qemu_monitor *monitor)
{
	int error = errno;

	if (monitor->fd >= 0)
		close(monitor->fd);
	monitor->fd = -1;
	errno = error;
}

static enum qemu_stop stop_of(const char *reason)
{
	static const struct {
		const char *reason;
		enum qemu_stop stop;
	} stops[] = {
		{ "guest-shutdown", STOP_OFF },
		{ "guest-reset", STOP_RESET },
		{ "guest-panic", STOP_PANIC },
	};

	for (unsigned i = 0; i < sizeof stops / sizeof stops[0]; i++) {
		if (strcmp(stops[i].reason, reason) == 0)
			return stops[i].stop;
	}
	return strncmp(reason, "host-", 5) == 0 ? STOP_HOST : STOP_UNKNOWN;
}

/* The text at object.key; "" if there is none. */
static const char *text_at(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : "";
}

static void take_message(struct qemu_monitor *monitor, struct json_object *message)
{
	struct json_object *data = NULL;
	const char *event = text_at(message, "event"), *reason;

	monitor->started |= json_object_object_get_ex(message, "return", NULL);
	json_object_object_get_ex(message, "data", &data);
	reason = text_at(data, "reason");
	if (strcmp(event, "SHUTDOWN") == 0)
		monitor->stop = stop_of(reason);
	if (strcmp(event, "RESET") == 0 && stop_of(reason) == STOP_RESET)
		monitor->resets++;
}

static void take_line(struct qemu_monitor *monitor)
{
	struct json_object *message;

	monitor->line[monitor->line_bytes] = '\0';
	message = json_tokener_parse(monitor->line);
	if (json_object_is_type(message, json_type_object))
		take_message(monitor, message);
	json_object_put(message);
	monitor->line_bytes = 0;
}

void qemu_monitor_read(struct qemu_monitor *monitor)
{
	char data[1024];
	ssize_t got = read(monitor->fd, data, sizeof data);

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		qemu_monitor_close(monitor);
		return;
	}
	for (ssize_t i = 0; i < got; i++) {
		if (data[i] == '\n')
			take_line(monitor);
		else if (monitor->line_bytes < sizeof monitor->line - 1)
			monitor->line[monitor->line_bytes++] = data[i];
	}
}
