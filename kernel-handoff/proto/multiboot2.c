/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2 kernels (specification 2.0). The machine's state is that of section 3.3, 32-bit protected mode, or on UEFI, for a kernel that
 * keeps the firmware's boot services, that of section 3.5.
 */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "kernel-handoff/image/multiboot2_header.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/multiboot2_info.h"
#include "kernel-handoff/proto/places.h"

#define ENTRY_MAGIC 0x36D76289u
enum { ENTRY_STACK = 0x7FF00 /* not promised by the specification, but kernels use it: GRUB leaves it there */ };

static const uint64_t gib_4 = 1ull << 32;
static const uint64_t page_bytes = 4096;

/* The image on its way into the plan. Link addresses are physical; `moved` is what relocation adds to them, modulo 2^64. */
struct image {
	const struct multiboot2_header *header;
	struct plan *plan;
	struct arena *arena;
	uint64_t link_start, link_end;
	uint64_t moved;
	uint64_t entry; /* at run time */
	bool keeps_firmware;
	bool is_elf;
	struct elf elf;
};

/* A kernel without a wish stays where it was linked if that memory is free. */
static bool reserve_linked(struct image *image)
{
	const struct multiboot2_header *header = image->header;
	struct memory *memory = image->plan->memory;
	unsigned mark = memory_mark(memory);
	bool on_transient;
	struct err ignored;

	if (header->preference != MULTIBOOT2_PREFER_NOTHING || image->link_start < header->min_address ||
	    image->link_end > header->max_address || image->link_start % header->align != 0)
		return false;
	if (memory_reserve(memory, image->link_start, image->link_end, "kernel", false, &on_transient, &ignored) != OK)
		return false;
	if (on_transient)
		memory_reset(memory, mark);
	return !on_transient;
}

/* Takes one block for the whole image, so that its segments keep their distances. */
static enum status reserve_block(struct image *image, struct err *err)
{
	const struct multiboot2_header *header = image->header;
	const struct memory_want want = {
		.bytes = image->link_end - image->link_start,
		.align = max_u64(header->align, page_bytes),
		.min = header->min_address,
		.max = max_u64(header->max_address, 1),
		.low = header->preference == MULTIBOOT2_PREFER_LOW,
		.executable = image->keeps_firmware,
		.what = "kernel",
	};
	uint64_t start;

	if (reserve_linked(image))
		return OK;
	if (memory_allocate(image->plan->memory, &want, &start, err) != OK) {
		(void)err_add(err, "the kernel wants to lie between {a:x} and {b:x}", NULL, header->min_address, header->max_address);
		return err_hint(err, "widen the range in the kernel's relocatable header tag, or give the machine more memory");
	}
	image->moved = start - image->link_start;
	return OK;
}

static enum status reserve_image(struct image *image, struct err *err)
{
	if (image->link_end > gib_4)
		return err_set(err, ERR_UNSUPPORTED, "the kernel's image ends at {a:x}, above 4 GiB", NULL, image->link_end, 0);
	return image->header->relocatable ? reserve_block(image, err) : OK;
}

/* `place->start` is the link address. */
static enum status add_part(struct image *image, struct place *place, struct err *err)
{
	if (!image->header->relocatable)
		return plan_add_fixed(image->plan, place, err);
	place->start += image->moved;
	return plan_add_reserved(image->plan, place, err);
}

/* Without an entry of its own for UEFI, a kernel that keeps the firmware is entered in 64 bits at its only one: as GRUB does, for NOVA. */
static bool uses_efi_entry(const struct image *image)
{
	return image->keeps_firmware && image->header->has_entry_efi_64;
}

/* The address tag: a range of the file, found through the header's own address, and zeros behind it. */
static enum status load_by_address(struct image *image, struct file *kernel, struct err *err)
{
	const struct multiboot2_header *header = image->header;
	struct place place = { .kind = PLACE_KERNEL, .what = "kernel", .file = kernel };
	uint64_t back = (uint64_t)header->header_address - header->load_address;
	uint64_t load_end, end;

	if (header->load_address == UINT32_MAX)
		back = header->offset;
	if (back > header->offset || back > header->header_address)
		return err_set(err, ERR_CORRUPT, "the address tag puts the header at {a:x} and the image's start at {b:x}", NULL,
			       header->header_address, header->load_address);
	place.start = header->header_address - back;
	place.file_offset = header->offset - back;
	load_end = header->load_end_address != 0 ? header->load_end_address : place.start + (kernel->bytes - place.file_offset);
	end = header->bss_end_address != 0 ? header->bss_end_address : load_end;
	if (load_end <= place.start || end < load_end)
		return err_set(err, ERR_CORRUPT, "the address tag lets the image end at {a:x} and its bss at {b:x}", NULL, load_end, end);
	place.file_bytes = load_end - place.start;
	place.bytes = end - place.start;
	if (place.file_bytes > kernel->bytes - place.file_offset)
		return err_set(err, ERR_CORRUPT, "the kernel is cut off: the address tag wants {a} bytes and the file has {b}", NULL,
			       place.file_bytes, kernel->bytes - place.file_offset);
	if (!header->has_entry && !uses_efi_entry(image))
		return err_set(err, ERR_CORRUPT, "the kernel has an address tag and no entry address tag", NULL, 0, 0);
	image->link_start = place.start;
	image->link_end = end;
	if (reserve_image(image, err) != OK)
		return err->code;
	image->entry = (uses_efi_entry(image) ? header->entry_efi_64 : header->entry) + image->moved;
	return add_part(image, &place, err);
}

