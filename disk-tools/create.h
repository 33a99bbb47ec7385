/* SPDX-License-Identifier: MIT */
/* `mkboot create`: what the command line asked for, and the steps from there to an image. */
#pragma once

#include "disk-tools/content.h"
#include "disk-tools/image_layout.h"
#include "core/config/entry.h" // entry_kind, ENTRY_MODULES_MAX

enum { TEXTS_MAX = ENTRY_MODULES_MAX };

struct texts {
	unsigned count;
	const char *text[TEXTS_MAX];
};

/* A line of the entry that says how to start the kernel (core/config/settings.h). */
struct setting_option {
	const char *key, *value;
};

enum { SETTING_OPTIONS_MAX = 8 };

struct create_options {
	const char *out;
	const char *root;       /* NULL: one entry from the options below */
	const char *efi_loader; /* NULL: the one inside mkboot */
	const char *id, *title, *version, *sort_key;
	enum entry_kind kind;
	const char *kernel;
	struct texts initrds, options, modules;
	unsigned setting_count;
	struct setting_option setting[SETTING_OPTIONS_MAX];
	struct entry_settings settings;   /* what they say together */
	const char *timeout, *on_failure; /* as written; NULL: not given */
	enum table_kind table;
	uint64_t bytes; /* 0: as the content needs */
	unsigned sector_bytes;
	bool pmbr_active, force;
};

/* Turns the entry options into files, /loader/entries/ID.conf and /loader/loader.conf. */
enum exit_code create_entry(const struct create_options *options, struct content *content);

/* The loader's own file on the boot volume: BOOTX64.EFI. */
enum exit_code create_efi_loader(const struct create_options *options, struct content *content);

/* loader.conf for a --root without one, if options ask for something that is in it. */
enum exit_code create_loader_conf(const struct create_options *options, const char *id, struct content *content);

/* Writes the image aside, reads it back with the loader's code, and gives it its name, which is `target` (output.h). */
enum exit_code image_write(const struct create_options *options, const struct content *content, const struct image_layout *layout,
			   const char *target);

/* Reads the configuration with the loader's code and makes the plan of each entry; says what is wrong. */
enum exit_code content_check(const struct content *content);
