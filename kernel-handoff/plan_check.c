/* SPDX-License-Identifier: MIT */
/* The one place that proves a plan sound before anything is changed; protocols cannot leave it out. */
#include "core/base/checked.h"
#include "kernel-handoff/moves.h"
#include "kernel-handoff/paging/page_walk.h"
#include "kernel-handoff/plan.h"

#include <stddef.h>

static const uint64_t gib_4 = 1ull << 32, mib = 1 << 20;

/* Every byte that we write has to be RAM that nobody else may take. */
static enum status check_memory(const struct plan *plan, const char *what, uint64_t start, uint64_t bytes, struct err *err)
{
	const struct memory *memory = plan->memory;
	uint64_t end;

	if (!checked_add(start, bytes, &end))
		return err_set(err, ERR_DENIED, "{s} wraps around: {b:x} bytes at {a:x}", what, start, bytes);
	if (plan->mode != ENTRY_MODE_LONG && end > gib_4)
		return err_set(err, ERR_DENIED, "{s} ends at {a:x}, and the kernel starts with 32-bit addresses", what, end, 0);
	if (memory_map_require_ram(&memory->map, what, start, end, err) != OK)
		return err->code;
	if (!memory_is_reserved(memory, start, end))
		return err_set(err, ERR_DENIED, "{s}: the memory from {a:x} to {b:x} was not reserved", what, start, end);
	return OK;
}

/* The last step moves what was staged when the firmware is gone. A kernel that keeps the firmware leaves no such moment. */
static enum status check_staged(const struct plan *plan, const struct place *place, struct err *err)
{
	uint64_t at = place->start, end = place->start + place->bytes;
	bool in_the_way = false;

	if (!place->staged || plan->mode != ENTRY_MODE_FIRMWARE)
		return OK;
	for (uint64_t next; !in_the_way && at < end; at = in_the_way ? at : next)
		next = memory_stretch_end(plan->memory, at, end, &in_the_way);
	(void)err_set(err, ERR_DENIED, "the kernel keeps the firmware, which is in the way at {a:x}", NULL, at, 0);
	(void)err_add(err, "{s} cannot lie from {a:x} to {b:x}", place->what, place->start, end);
	return err_hint(err, "give the kernel a relocatable header tag, or start this machine by its BIOS (CSM)");
}

static enum status check_place(const struct plan *plan, unsigned index, struct err *err)
{
	const struct place *place = &plan->place[index];

	if (check_memory(plan, place->what, place->start, place->bytes, err) != OK)
		return err->code;
	if (check_staged(plan, place, err) != OK)
		return err->code;
	if (place->file_bytes > place->bytes)
		return err_set(err, ERR_DENIED, "{s} has room for {b} bytes and gets {a}", place->what, place->file_bytes, place->bytes);
	if (place->file_bytes > 0 && (place->file == NULL || !file_has(place->file, place->file_offset, place->file_bytes)))
		return err_set(err, ERR_DENIED, "{s} wants {a} bytes at offset {b:x}, which its file does not have", place->what,
			       place->file_bytes, place->file_offset);
	if (plan->trampoline != 0 &&
	    ranges_overlap(place->start, place->start + place->bytes, plan->trampoline, plan->trampoline + TRAMPOLINE_BYTES))
		return err_set(err, ERR_DENIED, "{s} at {a:x} lies on the trampoline at {b:x}", place->what, place->start,
			       plan->trampoline);
	for (unsigned i = 0; i < index; i++) {
		const struct place *other = &plan->place[i];

		if (ranges_overlap(place->start, place->start + place->bytes, other->start, other->start + other->bytes)) {
			(void)err_set(err, ERR_DENIED, "{s} has the memory from {a:x} to {b:x}", other->what, other->start,
				      other->start + other->bytes);
			return err_add(err, "{s} from {a:x} to {b:x} overlaps another place", place->what, place->start,
				       place->start + place->bytes);
		}
	}
	return OK;
}

/* CS:IP and SS:SP have 16 bits each, and the jump itself runs in real mode, too. */
static enum status check_real_entry(const struct plan *plan, struct err *err)
{
	uint64_t code = (uint64_t)plan->segments.cs << 4;

	if (plan->entry < code || plan->entry - code > UINT16_MAX)
		return err_set(err, ERR_DENIED, "the entry {a:x} is not within 64 KiB of segment {b:x}", NULL, plan->entry,
			       plan->segments.cs);
	if (plan->registers.sp > UINT16_MAX)
		return err_set(err, ERR_DENIED, "the stack pointer {a:x} has more than 16 bits", NULL, plan->registers.sp, 0);
	if (plan->trampoline == 0 || plan->trampoline + TRAMPOLINE_BYTES > mib)
		return err_set(err, ERR_DENIED, "the trampoline at {a:x} is out of the reach of real mode", NULL, plan->trampoline, 0);
	return OK;
}

static enum status check_entry(const struct plan *plan, struct err *err)
{
	struct page_walk entry = { .phys = plan->entry }, jump;

