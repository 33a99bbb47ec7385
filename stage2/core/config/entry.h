/* SPDX-License-Identifier: MIT */
/*
 * Boot entries: Boot Loader Specification type 1 (UAPI.1) plus the keys of mkboot (see docs: mkboot-entry(5)).
 *
 * Values are literal: no quoting, no escapes. Strings point into the arena given to the parser.
 */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"
#include "core/config/chain_target.h"
#include "core/config/config_notice.h"
#include "core/config/entry_kinds.h"
#include "core/config/entry_name.h"
#include "core/config/settings.h"

#include <stdbool.h>

struct arena;

#define ENTRY_KIND_NAME(name, key, takes, readers, what, help) ENTRY_##name,

/* What kind of kernel an entry starts, by the key that names it: entry_kinds.h. ENTRY_CHAIN's is no path but a target: chain_target.h. */
enum entry_kind { ENTRY_NONE, ENTRY_KINDS(ENTRY_KIND_NAME) };

enum { ENTRY_MODULES_MAX = 64 };

/* An initrd (arguments "") or a module. */
struct entry_module {
	const char *path;
	const char *arguments; /* what follows the path and its blanks; "" if nothing does */
	unsigned line;
};

struct entry {
	struct entry_name name;
	const char *title, *version, *machine_id, *sort_key; /* "" where missing; title falls back to the id */
	const char *architecture;                            /* "" or as written */
	enum entry_kind kind;
	const char *kernel; /* path */
	unsigned kernel_line;
	struct chain_target chain; /* ENTRY_CHAIN only */
	const char *options;       /* all `options` lines joined by one space; "" */
	unsigned module_count;
	struct entry_module *module;
	struct entry_settings settings;
};

/*
 * Parses the text of the entry `name`, whose strings must live as long as the entry. Unknown keys of a "linux" entry are passed over, as
 * the specification asks, and reported to `listener`; those of the kinds that only we know are errors, and so is a known key in other
 * letter case or with ':' or '=' behind it. Words of `initrd` and `options` that are a variable of GRUB are dropped and reported, unless
 * only we read such entries.
 * ERR_UNSUPPORTED: no kind of kernel that we start, files that we cannot hand over, or another architecture than x64; ERR_CORRUPT: two
 * kernels, an unknown key, a setting of another kind of kernel or with no such value, NUL bytes, a path that is missing or has "..", a
 * `chain` that names no disk or partition;
 * ERR_TOO_BIG: over 64 KiB, a line over 4 KiB, or too many modules; ERR_NO_MEMORY. err->line says where.
 */
MUST_CHECK enum status entry_parse(struct span text, const struct entry_name *name, struct arena *arena,
				   const struct config_listener *listener, struct entry *entry, struct err *err);

/* The key that names the kind: "linux", "multiboot2", ... */
const char *entry_kind_name(enum entry_kind kind);

/* No other loader reads such entries. */
bool entry_kind_is_ours(enum entry_kind kind);

/* Which lines an entry of this kind may have beside it; entry_kind_takes() says it as the template of a trail. */
bool entry_kind_takes_initrd(enum entry_kind kind);
bool entry_kind_takes_modules(enum entry_kind kind);
const char *entry_kind_takes(enum entry_kind kind);

/* Order of the menu (UAPI.1 "Sorting"): negative if a comes first. */
int entry_compare(const struct entry *a, const struct entry *b);

/* Version order of UAPI.10; negative if a is older. */
int version_compare(const char *a, const char *b);

/* Shell pattern with '*', '?' and '[a-z]', ASCII case ignored; bounded work. */
bool glob_match(const char *pattern, const char *text);
