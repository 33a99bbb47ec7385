/* SPDX-License-Identifier: MIT */
/*
 * What bytes are that mkboot does not read: one table of magics for kernels, files, disks and volumes, so that a message can name what is
 * there instead of what is not. A new format is one line in known.c.
 */
#pragma once

#include "core/base/file.h"

enum known_kind {
	KNOWN_PACKED = 1, /* one compressed file */
	KNOWN_DISK = 2,   /* a disk in a format of virtual machines */
	KNOWN_VOLUME = 4, /* what fills a partition or a disk: a file system, or a layer between */
	KNOWN_FILE = 8,   /* archives, and what else is taken for a kernel */
	KNOWN_BLANK = 16, /* no bytes, or zeros where others have something */
	KNOWN_EVERY = KNOWN_PACKED | KNOWN_DISK | KNOWN_VOLUME | KNOWN_FILE | KNOWN_BLANK,
};

struct known {
	enum known_kind kind;
	const char *name; /* behind "it is": "a qcow2 image", "packed by xz" */
	const char *help; /* what the user can do about it, as a hint */
};

/* The first line of the table, of one of `kinds`, that the file fits; NULL: none does. What cannot be read does not fit. */
const struct known *known_find(struct file *file, unsigned kinds);
