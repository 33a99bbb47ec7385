/* SPDX-License-Identifier: MIT */
/* The words of an entry's values: paths, and the variables of GRUB that distributions leave among them. */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

#include <stdbool.h>

struct arena;

/*
 * Copies a path in the form in which it is handed on: a '/' in front, one '/' between names, none at the end. '\' counts as '/'. `key`
 * names the line in trails. ERR_CORRUPT: there is none, it has "." or ".." among its names, or it is a variable of GRUB; ERR_NO_MEMORY.
 */
MUST_CHECK enum status entry_path_copy(struct span text, const char *key, struct arena *arena, const char **path, struct err *err);

/* "$name" or "${name}", and nothing else. */
bool is_grub_variable(struct span word);

/* One that distributions write into each entry, and that is empty unless a program of theirs has set it in GRUB's configuration. */
bool is_usually_empty(struct span variable);
