/* SPDX-License-Identifier: MIT */
/* `mkboot run`: boots an image in QEMU, which cannot change it, with the first serial port on this terminal. */
#include "disk-tools/commands.h"

#include "core/base/known.h"
#include "core/block/device_file.h"
#include "disk-tools/host_disk.h"
#include "disk-tools/model.h" // parse_firmware
#include "disk-tools/qemu.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Seconds: what --expect waits at most without --timeout, and what both can wait. */
enum { EXPECT_SECONDS = 300, TIMEOUT_MAX = 1000000 };

static enum exit_code set_firmware(void *into, const char *name, const char *value)
{
	return parse_firmware(name, value, &((struct qemu_options *)into)->firmware);
}

static enum exit_code set_memory(void *into, const char *name, const char *value)
{
	return parse_size(name, value, 1ull << 20, &((struct qemu_options *)into)->memory_bytes);
}

static enum exit_code set_timeout(void *into, const char *name, const char *value)
{
	return parse_number(name, value, 1, TIMEOUT_MAX, &((struct qemu_options *)into)->timeout_seconds);
}

static enum exit_code set_allow_reset(void *into, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct qemu_options *)into)->allow_reset = true;
	return EXIT_OK;
}

static enum exit_code set_expect(void *into, const char *name, const char *value)
{
	struct qemu_options *options = into;
	char text[256];
	int error;

	if (options->expects)
		return fail(EXIT_USAGE, "option given twice", NULL, "--%s", name);
	error = regcomp(&options->expected, value, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (error != 0) {
		regerror(error, &options->expected, text, sizeof text);
		return fail(EXIT_USAGE, "not a regular expression", NULL, "--%s '%s': %s", name, value, text);
	}
	options->expects = true;
	return EXIT_OK;
}

static const struct option run_option_table[] = {
	{ "firmware", "bios|uefi", "the machine's firmware (default: bios)", set_firmware },
	{ "memory", "N[M|G]", "memory of the machine (default: 512M)", set_memory },
	{ "timeout", "SECONDS", "end the machine after so long, with exit status 1", set_timeout },
	{ "expect", "REGEX", "end with 0 as soon as a line on the serial port matches, with 1 if none does (in 300 s without --timeout)",
	  set_expect },
	{ "allow-reset", NULL, "let the machine start again when it is reset; without it a reset is a failure", set_allow_reset },
	{ NULL, NULL, NULL, NULL },
};

/* A file system without a boot sector is no disk that a machine starts from. */
static void warn_of_volume(struct host_disk *disk)
{
	static struct device_file file;
	const struct known *known;
	uint8_t signature[2];
	struct err ignored;

	device_file_init(&file, &disk->device);
	if (file_read(&file.file, 510, sizeof signature, signature, &ignored) == OK && signature[0] == 0x55 && signature[1] == 0xAA)
		return;
	known = known_find(&file.file, KNOWN_VOLUME | KNOWN_BLANK);
	if (known != NULL)
		warn("%s is %s: no firmware finds a loader there", disk->device.name, known->name);
}

static enum exit_code run_run(int count, char **words)
{
	struct qemu_options options = { .firmware = FIRMWARE_BIOS, .memory_bytes = 512ull << 20 };
	struct operands operands;
	struct host_disk disk;
	enum exit_code code = options_parse(&command_run, count, words, &options, &operands);

	if (code == EXIT_OK && operands.count != 1)
		code = fail(EXIT_USAGE, "no image", NULL, "mkboot run %s", command_run.usage);
	/* A missing image is our error, not QEMU's. */
	if (code == EXIT_OK)
		code = host_disk_open(&disk, operands.operand[0]);
	if (code == EXIT_OK) {
		warn_of_volume(&disk);
		host_disk_close(&disk);
		options.sector_bytes = disk.device.block_bytes;
		options.image = operands.operand[0];
		options.extra = operands.rest;
		options.is_default_limit = options.expects && options.timeout_seconds == 0;
		if (options.is_default_limit)
			options.timeout_seconds = EXPECT_SECONDS;
		code = qemu_run(&options);
	}
	if (options.expects)
		regfree(&options.expected);
	return code;
}

const struct command command_run = {
	.name = "run",
	.usage = "[OPTIONS] IMAGE [-- QEMU ARGS]",
	.help = "boot an image in QEMU; nothing is written to it",
	.options = run_option_table,
	.takes_rest = true,
	.one_operand = "one word is the name of the image; arguments for QEMU follow --",
	.run = run_run,
};
