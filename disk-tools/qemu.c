/* SPDX-License-Identifier: MIT */
/* Starting QEMU, passing on what its serial port sends, and waiting for a line of it. */
#include "disk-tools/qemu.h"

#include "disk-tools/atomic_file.h" // interrupts_catch
#include "disk-tools/ovmf.h"
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
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 256, LINE_BYTES = 4096, READ_BYTES = 4096, NO_TIMEOUT = -1, REST_MS = 200 };

/* isa-debug-exit: what a kernel writes to end the machine as a success; QEMU ends with twice the value, plus one. */
enum { DEBUG_EXIT_SUCCESS = 16 };

extern char **environ;

struct qemu {
	const struct qemu_options *options;
	const char *word[WORDS_MAX + 1];
	unsigned words;
	char memory[32], device[128], drive[2 * PATH_MAX + 64], code[PATH_MAX + 64], variables[PATH_MAX + 64];
	pid_t process;
	int serial;            /* reads what the machine sends; -1: it goes to the terminal directly */
	char line[LINE_BYTES]; /* the line that is being received */
	size_t line_bytes;
};

static bool is_watched(const struct qemu_options *options)
{
	return options->expects || options->timeout_seconds != 0;
}

static void add_words(struct qemu *qemu, const char *const *words)
{
	for (; *words != NULL && qemu->words < WORDS_MAX; words++)
		qemu->word[qemu->words++] = *words;
}

/* Commas end a value in QEMU's options; a doubled one stands for itself. */
static void make_drive(struct qemu *qemu)
{
	int used = snprintf(qemu->drive, sizeof qemu->drive, "if=none,id=boot,format=raw,snapshot=on,file=");
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
static enum exit_code make_words(struct qemu *qemu)
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
	static const char *const piped[] = { "-serial", "stdio", "-monitor", "none", "-no-reboot", NULL };
	static const char *const terminal[] = { "-serial", "mon:stdio", NULL };
	enum exit_code code;

	snprintf(qemu->memory, sizeof qemu->memory, "%lluM", (unsigned long long)(options->memory_bytes + (1 << 20) - 1) >> 20);
	snprintf(qemu->device, sizeof qemu->device, "virtio-blk-pci,drive=boot,bootindex=0,logical_block_size=%u,physical_block_size=%u",
		 options->sector_bytes, options->sector_bytes);
	make_drive(qemu);
	add_words(qemu, machine);
	add_words(qemu, watched ? piped : terminal);
	code = add_firmware(qemu);
	if (options->extra != NULL)
		add_words(qemu, (const char *const *)options->extra);
	qemu->word[qemu->words] = NULL;
	return code;
}

static enum exit_code start(struct qemu *qemu)
{
	posix_spawn_file_actions_t files;
	char path[PATH_MAX];
	int pipes[2] = { -1, -1 }, error;

	if (program_find(qemu->word[0], path) == NULL)
		return spawn_check(qemu->word[0], "qemu-system-x86");
	posix_spawn_file_actions_init(&files);
	if (is_watched(qemu->options)) {
		if (pipe2(pipes, O_CLOEXEC) != 0)
			return fail_errno(EXIT_FAILED, "cannot start", path, errno);
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&files, pipes[1], STDOUT_FILENO);
	}
	error = posix_spawn(&qemu->process, path, &files, NULL, (char *const *)(uintptr_t)qemu->word, environ);
	posix_spawn_file_actions_destroy(&files);
	if (pipes[1] >= 0)
		close(pipes[1]);
	qemu->serial = pipes[0];
	if (error != 0)
		return fail_errno(EXIT_FAILED, "cannot start", path, error);
	spawn_set_child(qemu->process);
	return EXIT_OK;
}

/* Takes what was received apart into lines; the unfinished one counts, too, since a prompt has no end. */
static bool line_matches(struct qemu *qemu, const char *data, size_t bytes)
{
	const regex_t *expected = &qemu->options->expected;

	for (size_t i = 0; i < bytes; i++) {
		bool end = data[i] == '\n' || qemu->line_bytes == LINE_BYTES - 1;

		if (end) {
			qemu->line[qemu->line_bytes] = '\0';
			if (regexec(expected, qemu->line, 0, NULL, 0) == 0)
				return true;
			qemu->line_bytes = 0;
		}
		if (data[i] != '\n' && data[i] != '\r' && data[i] != '\0')
			qemu->line[qemu->line_bytes++] = data[i];
	}
	qemu->line[qemu->line_bytes] = '\0';
	return regexec(expected, qemu->line, 0, NULL, 0) == 0;
}

