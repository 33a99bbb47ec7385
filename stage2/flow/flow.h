/* SPDX-License-Identifier: MIT */
/*
 * The portable story: find the boot volume, read the entries, choose, make a plan, carry it out. boot_run() is the whole of it; the
 * steps are public because `mkboot plan`, `mkboot inspect` and the tests stop in between.
 */
#pragma once

#include "core/block/partition.h"
#include "core/config/entry.h"
#include "core/config/loader_conf.h"
#include "core/fs/fs.h"
#include "flow/platform.h"
#include "kernel-handoff/plan.h"

/* One mounted volume of the boot disk: $BOOT, and on GPT the ESP beside an XBOOTLDR. */
struct volume {
	struct partition partition; /* number 0: the whole disk, without a table */
	struct fs *fs;
};

enum { VOLUMES_MAX = 2 };

struct boot_disk {
	struct block_device *disk; /* with retry and cache around it */
	struct partition_table table;
	unsigned volume_count;
	struct volume volume[VOLUMES_MAX]; /* [0] is $BOOT */
	struct err passed_over;            /* why a boot partition is not among the volumes; code OK: none was passed over */
};

/*
 * Gives platform->arena 1 MiB of the machine's RAM (a transient reservation), where a shell can start with little memory only; 256 KiB on
 * machines with less than 24 MiB, nothing on those with less than 8 MiB: their kernels need it more. Call once, before anything is in the
 * arena.
 */
void boot_enlarge_arena(struct platform *platform);

/*
 * Reads the table and mounts the boot volumes (UAPI.1: GPT: XBOOTLDR and ESP; MBR: type 0xEA, else the active partition, else the first
 * that mounts; the last two only if they have /loader). A disk without a table is one volume. A damaged volume is passed over if there
 * is another. ERR_NOT_FOUND: no such partition. Trails live in `arena`.
 */
MUST_CHECK enum status boot_disk_open(struct block_device *disk, struct arena *arena, struct boot_disk *boot_disk, struct err *err);

struct menu_entry {
	struct entry entry;
	const struct boot_disk *boot_disk;
	const struct volume *volume; /* of boot_disk */
};

enum { ENTRIES_MAX = 256 };

struct configuration {
	struct loader_conf loader;
	unsigned count;
	struct menu_entry *entry; /* in menu order */
	unsigned chosen;          /* index of the default */
};

/*
 * What the configuration gives reason to say: PATH:LINE: text, line 0 for none. A file that could not be used has `err` in place of the
 * text. Say it with configuration_print_place() in front.
 */
typedef void configuration_problem_fn(void *context, const char *path, unsigned line, enum notice_kind kind, const char *text,
				      const struct err *err);

/* "PATH:LINE: ", or "PATH: " for line 0. */
void configuration_print_place(struct sink *sink, const char *path, unsigned line);

/*
 * Reads loader.conf (of the first volume that has one) and all entries, which keep `boot_disk`. What cannot be used is reported to
 * `problem` (may be NULL) and left out; no usable entry is not an error here (count is 0). At most half of what is left of `arena` is
 * used: entries that do not fit are left out, the last in the order of their names. Strings and trails that `problem` gets are gone when
 * it returns.
 */
MUST_CHECK enum status configuration_read(const struct boot_disk *boot_disk, struct arena *arena, configuration_problem_fn *problem,
					  void *context, struct configuration *configuration, struct err *err);

/* What loader.conf says for the whole machine: call it before boot_prepare(). */
void configuration_apply(struct platform *platform, const struct loader_conf *loader);

/*
 * Opens the entry's files, or the boot sector that it names, and makes its plan. Reads only what the plan needs (a compressed kernel is
 * unpacked into a transient reservation, through platform->ops->window). Sets boot_partition and boot_partition_lba of platform->machine.
 */
MUST_CHECK enum status boot_prepare(struct platform *platform, const struct menu_entry *entry, struct plan *plan, struct err *err);

/*
 * Loads every place, sets the screen, then quiesces the firmware and jumps; an image is the firmware's to load and start. Returns only on
 * failure, or on the host; messages can be read then. A staged place is loaded beside what is in its way, and only that part of it. When
 * the firmware fails to set the video mode, platform->machine.video becomes NULL: a new plan leaves the screen as it is.
 */
MUST_CHECK enum status boot_commit(struct platform *platform, struct plan *plan, struct err *err);

/*
 * The menu on the console, when loader.timeout_seconds is not 0. Returns the chosen index. A key stops the countdown, but a menu that
 * nobody touches for MENU_IDLE_SECONDS (or the timeout, if that is longer) starts the default all the same.
 */
enum { MENU_IDLE_SECONDS = 300 };

unsigned menu_run(struct platform *platform, const struct configuration *configuration);

/* Says how it ends, waits so that all that was said can be read (a key ends the wait), and stops. Returns only on the host. */
void boot_stop(struct platform *platform, enum stop_action action);

/*
 * Everything: the chosen entry, then each of the others in menu order, then a summary of what failed and the configured stop. Returns
 * only on the host.
 */
void boot_run(struct platform *platform);
