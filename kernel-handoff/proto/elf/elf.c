/* SPDX-License-Identifier: MIT */
/* mkboot's own hand-off to a 64-bit ELF kernel (mkboot/handoff.h): segments at their addresses, page tables, long mode. */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/paging/page_tables.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/departures.h"
#include "kernel-handoff/proto/elf/elf_base.h"
#include "kernel-handoff/proto/elf/elf_cpus.h"
#include "kernel-handoff/proto/elf/elf_info.h"
#include "kernel-handoff/proto/elf/elf_request.h"
#include "kernel-handoff/proto/places.h"
#include "kernel-handoff/video.h"

#include <mkboot/handoff.h>

enum { PAGE_BYTES = 4096, RETURN_ADDRESS_BYTES = 8 };

static const uint64_t gib_4 = 1ull << 32;

/* The kernel on its way into the plan. mappings[0] is the screen's, behind it come those of the segments: mapping[i] is segment[i]'s. */
struct kernel {
	const struct boot_request *request;
	struct plan *plan;
	struct arena *arena;
	struct elf elf; /* its segments at the addresses that they get */
	struct elf_request wish;
	struct elf_base base;
	struct page_mapping *mappings, *mapping;
};

static enum status open_kernel(struct kernel *kernel, struct err *err)
{
	struct file *file = kernel->request->kernel;
	const struct elf *elf = &kernel->elf;

	if (elf_open(file, kernel->arena, &kernel->elf, err) != OK)
		return err->code;
	departures_note(kernel->plan, file->path, elf->departures);
	if (!elf->is_64 || elf->machine != ELF_MACHINE_X86_64)
		return err_set(err, ERR_NOT_FOUND, "{s} is a 32-bit ELF file; the hand-off is for x86-64", file->path, 0, 0);
	if (elf->segment_count == 0)
		return err_set(err, ERR_CORRUPT, "{s} has no segment to load", file->path, 0, 0);
	return elf_request_read(elf, &kernel->wish, err);
}

/* The page tables are asked again when the plan is checked; here the segment has a name. */
static enum status check_entry(const struct elf *elf, struct err *err)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segment[i];

		if (elf->entry < segment->virt || elf->entry - segment->virt >= segment->bytes)
			continue;
		if ((segment->flags & ELF_SEGMENT_EXECUTABLE) != 0)
			return OK;
		return err_set(err, ERR_DENIED, "the entry {a:x} is in segment {b}, which is not executable", NULL, elf->entry,
			       segment->index);
	}
	return err_set(err, ERR_CORRUPT, "the entry {a:x} is in none of the {b} segments", NULL, elf->entry, elf->segment_count);
}

static enum status check_segment(const struct elf_segment *segment, struct err *err)
{
	if ((segment->flags & ELF_SEGMENT_WRITABLE) != 0 && (segment->flags & ELF_SEGMENT_EXECUTABLE) != 0) {
		(void)err_set(err, ERR_DENIED, "segment {a} is writable and executable", NULL, segment->index, 0);
		return err_hint(err, "separate code from data in the linker script (ld -z separate-code)");
	}
	return segment_check_4_gib(segment, err);
}

/* Two segments in one page can only be one mapping: the same distance to the physical address and the same permissions. */
static enum status check_pages(const struct page_mapping *one, const struct page_mapping *other, struct err *err)
{
	uint64_t one_end = align_down(one->virt + one->bytes - 1, PAGE_BYTES),
		 other_end = align_down(other->virt + other->bytes - 1, PAGE_BYTES);

	/* Compared by the last pages, not by what follows them: the upper half ends where 64 bits do. */
	if (one_end < align_down(other->virt, PAGE_BYTES) || other_end < align_down(one->virt, PAGE_BYTES))
		return OK;
	if (one->virt - one->phys == other->virt - other->phys && one->writable == other->writable && one->executable == other->executable)
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED, "{s} begins at virtual address {a:x}", other->what, other->virt, 0);
	(void)err_add(err, "{s} at virtual address {a:x} shares a page of 4 KiB with another segment that is mapped differently", one->what,
		      one->virt, 0);
	return err_hint(err, "align segments with different permissions to 4 KiB in the linker script");
}

