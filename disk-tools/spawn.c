/* SPDX-License-Identifier: MIT */
/* Helper programs: found in PATH or the sbin folders, started without a shell, their standard error collected through a pipe. */
#include "disk-tools/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 100, COMPLAINT_BYTES = 4096, NOT_STARTED = 127 };

static volatile sig_atomic_t running_child;

void spawn_kill(void)
{
	if (running_child > 0 && kill(running_child, SIGKILL) == 0)
		waitpid(running_child, NULL, 0);
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

/* Our handlers are not for the new process. What is ignored stays so, but for SIGPIPE: a reader that has gone ends a program. */
static void reset_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t none;

	for (unsigned i = 0; i < sizeof caught / sizeof caught[0]; i++) {
		struct sigaction old;

		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			signal(caught[i], SIG_DFL);
	}
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the new process. Never returns; what cannot be done goes to `complaints` as an errno. */
static void become(const char *path, char *const *words, char *const *environment, const struct spawn_files *files, pid_t parent,
		   int complaints)
{
	const int given[] = { files->in, files->out, files->error };
	ssize_t ignored;
	int error = 0;

	/* Even if mkboot is killed, this program does not outlive it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(NOT_STARTED);
	for (int i = 0; i < 3 && error == 0; i++) {
		if (given[i] >= 0 && dup2(given[i], i) < 0)
			error = errno;
	}
	reset_signals();
	if (error == 0) {
		execve(path, words, environment);
		error = errno;
	}
	ignored = write(complaints, &error, sizeof error);
	(void)ignored;
	_exit(NOT_STARTED);
}

int spawn_start(const char *path, char *const *words, char *const *environment, const struct spawn_files *files, pid_t *child)
{
	int complaints[2], error = 0;
	pid_t parent = getpid();
	sigset_t all, before;

	if (pipe2(complaints, O_CLOEXEC) != 0)
		return errno;
	/* No interrupt comes between the start and the note of whom it has to end. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	*child = fork();
	if (*child == 0)
		become(path, words, environment, files, parent, complaints[1]);
	if (*child < 0)
		error = errno;
	else
		running_child = *child;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(complaints[1]);
	if (error == 0 && read(complaints[0], &error, sizeof error) == sizeof error)
		spawn_wait(*child);
	close(complaints[0]);
	return error;
}

int spawn_wait(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	running_child = 0;
	return status;
}

static int start(const struct spawn *spawn, const char *path, int error_pipe, pid_t *child)
{
	char epoch[48];
	char *environment[] = {
		"LC_ALL=C.UTF-8", "TZ=UTC0", "MTOOLSRC=/dev/null", "HOME=/nonexistent", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", epoch, NULL
	};
	struct spawn_files files = { .in = open("/dev/null", O_RDWR | O_CLOEXEC), .error = error_pipe };
	int error;

	if (files.in < 0)
		return errno;
	files.out = files.in;
	snprintf(epoch, sizeof epoch, "SOURCE_DATE_EPOCH=%lld", (long long)spawn->time);
	error = spawn_start(path, (char *const *)(uintptr_t)spawn->words, environment, &files, child);
	close(files.in);
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
	int error_pipe[2], error;
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
	collect(error_pipe[0], complaint, spawn);
	close(error_pipe[0]);
	return judge(spawn, spawn_wait(child), complaint);
}
