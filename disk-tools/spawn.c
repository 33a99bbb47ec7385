/* SPDX-License-Identifier: MIT */
/* Helper programs: found in PATH or the sbin folders, started by posix_spawn, their standard error collected through a pipe. */
#include "disk-tools/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 100, COMPLAINT_BYTES = 4096 };

static volatile sig_atomic_t running_child;

void spawn_set_child(pid_t child)
{
	running_child = child;
}

void spawn_kill(void)
{
	if (running_child > 0)
		kill(running_child, SIGTERM);
}

/* Ordinary users often have no sbin in PATH, and mkfs.fat lives there. */
const char *program_find(const char *name, char *path)
{
	const char *folders[] = { getenv("PATH"), "/usr/sbin:/sbin:/usr/local/sbin" };

	for (unsigned i = 0; i < 2; i++) {
		for (const char *folder = folders[i]; folder != NULL && *folder != '\0';) {
			size_t length = strcspn(folder, ":");
			int bytes = snprintf(path, PATH_MAX, "%.*s/%s", (int)length, folder, name);

			if (length > 0 && bytes > 0 && bytes < PATH_MAX && access(path, X_OK) == 0)
				return path;
			folder += length + (folder[length] == ':');
		}
	}
	return NULL;
}

enum exit_code spawn_check(const char *name, const char *package)
{
	char path[PATH_MAX];

	if (program_find(name, path) != NULL)
		return EXIT_OK;
	fail(EXIT_NO_TOOL, "program not found", NULL, "%s", name);
	hint("apt install %s", package);
	return EXIT_NO_TOOL;
}

/* The last line that is not empty: what such programs end with is the reason. */
static const char *last_line(char *text)
{
	size_t length = strlen(text);
	char *line;

	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
		text[--length] = '\0';
	line = strrchr(text, '\n');
	return line != NULL ? line + 1 : text;
}

/* Reads the pipe to its end, keeping the newest part. */
static void collect(int from, char complaint[COMPLAINT_BYTES], const struct spawn *spawn)
{
	size_t length = 0;

	for (;;) {
		struct pollfd wait = { .fd = from, .events = POLLIN };
		int ready = poll(&wait, 1, TICK_MS);
		ssize_t got;

		if (spawn->tick != NULL)
			spawn->tick(spawn->context);
		if (ready == 0 || (ready < 0 && errno == EINTR))
			continue;
		if (length > COMPLAINT_BYTES / 2) {
			memmove(complaint, complaint + length - COMPLAINT_BYTES / 4, COMPLAINT_BYTES / 4);
			length = COMPLAINT_BYTES / 4;
		}
		got = read(from, complaint + length, COMPLAINT_BYTES - 1 - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	complaint[length] = '\0';
}

static int start(const struct spawn *spawn, const char *path, int error_pipe, pid_t *child)
{
	char epoch[48];
	char *environment[] = {
		"LC_ALL=C.UTF-8", "TZ=UTC0", "MTOOLSRC=/dev/null", "HOME=/nonexistent", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", epoch, NULL
	};
	posix_spawn_file_actions_t files;
	int error;

	snprintf(epoch, sizeof epoch, "SOURCE_DATE_EPOCH=%lld", (long long)spawn->time);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, error_pipe, STDERR_FILENO);
	error = posix_spawn(child, path, &files, NULL, (char *const *)(uintptr_t)spawn->words, environment);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

static enum exit_code judge(const struct spawn *spawn, int status, char *complaint)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EXIT_OK;
	if (strstr(complaint, strerror(ENOSPC)) != NULL || strstr(complaint, strerror(EFBIG)) != NULL)
		return fail_errno(EXIT_FAILED, spawn->doing, spawn->where, ENOSPC);
	if (WIFSIGNALED(status))
		return fail(EXIT_FAILED, spawn->doing, spawn->where, "%s was ended by signal %d", spawn->words[0], WTERMSIG(status));
	return fail(EXIT_FAILED, spawn->doing, spawn->where, "%s: %s", spawn->words[0],
		    complaint[0] != '\0' ? last_line(complaint) : "failed without a word");
}

enum exit_code spawn_run(const struct spawn *spawn)
{
	char path[PATH_MAX], complaint[COMPLAINT_BYTES];
	int error_pipe[2], error, status = 0;
	pid_t child;

	if (program_find(spawn->words[0], path) == NULL)
		return spawn_check(spawn->words[0], spawn->package);
	if (pipe2(error_pipe, O_CLOEXEC) != 0)
		return fail_errno(EXIT_FAILED, spawn->doing, spawn->where, errno);
	error = start(spawn, path, error_pipe[1], &child);
	close(error_pipe[1]);
	if (error != 0) {
		close(error_pipe[0]);
		return fail_errno(EXIT_FAILED, spawn->doing, path, error);
	}
	spawn_set_child(child);
	collect(error_pipe[0], complaint, spawn);
	close(error_pipe[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	spawn_set_child(0);
	return judge(spawn, status, complaint);
}
