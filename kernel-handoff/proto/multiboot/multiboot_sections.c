/* SPDX-License-Identifier: MIT */
/* Section headers, and the sections that only they know. */
#include "kernel-handoff/proto/multiboot/multiboot_sections.h"

#include "core/base/arena.h"
#include "kernel-handoff/proto/places.h"

enum { PAGE_BYTES = 4096 };

/* Symbols and strings, also the names of the sections: bytes in the file, and no address. A section that leaves the file is not loaded. */
static bool section_is_wanted(const struct elf *elf, const struct elf_section *section)
{
	return (section->type == ELF_SECTION_SYMBOLS || section->type == ELF_SECTION_STRINGS) && section->address == 0 &&
	       section->bytes > 0 && file_has(elf->file, section->file_offset, section->bytes);
}

static enum status load_section(struct plan *plan, const struct elf *elf, const struct elf_section *section, uint8_t *header,
				struct err *err)
{
	const struct place place = {
		.kind = PLACE_INFORMATION,
		.what = section->type == ELF_SECTION_SYMBOLS ? "symbols" : "strings",
		.bytes = section->bytes,
		.file = elf->file,
		.file_offset = section->file_offset,
		.file_bytes = section->bytes,
	};
	uint64_t address;

	if (plan_add(plan, &place, &(struct memory_want){ .align = PAGE_BYTES }, &address, err) != OK)
		return err->code;
	elf_section_set_address(elf, header, address);
	return OK;
}

/* Without memory for the headers there are none. */
static enum status read_headers(const struct elf *elf, struct arena *arena, struct multiboot_sections *sections, struct err *err)
{
	struct multiboot_sections read = { .elf = elf };

	*sections = (struct multiboot_sections){ 0 };
	if (elf == NULL || elf->section_count == 0)
		return OK;
	read.headers = ARENA_NEW_ARRAY(arena, uint8_t, multiboot_sections_bytes(&read));
	if (read.headers == NULL)
		return OK;
	if (file_read(elf->file, elf->sections_offset, multiboot_sections_bytes(&read), read.headers, err) != OK)
		return err_add(err, "the section headers cannot be read", NULL, 0, 0);
	*sections = read;
	return OK;
}

enum status multiboot_sections_read(const struct elf *elf, size_t (*measure)(const void *context), const void *context, struct arena *arena,
				    struct multiboot_sections *sections, uint8_t **buffer, size_t *bytes, struct err *err)
{
	size_t mark = arena_mark(arena), needed;
	uint8_t *made;

	if (read_headers(elf, arena, sections, err) != OK)
		return err->code;
	needed = measure(context);
	made = ARENA_NEW_ARRAY(arena, uint8_t, needed);
	if (made == NULL && sections->elf != NULL) {
		arena_reset(arena, mark);
		*sections = (struct multiboot_sections){ 0 };
		needed = measure(context);
		made = ARENA_NEW_ARRAY(arena, uint8_t, needed);
	}
	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of boot information", NULL, needed, 0);
	*buffer = made;
	*bytes = needed;
	return OK;
}

/* Symbols without their strings are of no use: all or none. ERR_NO_MEMORY, ERR_TOO_BIG: there is no room for all. */
static enum status load_sections(struct plan *plan, const struct multiboot_sections *sections, struct err *err)
{
	const struct elf *elf = sections->elf;
	struct elf_section section;

	for (unsigned i = 0; elf != NULL && i < elf->section_count; i++) {
		if (elf_section_read(elf, i, &section, err) != OK)
			return err->code;
		if (section_is_wanted(elf, &section) &&
		    load_section(plan, elf, &section, sections->headers + (size_t)i * elf->section_bytes, err) != OK)
			return err->code;
	}
	return OK;
}

/* The headers get the addresses of the file back. */
static enum status forget_sections(const struct multiboot_sections *sections, struct err *err)
{
	const struct elf *elf = sections->elf;
	struct elf_section section;

	for (unsigned i = 0; i < elf->section_count; i++) {
		if (elf_section_read(elf, i, &section, err) != OK)
			return err->code;
		if (section_is_wanted(elf, &section))
			elf_section_set_address(elf, sections->headers + (size_t)i * elf->section_bytes, 0);
	}
	return OK;
}

enum status multiboot_rest_place(struct plan *plan, const struct multiboot_sections *sections, const struct boot_request *request,
				 uint64_t *module_start, struct arena *arena, struct err *err)
{
	unsigned places = plan->count, reserved;
	enum status status;

	if (plan_needs_trampoline(plan) && plan_add_trampoline(plan, err) != OK)
		return err->code;
	reserved = memory_mark(plan->memory);
	status = load_sections(plan, sections, err);
	if (status == OK)
		status = modules_place(plan, request, arena, module_start, err);
	if (sections->elf == NULL || (status != ERR_NO_MEMORY && status != ERR_TOO_BIG))
		return status;
	plan->count = places;
	memory_reset(plan->memory, reserved);
	status = forget_sections(sections, err);
	return status == OK ? modules_place(plan, request, arena, module_start, err) : status;
}
