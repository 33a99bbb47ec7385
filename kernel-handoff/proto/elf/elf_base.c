/* SPDX-License-Identifier: MIT */
/* Choosing a position-independent kernel's addresses (KASLR). */
#include "kernel-handoff/proto/elf/elf_base.h"

#include "core/base/checked.h"
#include "core/base/span.h"
#include "kernel-handoff/image/elf_relocated_file.h"

#include <mkboot/handoff.h>

#include <stddef.h>

static const uint64_t gib = 1 << 30;
static const uint64_t upper_half = 0xFFFF800000000000, top_2_gib = 0xFFFFFFFF80000000, last_left_free = 2 << 20;
static const uint64_t block_min = 2 << 20;

/* Addresses in the file: the kernel's first one, rounded down, and its last. */
struct extent {
	uint64_t start, last, bytes;
};

/* Which bytes of the seed decide what. */
enum { SEED_VIRTUAL = 0, SEED_PHYSICAL = 8 };

static struct extent find_extent(const struct elf *elf, uint64_t align)
{
	struct extent extent = { .start = UINT64_MAX };

	for (unsigned i = 0; i < elf->segment_count; i++) {
		extent.start = min_u64(extent.start, elf->segment[i].virt);
		extent.last = max_u64(extent.last, elf->segment[i].virt + elf->segment[i].bytes - 1);
	}
	extent.start = align_down(extent.start, align);
	extent.bytes = extent.last - extent.start + 1;
	return extent;
}

static enum status fixed_offset(const struct elf *elf, const struct extent *extent, uint64_t *offset, struct err *err)
{
	if (extent->start >= upper_half) {
		*offset = 0;
		return OK;
	}
	if (extent->last < 2 * gib) {
		*offset = top_2_gib;
		return OK;
	}
	(void)err_set(err, ERR_UNSUPPORTED, "{s} is position-independent, and linked from {a:x} to {b:x}", elf->file->path, extent->start,
		      extent->last);
	return err_hint(err, "link it at address 0, or in the upper half of the virtual addresses");
}

/* How many virtual bases there are to choose from. */
static uint64_t count_bases(const struct extent *extent, uint64_t fixed_start, const struct elf_request *wish)
{
	uint64_t end = 0 - last_left_free;
	uint64_t window = fixed_start < end ? min_u64(wish->base_window, end - fixed_start) : 0;

	return window > extent->bytes ? (window - extent->bytes) / wish->base_align + 1 : 1;
}

static const char no_random_numbers[] = "there is no source of random numbers";

/* Why the addresses cannot be random ones; NULL: they can. */
static const char *why_fixed(const struct boot_request *request, uint64_t bases)
{
	if (request->settings.kaslr_off)
		return "the entry says \"kaslr off\"";
	if (bases < 2)
		return "it fills all of the addresses that it may have";
	if (!request->machine->has_random_seed)
		return no_random_numbers;
	return NULL;
}

static enum status refuse_fixed(const char *why, struct err *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, why, NULL, 0, 0);
	return err_add(err, "the kernel requires random addresses (KASLR) and cannot have them", NULL, 0, 0);
}

/* A plan on the host is for a machine that is not there: whether that has random numbers is not known. */
static enum status accept_fixed(const struct boot_request *request, const struct elf_request *wish, const char *why, struct plan *plan,
				struct err *err)
{
	bool is_certain = why != no_random_numbers || request->machine->cpu.known;

	if ((wish->required & MKBOOT_REQUEST_RANDOM) != 0 && is_certain)
		return refuse_fixed(why, err);
	if (!request->settings.kaslr_off)
		plan_note(plan, "the kernel gets its fixed addresses, not random ones (KASLR): {s}", why, 0, 0, NULL);
	return OK;
}

static uint64_t draw(const struct machine *machine, unsigned at, uint64_t count)
{
	return get_le64(machine->random_seed + at) % count;
}

/* A random end for the block: it then gets the highest free place below. 0: there is no choice. */
static uint64_t draw_block_end(const struct boot_request *request, const struct memory_map *map, uint64_t bytes, uint64_t align)
{
	uint64_t first = max_u64(block_min, align), top = memory_map_ram_end(map, 4 * gib);

	if (top < first || top - first < bytes)
		return 0;
	return first + draw(request->machine, SEED_PHYSICAL, (top - first - bytes) / align + 1) * align + bytes;
}

static enum status reserve_block(const struct boot_request *request, const struct extent *extent, uint64_t align, bool random,
				 struct plan *plan, uint64_t *start, struct err *err)
{
	struct memory_want want = { .bytes = extent->bytes, .align = align, .min = block_min, .what = "the kernel" };

	want.max = random ? draw_block_end(request, &plan->memory->map, extent->bytes, align) : 0;
	if (want.max != 0 && memory_allocate(plan->memory, &want, start, err) == OK)
		return OK;
	want.max = 0;
	want.low = true;
	return memory_allocate(plan->memory, &want, start, err);
}

static void move(struct elf *elf, const struct extent *extent, uint64_t offset, uint64_t block)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		struct elf_segment *segment = &elf->segment[i];

		segment->phys = block + (segment->virt - extent->start);
		segment->virt += offset;
	}
	elf->entry += offset;
}

enum status elf_base_choose(const struct boot_request *request, const struct elf_request *wish, struct elf *elf, struct plan *plan,
			    struct arena *arena, struct elf_base *base, struct err *err)
{
	struct extent extent = find_extent(elf, wish->base_align);
	struct elf_relocations relocations;
	uint64_t offset = 0, block = 0, bases;
	const char *why;

	*base = (struct elf_base){ .offset = 0 };
	if (elf->type != ELF_TYPE_DYN)
		return (wish->required & MKBOOT_REQUEST_RANDOM) != 0 ? refuse_fixed("it is linked for fixed ones (ET_EXEC)", err) : OK;
	if (elf_relocations_find(elf, &relocations, err) != OK || fixed_offset(elf, &extent, &offset, err) != OK)
		return err->code;
	bases = count_bases(&extent, extent.start + offset, wish);
	why = why_fixed(request, bases);
	if (why != NULL && accept_fixed(request, wish, why, plan, err) != OK)
		return err->code;
	if (why == NULL)
		offset += draw(request->machine, SEED_VIRTUAL, bases) * wish->base_align;
	if (reserve_block(request, &extent, wish->base_align, why == NULL, plan, &block, err) != OK)
		return err->code;
	*base = (struct elf_base){ .offset = offset, .random = why == NULL, .file = elf_relocated_files(elf, &relocations, offset, arena) };
	if (base->file == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} relocated segments", NULL, elf->segment_count, 0);
	move(elf, &extent, offset, block);
	return OK;
}
