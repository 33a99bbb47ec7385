/* SPDX-License-Identifier: MIT */
/* `mkboot create`: options, and the order of the steps. */
#include "disk-tools/create.h"

#include "core/base/text.h"
#include "core/config/chain_target.h"
#include "core/config/loader_conf.h" // TIMEOUT_MAX_SECONDS
#include "disk-tools/commands.h"
#include "disk-tools/fat_write.h"
#include "disk-tools/kernel_option.h"
#include "disk-tools/output.h"
#include "disk-tools/stage2_copy.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Options with one text each: where it goes. */
static const struct {
	const char *name;
	size_t field;
} single[] = {
	{ "root", offsetof(struct create_options, root) },         { "id", offsetof(struct create_options, id) },
	{ "title", offsetof(struct create_options, title) },       { "version", offsetof(struct create_options, version) },
	{ "sort-key", offsetof(struct create_options, sort_key) }, { "efi-loader", offsetof(struct create_options, efi_loader) },
};

static enum exit_code set_single(void *into, const char *name, const char *value)
{
	for (unsigned i = 0; i < sizeof single / sizeof single[0]; i++) {
		const char **field = (const char **)((char *)into + single[i].field);

		if (strcmp(name, single[i].name) != 0)
			continue;
		if (*field != NULL)
			return fail(EXIT_USAGE, "option given twice", NULL, "--%s", name);
		*field = value;
	}
	return EXIT_OK;
}

static enum exit_code check_target(const char *value)
{
	struct chain_target target;
	struct err err;
	char why[256];

	if (chain_target_parse(span_of((const uint8_t *)value, strlen(value)), &target, &err) == OK)
		return EXIT_OK;
	err_to_text(&err, why, sizeof why);
	fail(EXIT_USAGE, "not a boot sector's place", NULL, "--chain \"%s\": %s", value, why);
	hint("say --chain 'disk N', 'partition M' or 'disk N partition M'; disks count from 0, partitions from 1");
	return EXIT_USAGE;
}

static enum exit_code set_kernel(void *into, const char *name, const char *value)
{
	static const struct {
		const char *key;
		enum entry_kind kind;
	} kinds[] = {
#define KIND_OF_KEY(name, key, takes, readers, what, help) { #key, ENTRY_##name },
		ENTRY_KINDS(KIND_OF_KEY)
	};
	struct create_options *options = into;

	if (options->kernel != NULL) {
		fail(EXIT_USAGE, "two kernels", NULL, "--%s %s and --%s %s", entry_kind_name(options->kind), options->kernel, name, value);
		hint("an entry starts one kernel; with --root DIR an image has many entries");
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].key, name) == 0)
			options->kind = kinds[i].kind;
	}
	options->kernel = value;
	return options->kind == ENTRY_CHAIN ? check_target(value) : EXIT_OK;
}

static enum exit_code set_text(void *into, const char *name, const char *value)
{
	struct create_options *options = into;
	struct texts *texts = strcmp(name, "initrd") == 0   ? &options->initrds
			      : strcmp(name, "module") == 0 ? &options->modules
							    : &options->options;

	if (texts->count == TEXTS_MAX)
		return fail(EXIT_USAGE, "option given too often", NULL, "--%s (at most %d times)", name, TEXTS_MAX);
	if (texts != &options->options || value[0] != '\0') /* no options are possible, a file without a name is not */
		texts->text[texts->count++] = value;
	return EXIT_OK;
}

static enum exit_code set_setting(void *into, const char *name, const char *value)
{
	struct create_options *options = into;
	const char *expected;

	for (unsigned i = 0; i < options->setting_count; i++) {
		if (strcmp(options->setting[i].key, name) == 0)
			return fail(EXIT_USAGE, "option given twice", NULL, "--%s", name);
	}
	if (setting_take(span_of((const uint8_t *)name, strlen(name)), span_of((const uint8_t *)value, strlen(value)), &options->settings,
			 &expected) != SETTING_OK)
		return fail(EXIT_USAGE, "not a value of this option", NULL, "--%s \"%s\" (%s)", name, value, expected);
	options->setting[options->setting_count++] = (struct setting_option){ .key = name, .value = value };
	return EXIT_OK;
}

static enum exit_code set_table(void *into, const char *name, const char *value)
{
	struct create_options *options = into;

	if (strcmp(value, "gpt") != 0 && strcmp(value, "mbr") != 0)
		return fail(EXIT_USAGE, "unknown partition table", NULL, "--%s %s (gpt or mbr)", name, value);
	options->table = strcmp(value, "gpt") == 0 ? TABLE_GPT : TABLE_MBR;
	return EXIT_OK;
}

static enum exit_code set_size(void *into, const char *name, const char *value)
{
	return parse_size(name, value, 1, &((struct create_options *)into)->bytes);
}

static enum exit_code set_sector_size(void *into, const char *name, const char *value)
{
	if (strcmp(value, "512") != 0 && strcmp(value, "4096") != 0)
		return fail(EXIT_USAGE, "no such sector size", NULL, "--%s %s (512 or 4096)", name, value);
	((struct create_options *)into)->sector_bytes = (unsigned)atoi(value);
	return EXIT_OK;
}

