/* SPDX-License-Identifier: MIT */
/* Where an image is written to, and what may be lost there. */
#pragma once

#include "disk-tools/report.h"

#include <limits.h>
#include <stdbool.h>

/*
 * The file that `name` stands for: symbolic links are followed, also one to a file that is not there yet. EXIT_USAGE for a folder;
 * EXIT_REFUSED for everything else that is no regular file and, without `force`, for a file that
 *   - is neither empty nor an image that mkboot made: with the partitions that `mkboot create` makes, no others, and its volume label;
 *   - may not be written to, by its permissions;
 *   - another program has open to write to it, as QEMU's locks on its disks tell (a machine that only reads an image keeps the old one).
 * `advice` is what to do instead of replacing it, for the hint.
 */
enum exit_code output_find(const char *name, bool force, const char *advice, char target[PATH_MAX]);
