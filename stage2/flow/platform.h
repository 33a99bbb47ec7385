/* SPDX-License-Identifier: MIT */
/*
 * What a shell offers to the portable story, and all that differs between firmwares. The BIOS shell, the UEFI shell, the host tool and
 * the unit tests each fill one of these tables.
 */
#pragma once

#include "core/base/print.h"
#include "core/base/status.h"
#include "core/block/block.h"
#include "core/config/settings.h"
#include "core/memory/memory_map.h"
#include "core/pack/unpack.h"
#include "kernel-handoff/machine.h"
#include "kernel-handoff/moves.h"

struct arena;
struct plan;
struct plan_video;
struct platform;

enum { KEY_NONE = 0, KEY_ENTER = '\r', KEY_ESCAPE = 27, KEY_UP = 0x100, KEY_DOWN }; /* others: ASCII */

/* How a boot ends that cannot go on; STOP_FIRMWARE: the firmware goes on with its next choice. */
enum stop_action { STOP_FIRMWARE, STOP_REBOOT, STOP_HALT };

enum { WINDOW_BYTES = 1 << 30 };

struct platform_ops {
	/* The disk that the loader came from. ERR_NOT_FOUND or ERR_IO when the firmware cannot say or reach it. */
	enum status (*boot_disk)(struct platform *platform, struct block_device **disk, struct err *err);
	/*
	 * The disk that the firmware counts as the `number`-th hard disk, from 0; *bios_drive: its number for INT 13h. ERR_NOT_FOUND:
	 * there is none of that number. NULL where there is nothing to boot from a sector (UEFI).
	 */
	enum status (*disk)(struct platform *platform, unsigned number, struct block_device **disk, uint8_t *bios_drive, struct err *err);
	/* Waits at most `wait_ms` for a key; KEY_NONE when none came. */
	int (*key)(struct platform *platform, unsigned wait_ms);
	/*
	 * A pointer through which [phys, phys + bytes) can be written and read; NULL if there is none. At or above 4 GiB only WINDOW_BYTES
	 * are sure, and only until the next call for such an address.
	 */
	void *(*window)(struct platform *platform, uint64_t phys, uint64_t bytes);
	/*
	 * Puts the screen in the mode video->number, which is one of machine.video. Messages need not be visible then. After a failure the
	 * screen is as reset_video() leaves it. ERR_IO: the firmware does not set the mode, or not as it said. NULL where machine.video is.
	 */
	enum status (*set_video)(struct platform *platform, const struct plan_video *video, struct err *err);
	/* After set_video(), when the boot cannot go on: messages can be read again, and machine.screen says what the screen is now. */
	void (*reset_video)(struct platform *platform);
	/*
	 * The last firmware calls before the jump; may still fail. ENTRY_MODE_FIRMWARE: the firmware stays. Otherwise it is left, and
	 * plan->firmware_map is served.
	 */
	enum status (*quiesce)(struct platform *platform, struct plan *plan, struct err *err);
	/* Makes the moves, sets the state of plan and enters the kernel. Returns only on the host. */
	void (*jump)(struct platform *platform, const struct plan *plan, const struct plan_moves *moves);
	/*
	 * ENTRY_MODE_IMAGE: has the firmware load and start plan->image, with all its initrds in memory before it starts. An image that
	 * returns is an error whose trail has its status in words. NULL where the firmware cannot do that (BIOS).
	 */
	enum status (*start_image)(struct platform *platform, const struct plan *plan, struct err *err);
	/*
	 * The configured end of a boot that failed. Where the firmware cannot go on, STOP_FIRMWARE halts. Returns only on the host. Use
	 * boot_stop(), which leaves time to read.
	 */
	void (*stop)(struct platform *platform, enum stop_action action);
};

struct platform {
	const struct platform_ops *ops;
	struct sink *console;
	struct machine machine;
	struct memory memory;        /* firmware's map, and the loader itself as transient reservations */
	struct arena *arena;         /* all working memory of the flow */
	struct library_gate *gate;   /* NULL where the libraries' FS base is in place */
	struct video_setting video;  /* from loader.conf, for entries without a setting of their own */
	enum stop_action on_failure; /* from loader.conf, once it has been read; the end of a bug of ours, too */
};