static enum exit_code set_timeout(void *into, const char *name, const char *value)
{
	uint64_t seconds;

	((struct create_options *)into)->timeout = value;
	return parse_number(name, value, 0, TIMEOUT_MAX_SECONDS, &seconds);
}

static enum exit_code set_on_failure(void *into, const char *name, const char *value)
{
	unsigned action = 0;

	while (action < FAILURE_ACTIONS && strcmp(value, failure_action_names[action]) != 0)
		action++;
	if (action == FAILURE_ACTIONS)
		return fail(EXIT_USAGE, "unknown action", NULL, "--%s %s (firmware, reboot or halt)", name, value);
	((struct create_options *)into)->on_failure = value;
	return EXIT_OK;
}

static enum exit_code set_pmbr_active(void *into, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct create_options *)into)->pmbr_active = true;
	return EXIT_OK;
}

static enum exit_code set_force(void *into, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct create_options *)into)->force = true;
	return EXIT_OK;
}

#define KIND_OPTION(name, key, takes, readers, what, help) { #key, what, help, set_kernel },

/* " --KEY" for each kind that takes modules. */
#define WITH_MODULE(name, key, takes, readers, what, help) WITH_MODULE_##takes(key)
#define WITH_MODULE_MODULES(key)                           " --" #key
#define WITH_MODULE_INITRDS(key)
#define WITH_MODULE_NOTHING(key)

static const struct option create_option_table[] = {
	ENTRY_KINDS(KIND_OPTION) // one option for each
	{ "initrd", "FILE", "an initrd for --linux; may be repeated", set_text },
	{ "options", "TEXT", "the kernel's command line; more than one are joined by blanks", set_text },
	{ "module", "'FILE ARGS'", "a module, with one of" ENTRY_KINDS(WITH_MODULE) "; may be repeated", set_text },
	{ "video", "MODE", "the screen at the kernel's entry: text, keep, native or WIDTHxHEIGHT[xDEPTH]", set_setting },
	{ "preflight", "off|warn|strict", "checks before a hypervisor starts", set_setting },
	{ "kaslr", "on|off", "with --elf: where a position-independent kernel lies (default: on)", set_setting },
	{ "multiboot-uefi", "on|off", "with --multiboot: start it on UEFI, too (default: off)", set_setting },
	{ "title", "TEXT", "name of the entry in the menu", set_single },
	{ "version", "TEXT", "version of the entry: the newest comes first in the menu", set_single },
	{ "sort-key", "TEXT", "place of the entry in the menu", set_single },
	{ "id", "NAME", "file name of the entry; without it, made from the kernel's name", set_single },
	{ "root", "DIR", "take all files of DIR, with loader/entries/*.conf, instead of the options above", set_single },
	{ "efi-loader", "FILE", "this BOOTX64.EFI instead of the one inside mkboot: a signed one", set_single },
	{ "timeout", "SECONDS", "show the menu for so long (without it: no menu)", set_timeout },
	{ "on-failure", "firmware|reboot|halt", "what to do when no entry could be started (default: firmware)", set_on_failure },
	{ "table", "gpt|mbr", "partition table (default: gpt)", set_table },
	{ "size", "N[K|M|G]", "size of the image (default: 64M, or what the files and some free space need)", set_size },
	{ "sector-size", "512|4096", "bytes of a sector (default: 512); 4096 needs GPT, and only UEFI boots it", set_sector_size },
	{ "pmbr-active", NULL, "mark the protective MBR active, for old firmware that starts no other disk", set_pmbr_active },
	{ "force", NULL, "replace OUT also if it is a file that mkboot did not make", set_force },
	{ NULL, NULL, NULL, NULL },
};

static enum exit_code check_entry_options(const struct create_options *options)
{
	bool initrd = entry_kind_takes_initrd(options->kind), modules = entry_kind_takes_modules(options->kind);
	const char *misfit;

	if (options->kernel == NULL) {
		fail(EXIT_USAGE, "no kernel", NULL, "say --linux, --multiboot2 or another kind of kernel with its FILE, or --root DIR");
		hint("for example: mkboot create --linux vmlinuz --initrd initrd.img --options 'console=ttyS0' disk.img");
		return EXIT_USAGE;
	}
	misfit = settings_misfit(&options->settings, entry_kind_name(options->kind));
	if (misfit != NULL)
		return fail(EXIT_USAGE, "options do not fit together", NULL, "--%s means nothing to --%s", misfit,
			    entry_kind_name(options->kind));
	if (options->kind == ENTRY_CHAIN && options->options.count > 0)
		return fail(EXIT_USAGE, "options do not fit together", NULL, "--chain takes no --options: a boot sector has none");
	if ((initrd || options->initrds.count == 0) && (modules || options->modules.count == 0))
		return EXIT_OK;
	return fail(EXIT_USAGE, "options do not fit together", NULL,
		    initrd    ? "--%s takes --initrd, not --module"
		    : modules ? "--%s takes --module, not --initrd"
			      : "--%s takes neither --initrd nor --module",
		    entry_kind_name(options->kind));
}

