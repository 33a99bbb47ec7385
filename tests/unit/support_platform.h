/* SPDX-License-Identifier: MIT */
/*
 * A machine for the tests of the flow: RAM in a host buffer, a disk in memory, a console into text, keys from a script. Its jump makes the
 * moves and then proves that every byte of the plan is where it should be.
 */
#pragma once

#include "core/base/arena.h"
#include "flow/platform.h"
#include "kernel-handoff/plan.h"
#include "support_block.h"

#include <stdbool.h>

enum {
	FAKE_RAM_BYTES = 32 * 1024 * 1024,
	FAKE_ARENA_BYTES = 192 * 1024,
	FAKE_CONSOLE_BYTES = 64 * 1024,
	FAKE_LOADER_START = 0x8000, /* the transient reservation of the loader itself */
	FAKE_LOADER_END = 0x80000,
};

struct fake_platform {
	struct platform platform;
	struct arena arena;
	struct test_disk disk;
	struct test_disk *second_disk; /* disk 1 of the BIOS; NULL: there is none */
	struct text_buffer console;
	const int *keys;     /* ends with 0; NULL: none are pressed */
	unsigned idle_calls; /* calls of key() that time out before the first key */
	uint64_t waited_ms;
	bool no_disk, quiesce_fails, video_fails;
	unsigned quiesced, jumps, stops, videos_set, videos_reset;
	enum stop_action stop_action;
	struct plan plan; /* of the jump; files and names in it are gone */
	struct plan_moves moves;
	char kernel[64];
	const char *wrong; /* what the jump found wrong; NULL: nothing */
	uint8_t *ram;
	_Alignas(16) uint8_t arena_bytes[FAKE_ARENA_BYTES];
	char console_bytes[FAKE_CONSOLE_BYTES];
};

/* `image` is the path of the disk's content. One platform at a time: they share their RAM. */
struct fake_platform *fake_platform_new(const char *image);
void fake_platform_free(struct fake_platform *fake);

/* Fails the test, and shows what was said, if `part` is no part of it. */
void assert_console_has(const struct fake_platform *fake, const char *part);
