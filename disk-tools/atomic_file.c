/* SPDX-License-Identifier: MIT */
/* Writing aside, syncing and renaming; and cleaning up when the user interrupts. */
#include "disk-tools/atomic_file.h"

#include "disk-tools/spawn.h" // spawn_kill
#include "disk-tools/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
enum { CAUGHT = sizeof caught / sizeof caught[0] };

/* What the signal handler removes; empty: nothing. Changed only while the signals are blocked. */
static char unfinished[PATH_MAX];

static void on_interrupt(int number)
{
	static const char message[] = "mkboot: interrupted\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);

	(void)ignored;
	(void)number;
	spawn_kill();
	terminal_restore();
	if (unfinished[0] != '\0')
		unlink(unfinished);
	_exit(EXIT_INTERRUPTED);
}

static void set_unfinished(const char *path, sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < CAUGHT; i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, before);
	snprintf(unfinished, sizeof unfinished, "%s", path);
}

void interrupts_catch(void)
{
	struct sigaction action = { .sa_handler = on_interrupt };

	for (unsigned i = 0; i < CAUGHT; i++) {
		struct sigaction old;

		/* nohup and `trap '' INT` stay in force. */
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
}

enum exit_code atomic_file_open(struct atomic_file *file, const char *target)
{
	sigset_t before;
	enum exit_code code = EXIT_OK;
	mode_t mask = umask(0);

	umask(mask);
	/* mkfs.fat would take a name with '-' for options. */
	if (snprintf(file->target, sizeof file->target, "%s%s", target[0] == '-' ? "./" : "", target) >= PATH_MAX)
		return fail(EXIT_USAGE, "cannot write", target, "the name is too long");
	if (snprintf(file->path, sizeof file->path, "%s.XXXXXX", file->target) >= PATH_MAX)
		return fail(EXIT_USAGE, "cannot write", target, "the name is too long");
	interrupts_catch();
	set_unfinished("", &before);
	file->fd = mkostemp(file->path, O_CLOEXEC);
	if (file->fd < 0) {
		int error = errno;

		sigprocmask(SIG_SETMASK, &before, NULL);
		return fail_errno(EXIT_IO, "cannot write", file->target, error);
	}
	memcpy(unfinished, file->path, sizeof unfinished);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (fchmod(file->fd, 0666 & ~mask) != 0) {
		code = fail_errno(EXIT_IO, "cannot write", file->path, errno);
		atomic_file_abandon(file);
	}
	return code;
}

/* The rename itself must survive a power cut, too. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	char *slash;
	int fd, result;

	snprintf(folder, sizeof folder, "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		strcpy(folder, ".");
	else
		slash[slash == folder] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

enum exit_code atomic_file_commit(struct atomic_file *file)
{
	enum exit_code code = EXIT_OK;
	sigset_t before;

	if (fsync(file->fd) != 0) {
		code = fail_errno(EXIT_IO, "cannot write", file->path, errno);
		atomic_file_abandon(file);
		return code;
	}
	set_unfinished("", &before);
	if (rename(file->path, file->target) != 0) {
		code = fail_errno(EXIT_IO, "cannot write", file->target, errno);
		unlink(file->path);
	}
	close(file->fd);
	/* What comes now comes too late: an interrupted run has not changed the output. */
	if (code != EXIT_OK)
		sigprocmask(SIG_SETMASK, &before, NULL);
	if (code == EXIT_OK && sync_folder(file->target) != 0)
		code = fail_errno(EXIT_IO, "cannot sync the folder of", file->target, errno);
	return code;
}

void atomic_file_abandon(struct atomic_file *file)
{
	sigset_t before;

	unlink(file->path);
	set_unfinished("", &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(file->fd);
}
