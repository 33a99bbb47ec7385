/* SPDX-License-Identifier: MIT */
/* Places with the names that a printed plan shows. */
#include "kernel-handoff/proto/places.h"

#include "core/base/arena.h"
#include "core/base/checked.h"

enum status segment_place(const struct elf *elf, unsigned index, struct arena *arena, struct place *place, struct err *err)
{
	const struct elf_segment *segment = &elf->segment[index];
	const char *what = plan_label(arena, "segment", segment->index, NULL);

	if (what == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for segment {a}", NULL, segment->index, 0);
	*place = (struct place){
		.kind = PLACE_KERNEL,
		.what = what,
		.start = segment->phys,
		.bytes = segment->bytes,
		.file = elf->file,
		.file_offset = segment->file_offset,
		.file_bytes = segment->file_bytes,
	};
	return OK;
}

/* The headers' bytes, if they would not lie in RAM. */
static uint64_t headers_without_ram(const struct plan *plan, const struct elf *elf, const struct elf_segment *segment)
{
	enum { PAGE_BYTES = 4096 };
	const struct memory_map *map = &plan->memory->map;

	if (memory_map_covers(map, segment->phys, segment->phys + min_u64(segment->bytes, PAGE_BYTES), MEMORY_RAM))
		return 0;
	return elf_header_bytes(elf, segment);
}

void segments_leave_headers(struct plan *plan, struct elf *elf)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < elf->segment_count; i++) {
		struct elf_segment segment = elf->segment[i];
		uint64_t left = headers_without_ram(plan, elf, &segment);

		if (left > 0)
			plan_note(plan,
				  "{s}: segment {a} begins with the headers of the file; they are left out, as there is no RAM at {b:x}",
				  elf->file->path, segment.index, segment.phys, "link the kernel without its headers: ld -n");
		segment.file_offset += left;
		segment.file_bytes -= left;
		segment.bytes -= left;
		segment.virt += left;
		segment.phys += left;
		if (segment.bytes > 0)
			elf->segment[kept++] = segment;
	}
	elf->segment_count = kept;
}

enum status segment_check_4_gib(const struct elf_segment *segment, struct err *err)
{
	static const uint64_t gib_4 = 1ull << 32, upper_half = 1ull << 63;
	uint64_t end = segment->phys + segment->bytes;

	if (end <= gib_4)
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED,
		      segment->phys >= gib_4 ? "segment {a} wants to lie at {b:x}, above 4 GiB" : "segment {a} ends at {b:x}, above 4 GiB",
		      NULL, segment->index, segment->phys >= gib_4 ? segment->phys : end);
	if (segment->phys >= upper_half && segment->phys == segment->virt)
		return err_hint(err, "the kernel is linked to the upper half, and its physical addresses (p_paddr) are the virtual ones: "
				     "set them with AT() in the linker script; or, for the key elf, link with -static-pie or -pie, and it "
				     "is placed where memory is free");
	return err_hint(err, "give the segment a lower physical address in the linker script, with AT()");
}

enum status modules_list(const struct boot_request *request, struct arena *arena, uint64_t **start, struct err *err)
{
	*start = ARENA_NEW_ARRAY(arena, uint64_t, request->module_count);
	if (*start == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} modules", NULL, request->module_count, 0);
	return OK;
}

enum status modules_place(struct plan *plan, const struct boot_request *request, struct arena *arena, uint64_t *start, struct err *err)
{
	for (unsigned i = 0; i < request->module_count; i++) {
		const struct boot_module *module = &request->module[i];
		const char *what = plan_label(arena, "module", i + 1, module->path);

		if (what == NULL)
			return err_set(err, ERR_NO_MEMORY, "no working memory for module {a}", NULL, i + 1, 0);
		if (plan_add_file(plan, PLACE_MODULE, what, module->file, 0, &start[i], err) != OK)
			return err->code;
	}
	return OK;
}

enum status information_place(struct plan *plan, const struct place *place, struct span data, struct arena *arena, struct err *err)
{
	struct memory_file *file = ARENA_NEW(arena, struct memory_file);
	struct place added = *place;

	if (file == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for the {s}", place->what, 0, 0);
	memory_file_init(file, place->what, data.data, data.bytes);
	added.kind = PLACE_INFORMATION;
	added.file = &file->file;
	added.file_bytes = data.bytes;
	return plan_add_reserved(plan, &added, err);
}