	if (plan->mode == ENTRY_MODE_REAL && check_real_entry(plan, err) != OK)
		return err->code;
	if (plan->mode == ENTRY_MODE_LONG) {
		if (page_walk(plan, plan->entry, &entry, err) != OK) {
			err->code = ERR_CORRUPT; /* "not mapped" is not "try the next one" here */
			return err_add(err, "the entry {a:x} cannot be reached", NULL, plan->entry, 0);
		}
		if (!entry.executable)
			return err_set(err, ERR_DENIED, "the entry {a:x} is in a segment that is not executable", NULL, plan->entry, 0);
		if (page_walk(plan, plan->trampoline, &jump, err) != OK || !jump.executable || jump.phys != plan->trampoline)
			return err_set(err, ERR_DENIED, "the kernel's page tables hide the trampoline at {a:x}", NULL, plan->trampoline, 0);
	}
	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];

		if (place->kind == PLACE_KERNEL && entry.phys >= place->start && entry.phys - place->start < place->bytes)
			return OK;
	}
	return err_set(err, ERR_CORRUPT, "the entry {a:x} is outside the kernel", NULL, plan->entry, 0);
}

/* The firmware's map is written when the firmware has been left, into a place that is there then. */
static enum status check_firmware_map(const struct plan *plan, struct err *err)
{
	const struct plan_firmware_map *map = &plan->firmware_map;
	uint64_t end;

	if (map->start == 0)
		return OK;
	if (!plan_needs_trampoline(plan) || map->write == NULL)
		return err_set(err, ERR_DENIED, "the firmware's memory map is asked for, and the firmware is not left", NULL, 0, 0);
	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];

		if (map->start >= place->start && map->start - place->start < place->bytes && !place->staged &&
		    checked_add(map->start, map->room, &end) && memory_is_reserved(plan->memory, map->start, end))
			return OK;
	}
	return err_set(err, ERR_DENIED, "the firmware's memory map has no place at {a:x}", NULL, map->start, 0);
}

/* A framebuffer on the kernel or its modules would be drawn over them, and whoever draws would spoil them. */
static enum status check_screen(const struct plan *plan, struct err *err)
{
	static const char advice[] = "set another mode by \"video\" in the entry, or \"video text\"";
	const struct screen *screen = &plan->video.screen;
	uint64_t end = screen_end(screen);
	const char *on = NULL;

	if (screen->kind != SCREEN_LINEAR)
		return OK;
	if (!screen_is_sound(screen)) {
		(void)err_set(err, ERR_DENIED, "the firmware names a framebuffer of {a}x{b} pixels that cannot be", NULL, screen->width,
			      screen->height);
		return err_hint(err, advice);
	}
	for (unsigned i = 0; i < plan->count && on == NULL; i++) {
		const struct place *place = &plan->place[i];

		if (ranges_overlap(screen->phys, end, place->start, place->start + place->bytes))
			on = place->what;
	}
	if (on == NULL && ranges_overlap(screen->phys, end, plan->trampoline, plan->trampoline + TRAMPOLINE_BYTES))
		on = "the trampoline";
	if (on == NULL)
		return OK;
	(void)err_set(err, ERR_DENIED, "the framebuffer from {a:x} to {b:x} lies on {s}", on, screen->phys, end);
	return err_hint(err, advice);
}

/* An image has the firmware do everything. */
static enum status check_image(const struct plan *plan, struct err *err)
{
	if (plan->image.file == NULL || plan->image.options == NULL || plan->count > 0)
		return err_set(err, ERR_DENIED, "{s}: an image that the firmware starts has a file and no places", plan->kernel, 0, 0);
	return OK;
}

/* The last step can make only so many moves. How finely the memory for staging is cut is not known yet: each takes at least one. */
static enum status check_moves(const struct plan *plan, struct err *err)
{
	unsigned moves = 0;

	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];
		uint64_t end = place->start + place->bytes;

		for (uint64_t at = place->start; place->staged && at < end;) {
			bool in_the_way;

			at = memory_stretch_end(plan->memory, at, end, &in_the_way);
			moves += in_the_way;
		}
	}
	if (moves <= PLAN_MOVES_MAX)
		return OK;
	(void)err_set(err, ERR_TOO_BIG, "{a} pieces lie where the loader is, and at most {b} can be moved there", NULL, moves,
		      PLAN_MOVES_MAX);
	return err_hint(err, "link the kernel at addresses where this machine has free RAM");
}

enum status plan_check(const struct plan *plan, struct err *err)
{
	if (check_firmware_map(plan, err) != OK)
		return err->code;
	if (plan->mode == ENTRY_MODE_IMAGE)
		return check_image(plan, err);
	for (unsigned i = 0; i < plan->count; i++) {
		if (check_place(plan, i, err) != OK)
			return err->code;
	}
	if (plan->trampoline != 0 && check_memory(plan, "the trampoline", plan->trampoline, TRAMPOLINE_BYTES, err) != OK)
		return err->code;
	if (check_moves(plan, err) != OK || check_screen(plan, err) != OK)
		return err->code;
	return check_entry(plan, err);
}