/* All that is below 4 GiB is mapped anyhow. No bytes: there is nothing to map. */
static struct page_mapping screen_mapping(const struct screen *screen)
{
	uint64_t bytes = (uint64_t)screen->pitch_bytes * screen->height, end;

	if (screen->kind != SCREEN_LINEAR || (checked_add(screen->phys, bytes, &end) && end <= gib_4))
		bytes = 0;
	return (struct page_mapping){ .virt = screen->phys, .phys = screen->phys, .bytes = bytes, .writable = true, .what = "the screen" };
}

/* A position-independent kernel has its memory already, and its bytes are the relocated ones. */
static enum status add_segment(struct kernel *kernel, unsigned index, struct place *place, struct err *err)
{
	if (kernel->base.file == NULL)
		return plan_add_fixed(kernel->plan, place, err);
	place->file = kernel->base.file[index];
	return plan_add_reserved(kernel->plan, place, err);
}

static enum status add_segments(struct kernel *kernel, struct err *err)
{
	const struct elf *elf = &kernel->elf;

	kernel->mappings = ARENA_NEW_ARRAY(kernel->arena, struct page_mapping, elf->segment_count + 1u);
	if (kernel->mappings == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} segments", NULL, elf->segment_count, 0);
	kernel->mappings[0] = screen_mapping(&kernel->plan->video.screen);
	kernel->mapping = kernel->mappings + 1;
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segment[i];
		struct place place;

		if (segment_place(elf, i, kernel->arena, &place, err) != OK || check_segment(segment, err) != OK)
			return err->code;
		kernel->mapping[i] = (struct page_mapping){ .virt = segment->virt,
							    .phys = segment->phys,
							    .bytes = segment->bytes,
							    .writable = (segment->flags & ELF_SEGMENT_WRITABLE) != 0,
							    .executable = (segment->flags & ELF_SEGMENT_EXECUTABLE) != 0,
							    .what = place.what };
		for (unsigned j = 0; j < i; j++) {
			if (check_pages(&kernel->mapping[i], &kernel->mapping[j], err) != OK)
				return err->code;
		}
		if (add_segment(kernel, i, &place, err) != OK)
			return err->code;
	}
	return OK;
}

static enum status add_stack(struct plan *plan, uint64_t bytes, uint64_t *top, struct err *err)
{
	const struct place place = { .kind = PLACE_STACK, .what = "stack", .bytes = bytes };
	uint64_t start;

	if (plan_add(plan, &place, &(struct memory_want){ .align = PAGE_BYTES }, &start, err) != OK)
		return err->code;
	*top = start + bytes;
	return OK;
}

/*
 * What we hand over is found by its physical address, so a segment must not be mapped over that address. Only a kernel whose virtual
 * addresses are low and differ from its physical ones can do that.
 */
static enum status check_hidden(const struct kernel *kernel, const char *what, uint64_t start, uint64_t bytes, struct err *err)
{
	for (unsigned i = 0; i < kernel->elf.segment_count; i++) {
		const struct page_mapping *mapping = &kernel->mapping[i];
		uint64_t first = align_down(mapping->virt, PAGE_BYTES), last = (mapping->virt + mapping->bytes - 1) | (PAGE_BYTES - 1);

		if (mapping->virt != mapping->phys && start <= last && start + bytes > first) {
			(void)err_set(err, ERR_UNSUPPORTED, "{s} lies at {a:x}", what, start, 0);
			(void)err_add(err, "{s} is mapped over it from virtual address {a:x} on", mapping->what, mapping->virt, 0);
			return err_hint(err, "link the kernel at its physical address or in the upper half");
		}
	}
	return OK;
}

static enum status check_all_hidden(const struct kernel *kernel, struct err *err)
{
	const struct plan *plan = kernel->plan;

