/* SPDX-License-Identifier: MIT */
/* What is known of each kind of kernel. */
#include "core/config/entry.h"

enum takes { TAKES_NOTHING, TAKES_INITRDS, TAKES_MODULES };
enum readers { ONLY_US, OTHERS_TOO };

#define KIND_ROW(name, key, takes, readers, what, help) [ENTRY_##name] = { #key, TAKES_##takes, readers },

static const struct {
	const char *name;
	enum takes takes;
	enum readers readers;
} kinds[] = {
	ENTRY_KINDS(KIND_ROW) // a row for each
		[ENTRY_NONE] = { "none", TAKES_NOTHING, OTHERS_TOO },
};

const char *entry_kind_name(enum entry_kind kind)
{
	return kinds[kind].name;
}

bool entry_kind_is_ours(enum entry_kind kind)
{
	return kinds[kind].readers == ONLY_US;
}

bool entry_kind_takes_initrd(enum entry_kind kind)
{
	return kinds[kind].takes == TAKES_INITRDS;
}

bool entry_kind_takes_modules(enum entry_kind kind)
{
	return kinds[kind].takes == TAKES_MODULES;
}

const char *entry_kind_takes(enum entry_kind kind)
{
	static const char *const sentences[] = {
		[TAKES_NOTHING] = "a kernel of the kind {s} takes neither initrd nor module lines",
		[TAKES_INITRDS] = "a kernel of the kind {s} takes initrd lines, not module",
		[TAKES_MODULES] = "a kernel of the kind {s} takes module lines, not initrd",
	};

	return sentences[kinds[kind].takes];
}
