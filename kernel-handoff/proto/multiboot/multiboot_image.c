/* SPDX-License-Identifier: MIT */
/* Where the image of a Multiboot kernel goes. */
#include "kernel-handoff/proto/multiboot/multiboot_image.h"

#include "core/base/checked.h"
#include "kernel-handoff/proto/departures.h"
#include "kernel-handoff/proto/places.h"

static const uint64_t mib = 1 << 20, gib_4 = 1ull << 32;
static const uint64_t page_bytes = 4096;

/* The image on its way. Link addresses are physical; `moved` is what relocation adds to them, modulo 2^64. */
struct load {
	struct plan *plan;
	const struct multiboot_wish *wish;
	struct arena *arena;
	uint64_t link_start, link_end, link_entry;
	uint64_t moved;
};

static enum status blame(struct err *err, const struct multiboot_part *part)
{
	return err_add(err, "{s} at offset {a:x} of the kernel cannot be served", part->what, part->offset, 0);
}

/* A kernel without a wish stays where it was linked if that memory is free. */
static bool reserve_linked(struct load *load)
{
	const struct multiboot_relocation *relocation = load->wish->relocation;
	struct memory *memory = load->plan->memory;
	unsigned mark = memory_mark(memory);
	bool on_transient;
	struct err ignored;

	if (relocation->low || relocation->high || load->link_start < relocation->min || load->link_end > relocation->max ||
	    load->link_start % relocation->align != 0)
		return false;
	if (memory_reserve(memory, load->link_start, load->link_end, "kernel", false, &on_transient, &ignored) != OK)
		return false;
	if (on_transient)
		memory_reset(memory, mark);
	return !on_transient;
}

/* Takes one block for the whole image, so that its segments keep their distances. */
static enum status reserve_block(struct load *load, struct err *err)
{
	const struct multiboot_relocation *relocation = load->wish->relocation;
	const struct memory_want want = {
		.bytes = load->link_end - load->link_start,
		.align = max_u64(relocation->align, page_bytes),
		.min = relocation->min,
		.max = max_u64(relocation->max, 1),
		.low = relocation->low,
		.executable = load->wish->executable,
		.what = "kernel",
	};
	uint64_t start;

	if (reserve_linked(load))
		return OK;
	if (memory_allocate(load->plan->memory, &want, &start, err) != OK) {
		(void)err_add(err, "the kernel wants to lie between {a:x} and {b:x}", NULL, relocation->min, relocation->max);
		(void)blame(err, &relocation->part);
		return err_hint(err, "widen the range in the kernel's relocatable header tag, or give the machine more memory");
	}
	load->moved = start - load->link_start;
	return OK;
}

static enum status reserve(struct load *load, struct err *err)
{
	return load->wish->relocation != NULL ? reserve_block(load, err) : OK;
}

/* `place->start` is the link address. */
static enum status add_part(struct load *load, struct place *place, struct err *err)
{
	if (load->wish->relocation == NULL)
		return plan_add_fixed(load->plan, place, err);
	place->start += load->moved;
	return plan_add_reserved(load->plan, place, err);
}

/* A file that ends before its image does is what GRUB starts, too: kernels reserve their .bss so (ACRN). */
static uint64_t bytes_in_file(struct load *load, uint64_t wanted, uint64_t available)
{
	if (wanted > available)
		plan_note(load->plan, "{s}: the file ends {a} bytes before the load end in the kernel's header; they are cleared",
			  load->wish->kernel->path, wanted - available, 0,
			  "if the kernel does not run, its file may be cut off: compare it with the original");
	return min_u64(wanted, available);
}

/*
 * Finds the range in the file through the header's own address: *place gets it, with zeros behind it for .bss. The image may begin behind
 * its header: GRUB allows that.
 */
static enum status place_by_addresses(struct load *load, struct place *place, struct err *err)
{
	const struct multiboot_wish *wish = load->wish;
	const struct multiboot_addresses *addresses = wish->addresses;
	uint64_t start = addresses->from_file_start ? addresses->header - wish->header_offset : addresses->load;
	uint64_t file_offset = wish->header_offset + start - addresses->header; /* modulo 2^64 */
	uint64_t available, load_end, end;

	if (start > addresses->header && addresses->from_file_start) /* below 0 */
		file_offset = UINT64_MAX;
	if (file_offset > wish->kernel->bytes)
		return err_set(err, ERR_CORRUPT, "the header would be at {a:x}, and the image's start, at {b:x}, not in the file", NULL,
			       addresses->header, addresses->load);
	available = wish->kernel->bytes - file_offset;
	load_end = addresses->load_end != 0 ? addresses->load_end : start + available;
	end = addresses->bss_end != 0 ? addresses->bss_end : load_end;
	if (load_end < start || end < load_end)
		return err_set(err, ERR_CORRUPT, "the image would end at {a:x} and its bss at {b:x}", NULL, load_end, end);
	if (end > gib_4)
		return err_set(err, ERR_UNSUPPORTED, "the image would end at {a:x}, above 4 GiB", NULL, end, 0);
	*place = (struct place){
		.kind = PLACE_KERNEL,
		.what = "kernel",
		.start = start,
		.bytes = end - start,
		.file = wish->kernel,
		.file_offset = file_offset,
		.file_bytes = bytes_in_file(load, load_end - start, available),
	};
	if (start > addresses->header)
		plan_note(load->plan, "{s}: the image begins at {b:x}, behind its header at {a:x}, which is not loaded", wish->kernel->path,
			  addresses->header, start, NULL);
	return OK;
}