	if (check_hidden(kernel, "the trampoline", plan->trampoline, TRAMPOLINE_BYTES, err) != OK)
		return err->code;
	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];

		if (place->kind != PLACE_KERNEL && check_hidden(kernel, place->what, place->start, place->bytes, err) != OK)
			return err->code;
	}
	return OK;
}

/* Where the kernel begins: the segment with the lowest physical address. */
static void find_start(const struct elf *elf, struct elf_facts *facts)
{
	const struct elf_segment *lowest = &elf->segment[0];

	for (unsigned i = 1; i < elf->segment_count; i++) {
		if (elf->segment[i].phys < lowest->phys)
			lowest = &elf->segment[i];
	}
	facts->kernel_physical = lowest->phys;
	facts->kernel_virtual = lowest->virt;
}

/* The screen first: page tables and hand-off have it. */
static enum status choose_screen(struct kernel *kernel, struct err *err)
{
	video_choose(kernel->request, &kernel->wish.video, kernel->plan, kernel->arena);
	return elf_request_check_screen(&kernel->wish, kernel->plan, err);
}

static enum status plan_kernel(struct kernel *kernel, struct err *err)
{
	const struct boot_request *request = kernel->request;
	struct plan *plan = kernel->plan;
	struct page_tables_want tables = { .map = &plan->memory->map, .gigabyte_pages = request->machine->cpu_gigabyte_pages };
	struct elf_facts facts = { .request = request };
	bool needs_cpus = (kernel->wish.required & MKBOOT_REQUEST_CPUS) != 0, has_screen;
	uint64_t top = 0, handoff = 0, *module_start;

	if (choose_screen(kernel, err) != OK ||
	    elf_base_choose(request, &kernel->wish, &kernel->elf, plan, kernel->arena, &kernel->base, err) != OK ||
	    add_segments(kernel, err) != OK || check_entry(&kernel->elf, err) != OK)
		return err->code;
	has_screen = kernel->mappings[0].bytes > 0; /* the first, so that a segment may lie over it */
	tables.mapping = has_screen ? kernel->mappings : kernel->mapping;
	tables.count = kernel->elf.segment_count + has_screen;
	if (modules_list(request, kernel->arena, &module_start, err) != OK ||
	    modules_place(plan, request, kernel->arena, module_start, err) != OK ||
	    add_stack(plan, kernel->wish.stack_bytes, &top, err) != OK || plan_add_trampoline(plan, err) != OK ||
	    page_tables_add(plan, &tables, kernel->arena, err) != OK ||
	    elf_cpus_list(request, needs_cpus, plan, kernel->arena, &facts.cpus, &facts.cpu_count, err) != OK)
		return err->code;
	facts.module_start = module_start;
	find_start(&kernel->elf, &facts);
	facts.kernel_offset = kernel->base.offset;
	facts.kernel_random = kernel->base.random;
	if (elf_info_add(plan, &facts, kernel->arena, &handoff, err) != OK || check_all_hidden(kernel, err) != OK)
		return err->code;
	plan->mode = ENTRY_MODE_LONG;
	plan->entry = kernel->elf.entry;
	plan->registers = (struct entry_registers){ .di = handoff, .sp = top - RETURN_ADDRESS_BYTES };
	return OK;
}

static enum status elf_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct kernel kernel = { .request = request, .plan = plan, .arena = arena };

	if (open_kernel(&kernel, err) != OK)
		return err->code;
	if (!request->machine->cpu_no_execute) {
		(void)err_set(err, ERR_UNSUPPORTED, "this processor cannot forbid the execution of data (NX), which the hand-off promises",
			      NULL, 0, 0);
		return err_hint(err, "switch NX on in the firmware's setup, where it may be called XD or EVP");
	}
	if (plan_kernel(&kernel, err) != OK)
		return err_add(err, "{s} cannot be started as an ELF kernel", request->kernel_path, 0, 0);
	return OK;
}

const struct boot_proto proto_elf = { .name = "elf", .firmware = FIRMWARE_BIOS | FIRMWARE_UEFI, .plan = elf_plan };
