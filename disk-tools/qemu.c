/* SPDX-License-Identifier: MIT */
/* Starting QEMU: its command line, its files and its environment. */
#include "disk-tools/qemu.h"

#include "disk-tools/atomic_file.h" // interrupts_catch
#include "disk-tools/ovmf.h"
#include "disk-tools/qemu_watch.h"
#include "disk-tools/spawn.h"
#include "disk-tools/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 256 };

/* Where QEMU puts what a machine writes to its disk, without TMPDIR. */
#define TEMPORARY_FOLDER "/var/tmp"

extern char **environ;

struct qemu {
	const struct qemu_options *options;
	const char *word[WORDS_MAX + 1];
	unsigned words;
	char memory[32], device[128], drive[2 * PATH_MAX + 64], code[PATH_MAX + 64], variables[PATH_MAX + 64], monitor[64];
	char temporary[PATH_MAX + sizeof "TMPDIR="]; /* of the environment */
	char **environment;
	pid_t process;
};

static bool is_watched(const struct qemu_options *options)
{
	return options->expects || options->timeout_seconds != 0;
}

/* The user starts the machine from QEMU's monitor or a debugger. */
static bool is_held(const struct qemu_options *options)
{
	for (char **word = options->extra; word != NULL && *word != NULL; word++) {
		if (strcmp(*word, "-S") == 0)
			return true;
	}
	return false;
}

static void add_words(struct qemu *qemu, const char *const *words)
{
	for (; *words != NULL && qemu->words < WORDS_MAX; words++)
		qemu->word[qemu->words++] = *words;
}

/* Commas end a value in QEMU's options; a doubled one stands for itself. "x:..." would be a protocol. */
static void make_drive(struct qemu *qemu)
{
	int used = snprintf(qemu->drive, sizeof qemu->drive, "if=none,id=boot,format=raw,snapshot=on,file=%s",
			    qemu->options->image[0] == '/' ? "" : "./");
	char *to = qemu->drive + used;

	for (const char *from = qemu->options->image; *from != '\0' && to < qemu->drive + sizeof qemu->drive - 3; from++) {
		if (*from == ',')
			*to++ = ',';
		*to++ = *from;
	}
	*to = '\0';
}

/* What the firmware writes to its variables is dropped with the machine. */
static enum exit_code add_firmware(struct qemu *qemu)
{
	const char *const whole[] = { "-bios", qemu->code, NULL }, *const flash[] = { "-drive", qemu->code, "-drive", qemu->variables,
										      NULL };
	struct ovmf ovmf;
	enum exit_code code;

	if (qemu->options->firmware != FIRMWARE_UEFI)
		return EXIT_OK;
	code = ovmf_find(&ovmf);
	if (code != EXIT_OK)
		return code;
	snprintf(qemu->code, sizeof qemu->code, ovmf.variables != NULL ? "if=pflash,unit=0,format=raw,readonly=on,file=%s" : "%s",
		 ovmf.code);
	snprintf(qemu->variables, sizeof qemu->variables, "if=pflash,unit=1,format=raw,snapshot=on,file=%s",
		 ovmf.variables != NULL ? ovmf.variables : "");
	add_words(qemu, ovmf.variables != NULL ? flash : whole);
	return EXIT_OK;
}

/* No -accel: QEMU takes TCG then, which is the same machine on every host, and `-- -accel kvm` still has its way. */
static enum exit_code make_words(struct qemu *qemu, int control_fd)
{
	const struct qemu_options *options = qemu->options;
	bool watched = is_watched(options);
	const char *const machine[] = { "qemu-system-x86_64",
					"-nodefaults",
					"-no-user-config",
					"-display",
					"none",
					"-vga",
					"std",
					"-boot",
					"strict=on",
					"-m",
					qemu->memory,
					"-drive",
					qemu->drive,
					"-device",
					qemu->device,
					"-device",
					"isa-debug-exit,iobase=0xf4,iosize=4",
					NULL };
	static const char *const piped[] = { "-serial", "stdio", "-monitor", "none", NULL };
	static const char *const terminal[] = { "-serial", "mon:stdio", NULL };
	static const char *const no_reset[] = { "-no-reboot", NULL };
	const char *const control[] = { "-S", "-chardev", qemu->monitor, "-mon", "chardev=mkboot-control,mode=control", NULL };
	enum exit_code code;

	snprintf(qemu->memory, sizeof qemu->memory, "%lluM", (unsigned long long)(options->memory_bytes + (1 << 20) - 1) >> 20);
	snprintf(qemu->device, sizeof qemu->device, "virtio-blk-pci,drive=boot,bootindex=0,logical_block_size=%u,physical_block_size=%u",
		 options->sector_bytes, options->sector_bytes);
	snprintf(qemu->monitor, sizeof qemu->monitor, "socket,id=mkboot-control,fd=%d", control_fd);
	make_drive(qemu);
	add_words(qemu, machine);
	add_words(qemu, control);
	if (!options->allow_reset)
		add_words(qemu, no_reset);
	add_words(qemu, watched ? piped : terminal);
	code = add_firmware(qemu);
	if (options->extra != NULL)
		add_words(qemu, (const char *const *)options->extra);
	qemu->word[qemu->words] = NULL;
	return code;
}