static enum exit_code check_options(const struct create_options *options)
{
	bool entry = options->kernel != NULL || options->id != NULL || options->title != NULL || options->version != NULL ||
		     options->sort_key != NULL || options->initrds.count + options->options.count + options->modules.count > 0 ||
		     options->setting_count > 0;

	if (options->out == NULL) {
		fail(EXIT_USAGE, "no output", NULL, "the name of the image is missing");
		hint("mkboot create ... disk.img");
		return EXIT_USAGE;
	}
	if (options->pmbr_active && options->table != TABLE_GPT)
		return fail(EXIT_USAGE, "options do not fit together", NULL, "--pmbr-active is for --table gpt");
	if (options->sector_bytes != LAYOUT_SECTOR_BYTES && (options->table != TABLE_GPT || options->pmbr_active))
		return fail(EXIT_USAGE, "options do not fit together", NULL,
			    "--sector-size %u is for --table gpt, and no BIOS boots from it", options->sector_bytes);
	if (options->root != NULL && entry)
		return fail(EXIT_USAGE, "options do not fit together", NULL, "--root has its own entries, in loader/entries");
	return options->root != NULL ? EXIT_OK : check_entry_options(options);
}

/* All files of the user's folder, and what options ask for beside them. */
static enum exit_code collect_tree(const struct create_options *options, struct content *content)
{
	enum exit_code code = content_add_tree(content, options->root);

	if (code == EXIT_OK)
		code = content_finish(content);
	if (code != EXIT_OK || (options->timeout == NULL && options->on_failure == NULL))
		return code;
	if (content_find(content, "loader/loader.conf") != NULL)
		return fail(EXIT_USAGE, "options do not fit together", NULL,
			    "--root %s has a loader/loader.conf: say --timeout and --on-failure there", options->root);
	return create_loader_conf(options, NULL, content);
}

static enum exit_code collect(const struct create_options *options, struct content *content)
{
	enum exit_code code = options->root != NULL ? collect_tree(options, content) : create_entry(options, content);

	if (code == EXIT_OK)
		code = create_efi_loader(options, content);
	return code == EXIT_OK ? content_finish(content) : code;
}

/* The image must not be one of the things that go into it. */
static enum exit_code check_inputs(const struct create_options *options, const struct content *content)
{
	struct stat status;

	if (stat(options->out, &status) != 0)
		return EXIT_OK;
	for (size_t i = 0; i < content->count; i++) {
		const struct content_item *item = &content->item[i];

		if (item->source != NULL && item->device == status.st_dev && item->inode == status.st_ino)
			return fail(EXIT_USAGE, "output is an input", options->out, "it would be copied into itself as /%s", item->path);
	}
	return EXIT_OK;
}

/* A file too many stands where the image's name belongs. */
static const char *advice(const struct create_options *options)
{
	if (options->kernel != NULL && entry_kind_takes_initrd(options->kind))
		return "each initrd needs an --initrd of its own: to give several initrds repeat --initrd";
	if (options->kernel != NULL && entry_kind_takes_modules(options->kind))
		return "each module needs a --module of its own";
	return "give the image another name";
}

static enum exit_code create(const struct create_options *options, struct content *content)
{
	const struct image_wish wish = { .table = options->table, .sector_bytes = options->sector_bytes, .bytes = options->bytes };
	struct image_layout layout;
	char target[PATH_MAX];
	enum exit_code code = check_options(options);

	if (code == EXIT_OK)
		code = collect(options, content);
	if (code == EXIT_OK)
		code = check_inputs(options, content);
	if (code == EXIT_OK)
		code = output_find(options->out, options->force, advice(options), target);
	if (code == EXIT_OK)
		code = content_check(content);
	if (code == EXIT_OK)
		code = image_layout_make(content, &wish, &layout);
	if (code == EXIT_OK)
		code = fat_check_tools();
	return code == EXIT_OK ? image_write(options, content, &layout, target) : code;
}

static enum exit_code create_run(int count, char **words)
{
	struct create_options options = { .table = TABLE_GPT, .sector_bytes = LAYOUT_SECTOR_BYTES };
	struct content content = { 0 };
	struct operands operands;
	enum exit_code code = options_parse(&command_create, count, words, &options, &operands);

	options.out = operands.operand[0];
	if (code == EXIT_OK)
		code = create(&options, &content);
	if (code == EXIT_USAGE && options.kernel == NULL && options.root == NULL && operands.count > 0)
		hint_kernel_option(operands.operand[0]);
	content_free(&content);
	return code;
}

const struct command command_create = {
	.name = "create",
	.usage = "[ENTRY OPTIONS | --root DIR] [OPTIONS] OUT",
	.help = "make a disk image that boots",
	.options = create_option_table,
	.one_operand = "one word is the name of the image; to give several initrds or modules, repeat --initrd or --module",
	.run = create_run,
};
