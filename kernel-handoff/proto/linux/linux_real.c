/* SPDX-License-Identifier: MIT */
/* Where an image goes that is entered in real mode. */
#include "kernel-handoff/proto/linux/linux_real.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/text.h"
#include "kernel-handoff/proto/linux/linux_places.h"
#include "kernel-handoff/proto/real_mode.h"

enum {
	SINCE_HEADER = 0x0200,
	SINCE_COMMAND_LINE = 0x0202,
	HIGH_ADDRESS = 0x100000, /* of the protected-mode part of a bzImage, and where all kernels unpack themselves to */
	LOW_ADDRESS = 0x10000,   /* of that of a zImage */
	ENTRY_OFFSET = 0x200,
};

/*
 * Low, where nothing of the firmware's is and special images have the rest of the memory below 1 MiB to themselves: iPXE and memdisk move
 * to the end of it, which the real-mode part must not overlap then.
 */
static const struct linux_setup anywhere = { .base = 0x10000, .heap_end = 0xE000, .command_line_max = 0x10000 - 0xE000 - 1 };

/* The one place where old kernels look. It ends at 0x9A000, where an EBDA may begin. */
static const struct linux_setup traditional = { .base = 0x90000, .heap_end = 0x9800, .command_line_max = 0xA000 - 0x9800 - 1 };

/* The protected-mode part, and the memory that it unpacks itself to. */
static enum status place_kernel(struct plan *plan, const struct bzimage *image, struct err *err)
{
	const struct place place = {
		.kind = PLACE_KERNEL,
		.what = "kernel",
		.start = image->loaded_high ? HIGH_ADDRESS : LOW_ADDRESS,
		.bytes = image->kernel_bytes,
		.file = image->file,
		.file_offset = image->kernel_offset,
		.file_bytes = image->kernel_bytes,
	};
	uint64_t work = image->loaded_high ? HIGH_ADDRESS + image->kernel_bytes : HIGH_ADDRESS, work_end = HIGH_ADDRESS + image->init_bytes;

	if (plan_add_fixed(plan, &place, err) != OK)
		return err->code;
	return linux_working_memory_keep(plan, work, work_end, err);
}

static enum status check_request(const struct boot_request *request, const struct bzimage *image, const struct linux_setup *setup,
				 struct err *err)
{
	if (image->version < SINCE_HEADER && request->module_count > 0)
		return err_set(err, ERR_UNSUPPORTED, "a kernel with a boot protocol before 2.00 takes no initrd", NULL, 0, 0);
	return bzimage_check_command_line(request->options, min_u64(image->command_line_max, setup->command_line_max), err);
}

/* The first two sectors are changed, so they come from memory; the rest is read from the file straight to its place. */
static enum status place_setup(struct plan *plan, const struct bzimage *image, const struct linux_setup *setup, const uint8_t *head,
			       struct arena *arena, struct err *err)
{
	const struct place start = {
		.kind = PLACE_KERNEL,
		.what = "real-mode part with setup header",
		.start = setup->base,
		.bytes = LINUX_SETUP_HEAD_BYTES,
		.file_bytes = LINUX_SETUP_HEAD_BYTES,
	};
	const struct place rest = {
		.kind = PLACE_KERNEL,
		.what = "rest of the real-mode part, heap and stack",
		.start = setup->base + LINUX_SETUP_HEAD_BYTES,
		.bytes = setup->heap_end - LINUX_SETUP_HEAD_BYTES,
		.file = image->file,
		.file_offset = LINUX_SETUP_HEAD_BYTES,
		.file_bytes = image->kernel_offset - LINUX_SETUP_HEAD_BYTES,
	};

	return real_mode_place(plan, &start, image->file->path, head, arena, err) == OK ? plan_add_fixed(plan, &rest, err) : err->code;
}

static enum status place_command_line(struct plan *plan, const struct linux_setup *setup, const char *options, struct arena *arena,
				      struct err *err)
{
	struct place place = { .kind = PLACE_INFORMATION, .what = "command line", .start = setup->base + setup->heap_end };

	place.bytes = place.file_bytes = text_length(options) + 1;
	return real_mode_place(plan, &place, place.what, options, arena, err);
}

/* "ds = es = ss should point to the start of the real-mode kernel code", and so should FS and GS; interrupts are off. */
static void set_entry(struct plan *plan, const struct linux_setup *setup)
{
	uint16_t segment = (uint16_t)(setup->base >> 4);

	plan->mode = ENTRY_MODE_REAL;
	plan->entry = setup->base + ENTRY_OFFSET;
	plan->registers = (struct entry_registers){ .sp = setup->heap_end };
	plan->segments = (struct entry_segments){
		.cs = (uint16_t)(segment + (ENTRY_OFFSET >> 4)),
		.ds = segment,
		.es = segment,
		.fs = segment,
		.gs = segment,
		.ss = segment,
	};
}

enum status linux_real_plan(const struct boot_request *request, const struct bzimage *image, struct plan *plan, struct arena *arena,
			    struct err *err)
{
	bool is_old = image->version < SINCE_COMMAND_LINE || !image->loaded_high;
	const struct linux_setup *setup = is_old ? &traditional : &anywhere;
	struct linux_facts facts = { .image = image, .request = request };
	uint8_t *head = ARENA_NEW_ARRAY(arena, uint8_t, LINUX_SETUP_HEAD_BYTES);

	if (head == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for the setup header", NULL, 0, 0);
	if (check_request(request, image, setup, err) != OK || file_read(image->file, 0, LINUX_SETUP_HEAD_BYTES, head, err) != OK ||
	    place_kernel(plan, image, err) != OK || place_setup(plan, image, setup, head, arena, err) != OK ||
	    place_command_line(plan, setup, request->options, arena, err) != OK || linux_initrds_place(plan, &facts, arena, err) != OK)
		return err->code;
	linux_setup_fill(head, image, setup, facts.initrd_start, facts.initrd_bytes, request->options, plan);
	real_mode_video(request, plan, arena);
	set_entry(plan, setup);
	return OK;
}
