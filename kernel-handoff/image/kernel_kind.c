/* SPDX-License-Identifier: MIT */
/* Trying the kinds of kernels in turn. */
#include "kernel-handoff/image/kernel_kind.h"

#include "core/base/arena.h"
#include "core/base/known.h"
#include "core/base/text.h"
#include "kernel-handoff/image/bzimage.h"
#include "kernel-handoff/image/elf_notes.h"
#include "kernel-handoff/image/multiboot2_header.h"
#include "kernel-handoff/image/multiboot_header.h"
#include "kernel-handoff/image/pe.h"

#include <mkboot/handoff.h>

#include <stddef.h>

static bool is_linux(struct file *file, struct arena *arena)
{
	struct bzimage image;
	struct err ignored;

	(void)arena;
	return bzimage_open(file, &image, &ignored) == OK;
}

static bool open_program(struct file *file, struct pe *pe)
{
	struct err ignored;

	return pe_open(file, pe, &ignored) == OK && pe->subsystem == PE_SUBSYSTEM_EFI_APPLICATION;
}

static bool is_program(struct file *file, struct arena *arena)
{
	struct pe pe;

	(void)arena;
	return open_program(file, &pe);
}

static bool is_unified(struct file *file, struct arena *arena)
{
	struct pe_section section;
	struct err ignored;
	struct pe pe;

	(void)arena;
	return open_program(file, &pe) && pe_section_find(&pe, ".linux", &section, &ignored) == OK;
}

static bool is_dos(struct file *file, struct arena *arena)
{
	uint8_t start[2];
	struct err ignored;

	(void)arena;
	return file_read(file, 0, sizeof start, start, &ignored) == OK && start[0] == 'M' && start[1] == 'Z';
}

static bool is_multiboot2(struct file *file, struct arena *arena)
{
	struct multiboot2_header header;
	struct err ignored;

	return multiboot2_header_find(file, arena, &header, &ignored) == OK;
}

static bool is_multiboot(struct file *file, struct arena *arena)
{
	struct multiboot_header header;
	struct err ignored;

	return multiboot_header_find(file, arena, &header, &ignored) == OK;
}

static bool has_note(struct file *file, struct arena *arena, const char *owner, uint32_t type)
{
	struct err ignored;
	struct elf elf;
	size_t bytes;

	return elf_open(file, arena, &elf, &ignored) == OK && elf_note_find(&elf, owner, type, NULL, 0, &bytes, &ignored) == OK;
}

static bool is_pvh(struct file *file, struct arena *arena)
{
	return has_note(file, arena, "Xen", XEN_NOTE_PHYS32_ENTRY);
}

static bool is_handoff(struct file *file, struct arena *arena)
{
	return has_note(file, arena, MKBOOT_NOTE_OWNER, MKBOOT_NOTE_REQUEST);
}

static bool is_elf_64(struct file *file, struct arena *arena)
{
	struct err ignored;
	struct elf elf;

	return elf_open(file, arena, &elf, &ignored) == OK && elf.is_64 && elf.machine == ELF_MACHINE_X86_64;
}

static bool is_elf(struct file *file, struct arena *arena)
{
	struct err ignored;
	struct elf elf;

	return elf_open(file, arena, &elf, &ignored) == OK;
}

#define USE(key) "use the key " key " (mkboot create --" key ")"

/* What says most about a file comes first: Xen has three of them, and a Linux kernel with an EFI stub is a program for UEFI as well. */
static const struct {
	struct kernel_kind kind;
	bool (*is)(struct file *file, struct arena *arena);
} kinds[] = {
	{ { "linux", "a Linux kernel (bzImage)", USE("linux") }, is_linux },
	{ { "uki", "a unified kernel image", USE("uki") }, is_unified },
	{ { "efi", "a program for UEFI", USE("efi") ", or name the kernel's own file (xen.gz, not xen.efi)" }, is_program },
	{ { NULL, "a program for DOS or Windows", "name the kernel's own file" }, is_dos },
	{ { "multiboot2", "a kernel with a Multiboot2 header", USE("multiboot2") }, is_multiboot2 },
	{ { "multiboot", "a kernel with a Multiboot 1 header", USE("multiboot") }, is_multiboot },
	{ { "pvh", "an ELF file with a PVH entry", USE("pvh") }, is_pvh },
	{ { "elf", "a kernel for mkboot's own hand-off", USE("elf") }, is_handoff },
	{ { "elf", "a 64-bit ELF file without the header of a boot protocol",
	    "if it is for mkboot's own hand-off, " USE(
		    "elf") "; a Linux kernel (vmlinux) has a PVH entry if it was built with CONFIG_PVH=y, "
			   "and any is started by its bzImage" },
	  is_elf_64 },
	{ { NULL, "a 32-bit ELF file without the header of a boot protocol",
	    "give the kernel a Multiboot2 header or a PVH note; Linux is started by its bzImage" },
	  is_elf },
};

bool kernel_kind_find(struct file *file, const char *except, struct arena *arena, struct kernel_kind *kind)
{
	const struct known *known;

	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *key = kinds[i].kind.key;
		size_t mark = arena_mark(arena);
		bool is = (key == NULL || except == NULL || !text_equal(key, except)) && kinds[i].is(file, arena);

		arena_reset(arena, mark);
		if (is) {
			*kind = kinds[i].kind;
			return true;
		}
	}
	known = known_find(file, KNOWN_EVERY);
	if (known != NULL)
		*kind = (struct kernel_kind){ .name = known->name, .help = known->help };
	return known != NULL;
}
