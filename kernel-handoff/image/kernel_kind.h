/* SPDX-License-Identifier: MIT */
/* What kind of kernel a file is, for entries that name another kind. */
#pragma once

#include "core/base/file.h"

#include <stdbool.h>

struct arena;

struct kernel_kind {
	const char *key;  /* of entries that start such a kernel: "multiboot2"; NULL: none does */
	const char *name; /* behind "it is": "a kernel with a Multiboot2 header" */
	const char *help; /* as a hint: which key and which option of `mkboot create` it is for, or what to do first */
};

/*
 * Looks for each kind but the one of the key `except` (NULL: for all), and then for what else is known (core/base/known.h); false: the file
 * is nothing of that. `arena` is used as scratch space and is as it was afterwards.
 */
bool kernel_kind_find(struct file *file, const char *except, struct arena *arena, struct kernel_kind *kind);
