/* SPDX-License-Identifier: MIT */
/*
 * Linux kernels by the 32-bit and 64-bit boot protocols (Documentation/arch/x86/boot.rst), 2.02 and later. The kernel's real-mode part is
 * not used: boot_params is filled from its header. Images that need their real-mode part are linux_real.c's.
 */
#include "core/base/checked.h"
#include "kernel-handoff/image/bzimage.h"
#include "kernel-handoff/paging/page_tables.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/departures.h"
#include "kernel-handoff/proto/linux/linux_params.h"
#include "kernel-handoff/proto/linux/linux_places.h"
#include "kernel-handoff/proto/linux/linux_real.h"
#include "kernel-handoff/video.h"

enum { ENTRY_64_OFFSET = 0x200, CODE32_DEFAULT = 0x100000 };

static const uint64_t gib_4 = 1ull << 32;

static void kernel_place(const struct bzimage *image, uint64_t start, struct place *place)
{
	*place = (struct place){
		.kind = PLACE_KERNEL,
		.what = "kernel",
		.start = start,
		.bytes = image->kernel_bytes,
		.file = image->file,
		.file_offset = image->kernel_offset,
		.file_bytes = image->kernel_bytes,
	};
}

/* The memory that the kernel takes before it reads the memory map ends here; a relocatable kernel aligns itself first. */
static uint64_t working_memory_end(const struct bzimage *image)
{
	uint64_t run = image->preferred_address;

	if (image->relocatable)
		run = align_down(run + image->kernel_align - 1, image->kernel_align);
	return run + image->init_bytes;
}

/* At the address that the kernel prefers: its bytes, and behind them its working memory. */
static enum status place_preferred(struct plan *plan, const struct bzimage *image, struct err *err)
{
	struct place place;

	kernel_place(image, image->preferred_address, &place);
	if (plan_add_fixed(plan, &place, err) != OK)
		return err->code;
	return linux_working_memory_keep(plan, place.start + image->kernel_bytes, working_memory_end(image), err);
}

/* Anywhere above: a kernel that is loaded below its preferred address moves itself there, over whatever lies in between. */
static enum status place_anywhere(struct plan *plan, const struct bzimage *image, struct linux_facts *facts, struct err *err)
{
	struct memory_want want = {
		.bytes = image->init_bytes,
		.align = image->kernel_align,
		.min = image->preferred_address,
		.low = true,
		.what = "kernel and its working memory",
	};
	struct place place;
	enum status status = memory_allocate(plan->memory, &want, &facts->kernel_start, err);

	if (status == ERR_NO_MEMORY && image->min_align < image->kernel_align) {
		want.align = image->min_align;
		status = memory_allocate(plan->memory, &want, &facts->kernel_start, err);
	}
	if (status == ERR_NO_MEMORY)
		return err_add(err, "this kernel takes memory from {a:x} on only", NULL, want.min, 0);
	if (status != OK)
		return status;
	facts->kernel_align = want.align;
	kernel_place(image, facts->kernel_start, &place);
	return plan_add_reserved(plan, &place, err);
}

static enum status place_kernel(struct plan *plan, const struct bzimage *image, struct linux_facts *facts, struct err *err)
{
	unsigned memory_before = memory_mark(plan->memory), places_before = plan->count;

	facts->kernel_start = image->preferred_address;
	facts->kernel_align = image->kernel_align;
	if (place_preferred(plan, image, err) == OK && !(image->relocatable && plan->place[places_before].staged))
		return OK;
	if (!image->relocatable)
		return err_add(err, "the kernel cannot be moved from where it was linked", NULL, 0, 0);
	/* A kernel that may lie elsewhere need not push the loader out of its place, nor be copied twice. */
	memory_reset(plan->memory, memory_before);
	plan->count = places_before;
	return place_anywhere(plan, image, facts, err);
}

/* 64 bits if the kernel can. The first 4 GiB are mapped one to one; an initrd that lies above them is, too. */
static enum status set_entry(struct plan *plan, const struct boot_request *request, const struct linux_facts *facts, uint64_t params,
			     struct arena *arena, struct err *err)
{
	const struct page_mapping initrd = {
		.virt = facts->initrd_start, .phys = facts->initrd_start, .bytes = facts->initrd_bytes, .writable = true, .what = "initrd"
	};
	const struct page_tables_want want = {
		.executable = true,
		.gigabyte_pages = request->machine->cpu_gigabyte_pages,
		.count = facts->initrd_start >= gib_4,
		.mapping = &initrd,
	};

	plan->registers = (struct entry_registers){ .si = params };
	if (!facts->image->has_64bit_entry) {
		plan->mode = ENTRY_MODE_PROTECTED;
		plan->entry = facts->entry_32;
		return OK;
	}
	plan->mode = ENTRY_MODE_LONG;
	plan->entry = facts->kernel_start + ENTRY_64_OFFSET;
	if (plan_add_trampoline(plan, err) != OK)
		return err->code;
	return page_tables_add(plan, &want, arena, err);
}

static enum status plan_kernel(const struct boot_request *request, const struct bzimage *image, struct plan *plan, struct arena *arena,
			       struct err *err)
{
	struct linux_facts facts = { .image = image, .request = request };
	uint64_t params;

	video_choose(request, &(struct video_wish){ .text = true, .linear = true }, plan, arena);
	if (place_kernel(plan, image, &facts, err) != OK || linux_initrds_place(plan, &facts, arena, err) != OK)
		return err->code;
	facts.entry_32 = facts.kernel_start + (image->code32_start - CODE32_DEFAULT);
	if (linux_params_add(plan, &facts, arena, &params, err) != OK)
		return err->code;
	return set_entry(plan, request, &facts, params, arena, err);
}

static enum status linux_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct bzimage image;

	if (bzimage_open(request->kernel, &image, err) != OK)
		return err->code;
	departures_note(plan, request->kernel_path, image.departures);
	if ((image.real_mode != NULL ? linux_real_plan : plan_kernel)(request, &image, plan, arena, err) != OK)
		return err_add(err, "{s} cannot be started as a Linux kernel", request->kernel_path, 0, 0);
	return OK;
}

const struct boot_proto proto_linux = { .name = "linux", .firmware = FIRMWARE_BIOS, .plan = linux_plan };
