/* SPDX-License-Identifier: MIT */
/*
 * Linux kernels by the 32-bit and 64-bit boot protocols (Documentation/arch/x86/boot.rst), 2.02 and later. The kernel's real-mode part is
 * not used: boot_params is filled from its header. Images that need their real-mode part are linux_real.c's.
 */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "kernel-handoff/image/bzimage.h"
#include "kernel-handoff/paging/page_tables.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/linux/linux_params.h"
#include "kernel-handoff/proto/linux/linux_real.h"
#include "kernel-handoff/video.h"

enum { ENTRY_64_OFFSET = 0x200, CODE32_DEFAULT = 0x100000, INITRD_ALIGN = 4096, INITRD_PART_ALIGN = 4 };

static const uint64_t gib_4 = 1ull << 32;
static const uint64_t linux_memory_max = 1ull << 46; /* what a kernel with page tables of four levels can use */

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

enum status linux_working_memory_keep(struct plan *plan, uint64_t start, uint64_t end, struct err *err)
{
	if (start == end || memory_reserve(plan->memory, start, end, "kernel's working memory", false, NULL, err) == OK)
		return OK;
	return err->code == ERR_DENIED ? err_hint(err, "give the machine more memory: the kernel unpacks itself there") : err->code;
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

/* The initrds lie behind each other, as one: zeros fill each but the last up to a multiple of 4. The first pass only adds up. */
static enum status initrd_total(const struct boot_request *request, uint64_t *total, struct err *err)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < request->module_count; i++) {
		uint64_t bytes = request->module[i].file->bytes;

		if (bytes == 0)
			continue;
		if (!checked_align_up(sum, INITRD_PART_ALIGN, &sum) || !checked_add(sum, bytes, &sum) || sum >= linux_memory_max)
			return err_set(err, ERR_TOO_BIG, "no machine has room for all the initrds with {s}", request->module[i].path, 0, 0);
	}
	*total = sum;
	return OK;
}

/* As high as every kernel takes it; where that is not enough, just above 4 GiB, if this one allows it. */
static enum status find_initrd(struct plan *plan, struct linux_facts *facts, struct err *err)
{
	const struct bzimage *image = facts->image;
	const struct memory_want low = {
		.bytes = facts->initrd_bytes, .align = INITRD_ALIGN, .min = CODE32_DEFAULT, .max = image->initrd_end_max, .what = "initrd"
	};
	const struct memory_want high = {
		.bytes = facts->initrd_bytes, .align = INITRD_ALIGN, .min = gib_4, .max = linux_memory_max, .low = true, .what = "initrd"
	};

	if (memory_allocate(plan->memory, &low, &facts->initrd_start, err) == OK)
		return OK;
	if (err->code != ERR_NO_MEMORY)
		return err->code;
	if (image->takes_high_initrd)
		return memory_allocate(plan->memory, &high, &facts->initrd_start, err);
	return err_add(err, "this kernel takes its initrd below {a:x} only", NULL, image->initrd_end_max, 0);
}

enum status linux_initrds_place(struct plan *plan, struct linux_facts *facts, struct arena *arena, struct err *err)
{
	const struct boot_request *request = facts->request;
	uint64_t at, end;

	if (initrd_total(request, &facts->initrd_bytes, err) != OK)
		return err->code;
	if (facts->initrd_bytes == 0)
		return OK;
	if (find_initrd(plan, facts, err) != OK)
		return err->code;
	at = facts->initrd_start;
	end = at + facts->initrd_bytes;
	for (unsigned i = 0; i < request->module_count; i++) {
		struct file *file = request->module[i].file;
		struct place place = { .kind = PLACE_MODULE, .start = at, .file = file, .file_bytes = file->bytes };

		if (file->bytes == 0)
			continue;
		place.what = plan_label(arena, "initrd", i + 1, request->module[i].path);
		if (place.what == NULL)
			return err_set(err, ERR_NO_MEMORY, "no working memory for initrd {a}", NULL, i + 1, 0);
		at = min_u64(align_down(at + file->bytes + INITRD_PART_ALIGN - 1, INITRD_PART_ALIGN), end);
		place.bytes = at - place.start;
		if (plan_add_reserved(plan, &place, err) != OK)
			return err->code;
	}
	return OK;
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
	if ((image.real_mode != NULL ? linux_real_plan : plan_kernel)(request, &image, plan, arena, err) != OK)
		return err_add(err, "{s} cannot be started as a Linux kernel", request->kernel_path, 0, 0);
	return OK;
}

const struct boot_proto proto_linux = { .name = "linux", .firmware = FIRMWARE_BIOS, .plan = linux_plan };
