/* SPDX-License-Identifier: MIT */
/* What is placed alike for every way into Linux. */
#include "kernel-handoff/proto/linux/linux_places.h"

#include "core/base/arena.h"
#include "core/base/checked.h"

enum { INITRD_ALIGN = 4096, INITRD_PART_ALIGN = 4 };

static const uint64_t mib = 1 << 20, gib_4 = 1ull << 32;
static const uint64_t linux_memory_max = 1ull << 46; /* what a kernel with page tables of four levels can use */

enum status linux_working_memory_keep(struct plan *plan, uint64_t start, uint64_t end, struct err *err)
{
	if (start == end || memory_reserve(plan->memory, start, end, "kernel's working memory", false, NULL, err) == OK)
		return OK;
	return err->code == ERR_DENIED ? err_hint(err, "give the machine more memory: the kernel unpacks itself there") : err->code;
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
		.bytes = facts->initrd_bytes, .align = INITRD_ALIGN, .min = mib, .max = image->initrd_end_max, .what = "initrd"
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