/* Of an absolute path, since QEMU takes "x:..." for a protocol. It says itself no more than "could not open", and not what. */
static enum exit_code find_temporary_folder(struct qemu *qemu)
{
	const char *folder = getenv("TMPDIR");
	char real_path[PATH_MAX], name[PATH_MAX + sizeof "/mkboot.XXXXXX"];
	int fd = -1, error;

	if (folder == NULL || folder[0] == '\0')
		folder = TEMPORARY_FOLDER;
	if (realpath(folder, real_path) != NULL) {
		snprintf(name, sizeof name, "%s/mkboot.XXXXXX", real_path);
		fd = mkostemp(name, O_CLOEXEC);
	}
	error = errno;
	if (fd >= 0) {
		unlink(name);
		close(fd);
		snprintf(qemu->temporary, sizeof qemu->temporary, "TMPDIR=%s", real_path);
		return EXIT_OK;
	}
	fail(EXIT_IO, "cannot start QEMU", folder, "no temporary file can be made there: %s", strerror(error));
	hint("set TMPDIR to a folder that can be written to");
	return EXIT_IO;
}

/* Of ours, without what changes the machine behind our back, and with a certain folder for temporary files. */
static enum exit_code make_environment(struct qemu *qemu)
{
	static const char *const left_out[] = { "QEMU_", "TMPDIR=" };
	size_t count = 0, kept = 0;

	while (environ[count] != NULL)
		count++;
	qemu->environment = calloc(count + 2, sizeof *qemu->environment);
	if (qemu->environment == NULL)
		return fail_errno(EXIT_FAILED, "cannot start QEMU", NULL, ENOMEM);
	for (size_t i = 0; i < count; i++) {
		bool leave_out = false;

		for (unsigned j = 0; j < sizeof left_out / sizeof left_out[0]; j++)
			leave_out |= strncmp(environ[i], left_out[j], strlen(left_out[j])) == 0;
		if (!leave_out)
			qemu->environment[kept++] = environ[i];
	}
	qemu->environment[kept] = qemu->temporary;
	return find_temporary_folder(qemu);
}

/* Gives the end of its standard output that is read from, or -1. */
static enum exit_code start(struct qemu *qemu, int *serial)
{
	struct spawn_files files = { .in = -1, .out = -1, .error = -1 };
	char path[PATH_MAX];
	int pipes[2] = { -1, -1 }, error = 0;

	if (program_find(qemu->word[0], path) == NULL)
		return spawn_check(qemu->word[0], "qemu-system-x86");
	if (is_watched(qemu->options)) {
		files.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
		error = files.in < 0 || pipe2(pipes, O_CLOEXEC) != 0 ? errno : 0;
		files.out = pipes[1];
	}
	if (error == 0)
		error = spawn_start(path, (char *const *)(uintptr_t)qemu->word, qemu->environment, &files, &qemu->process);
	if (files.in >= 0)
		close(files.in);
	if (pipes[1] >= 0)
		close(pipes[1]);
	if (error != 0 && pipes[0] >= 0)
		close(pipes[0]);
	*serial = pipes[0];
	return error == 0 ? EXIT_OK : fail_errno(EXIT_FAILED, "cannot start", path, error);
}

/* SIGKILL loses nothing, since the image is not written and QEMU's own file is unlinked already. */
static int end_process(const struct qemu *qemu, bool now)
{
	int status;

	if (now)
		kill(qemu->process, SIGKILL);
	status = spawn_wait(qemu->process);
	terminal_restore();
	return status;
}

static void say_start(const struct qemu_options *options)
{
	if (!is_watched(options) && isatty(STDIN_FILENO))
		note("starting %s; Ctrl-A X ends the machine", options->image);
	else if (options->is_default_limit)
		note("waiting at most %llu s for the expected line; --timeout changes that", (unsigned long long)options->timeout_seconds);
}

/* `*theirs` is QEMU's end of the monitor's connection: its own alone from the start on, so that QEMU's end is seen. */
static enum exit_code run(struct qemu *qemu, struct qemu_watch *watch, int *theirs)
{
	enum watch_end end;
	enum exit_code code = start(qemu, &watch->serial);
	int status;

	close(*theirs);
	*theirs = -1;
	if (code != EXIT_OK)
		return code;
	end = qemu_watch(watch);
	status = end_process(qemu, end != WATCH_ENDED);
	return qemu_verdict(watch, end, status);
}

enum exit_code qemu_run(const struct qemu_options *options)
{
	struct qemu qemu = { .options = options };
	struct qemu_watch watch = { .options = options, .serial = -1 };
	enum exit_code code = EXIT_OK;
	int theirs;

	if (!qemu_monitor_open(&watch.monitor, !is_held(options), &theirs))
		return fail_errno(EXIT_FAILED, "cannot start QEMU", options->image, errno);
	code = make_words(&qemu, theirs);
	if (code == EXIT_OK)
		code = make_environment(&qemu);
	if (code == EXIT_OK) {
		interrupts_catch();
		terminal_save();
		say_start(options);
		code = run(&qemu, &watch, &theirs);
	}
	if (theirs >= 0)
		close(theirs);
	qemu_monitor_close(&watch.monitor);
	free(qemu.environment);
	return code;
}