static enum status load_elf(struct image *image, struct file *kernel, struct err *err)
{
	const struct multiboot2_header *header = image->header;
	uint64_t entry = uses_efi_entry(image) ? header->entry_efi_64 : header->entry;

	if (elf_open(kernel, image->arena, &image->elf, err) != OK) {
		if (err->code != ERR_NOT_FOUND)
			return err->code;
		(void)err_set(err, ERR_UNSUPPORTED, "the kernel is not an ELF file and has no address tag", NULL, 0, 0);
		return err_hint(err, "link the kernel as ELF, or give its Multiboot2 header an address tag");
	}
	image->is_elf = true;
	if (!elf_span(&image->elf, &image->link_start, &image->link_end))
		return err_set(err, ERR_CORRUPT, "the kernel's ELF file has no segment to load", NULL, 0, 0);
	if (!header->has_entry && !uses_efi_entry(image) && !elf_to_physical(&image->elf, image->elf.entry, &entry))
		return err_set(err, ERR_CORRUPT, "the entry {a:x} is in none of the kernel's segments", NULL, image->elf.entry, 0);
	if (reserve_image(image, err) != OK)
		return err->code;
	image->entry = entry + image->moved;
	for (unsigned i = 0; i < image->elf.segment_count; i++) {
		struct place place;

		if (segment_place(&image->elf, i, image->arena, &place, err) != OK || add_part(image, &place, err) != OK)
			return err->code;
	}
	return OK;
}

/* 3.1.9: a kernel that requires a console has to be able to use the one that is there. */
static enum status check_console(const struct multiboot2_header *header, const struct screen *screen, struct err *err)
{
	bool text = screen->kind == SCREEN_TEXT && (header->console_flags & MULTIBOOT2_CONSOLE_EGA_TEXT) != 0;
	bool pixels = screen->kind == SCREEN_LINEAR && header->has_framebuffer;

	if ((header->console_flags & MULTIBOOT2_CONSOLE_REQUIRED) == 0 || text || pixels)
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED, "the kernel requires a console of a kind that this machine does not have now", NULL, 0, 0);
	if (screen->kind == SCREEN_LINEAR)
		return err_hint(err, "the screen shows pixels: the kernel's header needs a framebuffer tag, or start it by a BIOS");
	return err->code;
}

static enum status plan_image(struct image *image, const struct boot_request *request, struct err *err)
{
	struct multiboot2_facts facts = { .request = request, .keeps_firmware = image->keeps_firmware };
	struct plan *plan = image->plan;
	uint64_t information;

	if (image->header->has_address ? load_by_address(image, request->kernel, err) != OK : load_elf(image, request->kernel, err) != OK)
		return err->code;
	if (modules_place(plan, request, image->arena, &facts.module_start, err) != OK)
		return err->code;
	facts.load_base = image->link_start + image->moved;
	facts.elf = image->is_elf ? &image->elf : NULL;
	plan->mode = image->keeps_firmware ? ENTRY_MODE_FIRMWARE : ENTRY_MODE_PROTECTED;
	if (multiboot2_info_add(plan, &facts, image->arena, &information, err) != OK)
		return err->code;
	plan->entry = image->entry;
	plan->registers = (struct entry_registers){ .ax = ENTRY_MAGIC, .bx = information };
	if (!image->keeps_firmware)
		plan->registers.sp = ENTRY_STACK;
	return OK;
}

static enum status multiboot2_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct multiboot2_header header;
	struct image image = { .header = &header, .plan = plan, .arena = arena };

	if (multiboot2_header_find(request->kernel, arena, &header, err) != OK)
		return err->code;
	image.keeps_firmware = request->machine->firmware == FIRMWARE_UEFI && header.keeps_boot_services;
	if (check_console(&header, &request->machine->screen, err) != OK || plan_image(&image, request, err) != OK)
		return err_add(err, "{s} cannot be started as a Multiboot2 kernel", request->kernel_path, 0, 0);
	return OK;
}

const struct boot_proto proto_multiboot2 = { .name = "multiboot2", .firmware = FIRMWARE_BIOS | FIRMWARE_UEFI, .plan = multiboot2_plan };