static int64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The line that was waited for may not have been sent to its end. */
static void pass_rest_of_line(struct qemu *qemu)
{
	char c = '\0';

	while (c != '\n') {
		struct pollfd wait = { .fd = qemu->serial, .events = POLLIN };

		if (poll(&wait, 1, REST_MS) <= 0 || read(qemu->serial, &c, 1) != 1)
			break;
		fputc(c, stdout);
	}
	fflush(stdout);
}

enum watch_end { WATCH_MATCHED, WATCH_CLOSED, WATCH_TIMEOUT };

static enum watch_end watch(struct qemu *qemu)
{
	const struct qemu_options *options = qemu->options;
	int64_t end_ms = now_ms() + (int64_t)options->timeout_seconds * 1000;

	for (;;) {
		struct pollfd wait = { .fd = qemu->serial, .events = POLLIN };
		int64_t left_ms = options->timeout_seconds != 0 ? end_ms - now_ms() : NO_TIMEOUT;
		char data[READ_BYTES];
		ssize_t got;

		if (options->timeout_seconds != 0 && left_ms <= 0)
			return WATCH_TIMEOUT;
		if (poll(&wait, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms) <= 0)
			continue;
		got = read(qemu->serial, data, sizeof data);
		if (got <= 0)
			return WATCH_CLOSED;
		fwrite(data, 1, (size_t)got, stdout);
		fflush(stdout);
		if (!options->expects || !line_matches(qemu, data, (size_t)got))
			continue;
		if (data[got - 1] != '\n')
			pass_rest_of_line(qemu);
		return WATCH_MATCHED;
	}
}

/* Waits for the end; SIGKILL loses nothing, since the image is not written and QEMU's own file is unlinked already. */
static int end_process(struct qemu *qemu, bool now)
{
	int status = 0;

	if (now)
		kill(qemu->process, SIGKILL);
	while (waitpid(qemu->process, &status, 0) < 0 && errno == EINTR)
		;
	spawn_set_child(0);
	return status;
}

static enum exit_code judge(const struct qemu *qemu, enum watch_end end, int status)
{
	const struct qemu_options *options = qemu->options;

	if (end == WATCH_MATCHED)
		return EXIT_OK;
	if (end == WATCH_TIMEOUT)
		return fail(EXIT_FAILED, options->expects ? "the expected line did not come" : "the machine was ended", options->image,
			    "timeout of %llu s", (unsigned long long)options->timeout_seconds);
	if (options->expects)
		return fail(EXIT_FAILED, "the expected line did not come", options->image, "the machine ended before");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EXIT_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == (DEBUG_EXIT_SUCCESS << 1 | 1))
		return EXIT_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) % 2 == 1 && WEXITSTATUS(status) > 1)
		return fail(EXIT_FAILED, "the machine ended itself", options->image, "it wrote %d to port 0xf4", WEXITSTATUS(status) / 2);
	return fail(EXIT_FAILED, "QEMU failed", options->image, "see its message above");
}

enum exit_code qemu_run(const struct qemu_options *options)
{
	struct qemu qemu = { .options = options, .serial = -1 };
	enum watch_end end = WATCH_CLOSED;
	enum exit_code code = make_words(&qemu);
	int status;

	if (code != EXIT_OK)
		return code;
	interrupts_catch();
	if (!is_watched(options) && isatty(STDIN_FILENO))
		fprintf(stderr, "mkboot: starting %s; Ctrl-A X ends the machine\n", options->image);
	code = start(&qemu);
	if (code != EXIT_OK)
		return code;
	if (qemu.serial >= 0) {
		end = watch(&qemu);
		close(qemu.serial);
	}
	status = end_process(&qemu, end != WATCH_CLOSED);
	return judge(&qemu, end, status);
}