static enum status check_entry(const struct load *load, bool inside, struct err *err)
{
	if (inside)
		return OK;
	(void)err_set(err, ERR_CORRUPT, "the entry {a:x} is outside the kernel's image", NULL, load->link_entry, 0);
	return blame(err, &load->wish->entry_part);
}

static enum status load_by_addresses(struct load *load, struct err *err)
{
	const struct multiboot_wish *wish = load->wish;
	struct place place;

	if (place_by_addresses(load, &place, err) != OK)
		return blame(err, &wish->addresses_part);
	if (!wish->has_entry)
		return err_set(err, ERR_CORRUPT, "the kernel has an address tag and no entry address tag", NULL, 0, 0);
	load->link_start = place.start;
	load->link_end = place.start + place.bytes;
	load->link_entry = wish->entry;
	if (check_entry(load, wish->entry >= load->link_start && wish->entry < load->link_end, err) != OK || reserve(load, err) != OK)
		return err->code;
	return add_part(load, &place, err);
}

/* e_entry is virtual. Where no segment has it as such, QEMU takes it as physical, and kernels that nobody else starts have it so. */
static enum status find_elf_entry(struct load *load, const struct elf *elf, struct err *err)
{
	load->link_entry = load->wish->entry;
	if (load->wish->has_entry)
		return check_entry(load, elf_has_physical(elf, load->link_entry), err);
	if (elf_to_physical(elf, elf->entry, &load->link_entry))
		return OK;
	if (!elf_has_physical(elf, elf->entry))
		return err_set(err, ERR_CORRUPT, "the entry {a:x} is in none of the kernel's segments", NULL, elf->entry, 0);
	load->link_entry = elf->entry;
	plan_note(load->plan, "{s}: no segment has the entry {a:x} as a virtual address, and it is taken as a physical one",
		  elf->file->path, elf->entry, 0, "GRUB starts the kernel only if its ELF header has the virtual address of the entry");
	return OK;
}

/* The addresses are those of the file: the trail is about it, wherever the image will lie. */
static enum status check_segments(const struct elf *elf, struct err *err)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *one = &elf->segment[i];

		if (segment_check_4_gib(one, err) != OK)
			return err->code;
		for (unsigned j = 0; j < i; j++) {
			const struct elf_segment *other = &elf->segment[j];

			if (!ranges_overlap(one->phys, one->phys + one->bytes, other->phys, other->phys + other->bytes))
				continue;
			(void)err_set(err, ERR_DENIED, "both have the memory at {a:x}", NULL, max_u64(one->phys, other->phys), 0);
			(void)err_add(err, "segments {a} and {b} of the kernel overlap", NULL, other->index, one->index);
			return err_hint(err, "give each segment physical addresses of its own in the linker script");
		}
	}
	return OK;
}

static enum status load_elf(struct load *load, struct elf *elf, struct err *err)
{
	if (elf_open(load->wish->kernel, load->arena, elf, err) != OK) {
		if (err->code != ERR_NOT_FOUND)
			return err->code;
		(void)err_set(err, ERR_UNSUPPORTED, "the kernel is not an ELF file, and its header lacks {s}",
			      load->wish->addresses_part.what, 0, 0);
		return err_hint(err, "link the kernel as ELF, or have its Multiboot header say where the file is to be loaded");
	}
	if (load->wish->relocation == NULL)
		segments_leave_headers(load->plan, elf);
	if (!elf_span(elf, &load->link_start, &load->link_end))
		return err_set(err, ERR_CORRUPT, "the kernel's ELF file has no segment to load", NULL, 0, 0);
	departures_note(load->plan, elf->file->path, elf->departures);
	if (find_elf_entry(load, elf, err) != OK || check_segments(elf, err) != OK || reserve(load, err) != OK)
		return err->code;
	for (unsigned i = 0; i < elf->segment_count; i++) {
		struct place place;

		if (segment_place(elf, i, load->arena, &place, err) != OK || add_part(load, &place, err) != OK)
			return err->code;
	}
	return OK;
}

/*
 * A kernel's preference for high addresses is its own: kernels look for what they are handed at low ones, as if they were where they were
 * linked.
 */
static uint64_t low_from(const struct load *load)
{
	const struct multiboot_relocation *relocation = load->wish->relocation;
	bool is_high = relocation != NULL && !relocation->low && load->moved != 0;

	return is_high ? mib : plan_kernel_end(load->plan);
}

enum status multiboot_image_add(struct plan *plan, const struct multiboot_wish *wish, struct arena *arena, struct multiboot_image *image,
				struct err *err)
{
	struct load load = { .plan = plan, .wish = wish, .arena = arena };
	struct multiboot_image added = { .is_elf = wish->addresses == NULL };

	if (added.is_elf ? load_elf(&load, &added.elf, err) != OK : load_by_addresses(&load, err) != OK)
		return err->code;
	plan->low_from = low_from(&load);
	added.start = load.link_start + load.moved;
	added.entry = load.link_entry + load.moved;
	*image = added;
	return OK;
}
