/* SPDX-License-Identifier: MIT */
/* The machine of the flow's tests. */
#include "support_platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fake_platform *fake_of(struct platform *platform)
{
	return (struct fake_platform *)platform;
}

static enum status fake_boot_disk(struct platform *platform, struct block_device **disk, struct err *err)
{
	if (fake_of(platform)->no_disk)
		return err_set(err, ERR_IO, "the firmware does not say which disk it is", NULL, 0, 0);
	*disk = &fake_of(platform)->disk.device;
	return OK;
}

static enum status fake_second_disk(struct platform *platform, unsigned number, struct block_device **disk, uint8_t *bios_drive,
				    struct err *err)
{
	if (number != 1 || !fake_of(platform)->second_disk)
		return err_set(err, ERR_NOT_FOUND, "there is no disk {a}", NULL, number, 0);
	*disk = &fake_of(platform)->second_disk->device;
	*bios_drive = 0x81;
	return OK;
}

static int fake_key(struct platform *platform, unsigned wait_ms)
{
	struct fake_platform *fake = fake_of(platform);

	if (fake->idle_calls > 0 || !fake->keys || *fake->keys == 0) {
		fake->idle_calls -= fake->idle_calls > 0;
		fake->waited_ms += wait_ms;
		return KEY_NONE;
	}
	return *fake->keys++;
}

static void *fake_window(struct platform *platform, uint64_t phys, uint64_t bytes)
{
	if (phys > FAKE_RAM_BYTES || bytes > FAKE_RAM_BYTES - phys)
		return NULL;
	return fake_of(platform)->ram + phys;
}

static enum status fake_set_video(struct platform *platform, const struct plan_video *video, struct err *err)
{
	fake_of(platform)->videos_set++;
	if (fake_of(platform)->video_fails)
		return err_set(err, ERR_IO, "mode {a} does not work", NULL, video->number, 0);
	return OK;
}

static void fake_reset_video(struct platform *platform)
{
	fake_of(platform)->videos_reset++;
}

static enum status fake_quiesce(struct platform *platform, struct plan *plan, struct err *err)
{
	(void)plan;
	fake_of(platform)->quiesced++;
	if (fake_of(platform)->quiesce_fails)
		return err_set(err, ERR_IO, "it does not let go", NULL, 0, 0);
	return OK;
}

static bool place_is_loaded(struct fake_platform *fake, const struct place *place)
{
	uint8_t *expected = calloc(1, place->bytes);
	struct err err;
	bool right = place->file_bytes == 0 || file_read(place->file, place->file_offset, place->file_bytes, expected, &err) == OK;

	right = right && place->start + place->bytes <= FAKE_RAM_BYTES && memcmp(fake->ram + place->start, expected, place->bytes) == 0;
	free(expected);
	return right;
}

/* Moves that spoil another's source or target, or the trampoline, could not be made in any order. */
static bool moves_are_sound(const struct plan *plan, const struct plan_moves *moves)
{
	for (unsigned i = 0; i < moves->count; i++) {
		const struct plan_move *a = &moves->move[i];

		if (a->to < plan->trampoline + TRAMPOLINE_BYTES && plan->trampoline < a->to + a->bytes)
			return false;
		for (unsigned j = 0; j < moves->count; j++) {
			const struct plan_move *b = &moves->move[j];

			if ((i != j && a->to < b->to + b->bytes && b->to < a->to + a->bytes) ||
			    (a->to < b->from + b->bytes && b->from < a->to + a->bytes))
				return false;
		}
	}
	return true;
}

static void fake_jump(struct platform *platform, const struct plan *plan, const struct plan_moves *moves)
{
	struct fake_platform *fake = fake_of(platform);
	struct test_disk *disk = &fake->disk;
	uint64_t reads = disk->reads, fail_at = disk->fail_at;

	fake->jumps++;
	fake->plan = *plan;
	fake->moves = *moves;
	snprintf(fake->kernel, sizeof fake->kernel, "%s", plan->kernel);
	if (fake->quiesced != 1)
		fake->wrong = "the jump came without one quiesce";
	if (!moves_are_sound(plan, moves))
		fake->wrong = "the moves overlap";
	/* Sources that the moves overwrite would be missed below: they are read after the moves. */
	for (unsigned i = 0; i < moves->count; i++)
		memcpy(fake->ram + moves->move[i].to, fake->ram + moves->move[i].from, moves->move[i].bytes);
	disk->fail_at = 0;
	for (unsigned i = 0; i < plan->count; i++) {
		if (!place_is_loaded(fake, &plan->place[i]))
			fake->wrong = "a place does not have its bytes";
	}
	disk->fail_at = fail_at;
	disk->reads = reads;
}

static void fake_stop(struct platform *platform, enum stop_action action)
{
	fake_of(platform)->stops++;
	fake_of(platform)->stop_action = action;
}

struct fake_platform *fake_platform_new(const char *image)
{
	static uint8_t ram[FAKE_RAM_BYTES]; /* one for all: fresh pages for each boot would cost more than the boot */
	static const struct platform_ops ops = { .boot_disk = fake_boot_disk,
						 .disk = fake_second_disk,
						 .key = fake_key,
						 .window = fake_window,
						 .set_video = fake_set_video,
						 .reset_video = fake_reset_video,
						 .quiesce = fake_quiesce,
						 .jump = fake_jump,
						 .stop = fake_stop };
	struct fake_platform *fake = calloc(1, sizeof *fake);
	struct memory *memory = &fake->platform.memory;

	fake->ram = ram;
	memset(fake->ram, 0xa5, FAKE_RAM_BYTES); /* memory is never clean */
	test_disk_load(&fake->disk, image, 512);
	arena_init(&fake->arena, fake->arena_bytes, sizeof fake->arena_bytes);
	text_buffer_init(&fake->console, fake->console_bytes, sizeof fake->console_bytes);
	fake->platform.ops = &ops;
	fake->platform.console = &fake->console.sink;
	fake->platform.arena = &fake->arena;
	fake->platform.machine.firmware = FIRMWARE_BIOS;
	fake->platform.machine.bios_drive = 0x80;
	fake->platform.machine.memory_lower_kib = 639;
	fake->platform.machine.cpu_no_execute = true;
	memory->map.count = 2;
	memory->map.range[0] = (struct memory_range){ .start = 0, .end = 0x9fc00, .type = MEMORY_RAM, .attributes = 1 };
	memory->map.range[1] = (struct memory_range){ .start = 0x100000, .end = FAKE_RAM_BYTES, .type = MEMORY_RAM, .attributes = 1 };
	memory->count = 1;
	memory->reservation[0] =
		(struct memory_reservation){ .start = FAKE_LOADER_START, .end = FAKE_LOADER_END, .what = "the loader", .transient = true };
	return fake;
}

void fake_platform_free(struct fake_platform *fake)
{
	test_disk_free(&fake->disk);
	free(fake);
}

void assert_console_has(const struct fake_platform *fake, const char *part)
{
	if (strstr(fake->console_bytes, part) == NULL)
		fail_msg("not said: %s\nsaid: %s", part, fake->console_bytes);
}
