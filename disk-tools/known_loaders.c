/* SPDX-License-Identifier: MIT */
/* The tables of marks. Those of loaders that Debian has were compared with its packages; Windows' and Limine's are from public reports. */
#include "disk-tools/known_loaders.h"

#include "bios-stage1/layout.h"

#include <stdlib.h>
#include <string.h>

enum { MARKS_MAX = 3, PROGRAM_BYTES_MAX = 16 << 20, OEM_OFFSET = 3 };

/* A text at `offset`, or anywhere in the sector for 0. */
struct sector_mark {
	unsigned offset;
	const char *text;
};

/* All marks of a line have to be there; the first line that fits counts. */
static const struct {
	struct boot_sector sector;
	struct sector_mark mark[MARKS_MAX];
} sector_kinds[] = {
	{ { .name = "ISOLINUX" }, { { 0, "isolinux.bin missing or corrupt" } } },
	{ { .name = "GRUB" }, { { 0, "GRUB " }, { 0, "Geom" }, { 0, "Hard Disk" } } },
	{ { .name = "Limine" }, { { OEM_OFFSET, "LIMINE  " } } },
	{ { .name = "LILO" }, { { 6, "LILO" } } },
	{ { .name = "SYSLINUX" }, { { OEM_OFFSET, "SYSLINUX" }, { 0, "Boot error" } } },
	{ { .name = "EXTLINUX" }, { { OEM_OFFSET, "EXTLINUX" }, { 0, "Boot error" } } },
	{ { .name = "SYSLINUX", .chain = CHAIN_GPT_LEGACY }, { { 0, "Missing OS" }, { 0, "Multiple active partitions" } } },
	{ { .name = "SYSLINUX", .chain = CHAIN_ACTIVE }, { { 0, "Missing operating system." }, { 0, "Multiple active partitions." } } },
	{ { .name = "SYSLINUX" }, { { 0, "Missing operating system." }, { 0, "Operating system load error." } } },
	{ { .name = "Windows", .chain = CHAIN_ACTIVE }, { { 0, "Invalid partition table" }, { 0, "Error loading operating system" } } },
	{ { .name = "Windows" }, { { 0, "BOOTMGR is" } } },
	{ { .name = "Windows" }, { { 0, "NTLDR is" } } },
	{ { .why = "its code only says that the disk does not boot" }, { { 0, "This is not a bootable disk" } } },
};

static bool has_mark(struct span sector, const struct sector_mark *mark)
{
	size_t bytes = strlen(mark->text);

	if (mark->offset != 0)
		return span_equal(span_part(sector, mark->offset, bytes), mark->text, bytes);
	return memmem(sector.data, sector.bytes, mark->text, bytes) != NULL;
}

struct boot_sector boot_sector_identify(struct span sector)
{
	static const uint8_t nothing[MBR_CODE_BYTES];

	for (unsigned i = 0; i < sizeof sector_kinds / sizeof sector_kinds[0]; i++) {
		unsigned k = 0;

		while (k < MARKS_MAX && sector_kinds[i].mark[k].text != NULL && has_mark(sector, &sector_kinds[i].mark[k]))
			k++;
		if (k == MARKS_MAX || sector_kinds[i].mark[k].text == NULL)
			return sector_kinds[i].sector;
	}
	if (span_equal(span_part(sector, 0, sizeof nothing), nothing, sizeof nothing))
		return (struct boot_sector){ .why = "it holds no code" };
	return (struct boot_sector){ .name = "a foreign boot sector" };
}

/* By a section that no other program has. */
static const struct {
	const char *section, *name;
} section_names[] = {
	{ ".linux", "a unified kernel image" },
	{ "mods", "GRUB" },
};

/* By the component's name in .sbat, up to the first '.' or ','. */
static const struct {
	const char *component, *name;
} sbat_names[] = {
	{ "shim", "shim" },
	{ "grub", "GRUB" },
	{ "limine", "Limine" },
	{ "refind", "rEFInd" },
};

/* By a text, in UTF-16 if `wide`. */
static const struct {
	const char *text;
	bool wide;
	const char *name;
} text_names[] = {
	{ "#### LoaderInfo: systemd-boot", false, "systemd-boot" },
	{ "bootmgfw.pdb", false, "Windows" },
	{ "ldlinux.e64", false, "SYSLINUX" },
	{ "Memtest86+", false, "Memtest86+" },
	{ "#!ipxe", false, "iPXE" },
	{ "limine.c", false, "Limine" }, /* .cfg, later .conf */
	{ "rEFInd", true, "rEFInd" },
	{ "Xen version", false, "Xen" },
};

/* Linux' boot protocol: "HdrS" at 202h. */
enum { LINUX_MAGIC_OFFSET = 0x202 };

static const char *name_by_sbat(const char *sbat)
{
	for (const char *line = sbat; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t length = strcspn(line, ".,\n");

		for (unsigned i = 0; i < sizeof sbat_names / sizeof sbat_names[0]; i++) {
			if (length == strlen(sbat_names[i].component) && memcmp(line, sbat_names[i].component, length) == 0)
				return sbat_names[i].name;
		}
	}
	return NULL;
}

static bool has_text(struct span program, const char *text, bool wide)
{
	uint8_t sought[64] = { 0 };
	size_t count = strlen(text), step = wide ? 2 : 1;

	for (size_t i = 0; i < count; i++)
		sought[i * step] = (uint8_t)text[i];
	return memmem(program.data, program.bytes, sought, count * step) != NULL;
}

static const char *name_by_text(struct span program)
{
	for (unsigned i = 0; i < sizeof text_names / sizeof text_names[0]; i++) {
		if (has_text(program, text_names[i].text, text_names[i].wide))
			return text_names[i].name;
	}
	if (span_equal(span_part(program, LINUX_MAGIC_OFFSET, 4), "HdrS", 4))
		return "Linux";
	return "an unknown EFI program";
}

enum status efi_program_identify(const struct efi_loader *program, const char **name, struct err *err)
{
	struct file *file = program->pe.file;
	size_t bytes = file->bytes < PROGRAM_BYTES_MAX ? (size_t)file->bytes : PROGRAM_BYTES_MAX;
	uint8_t *data;
	enum status status;

	for (unsigned i = 0; i < program->pe.section_count; i++) {
		for (unsigned k = 0; k < sizeof section_names / sizeof section_names[0]; k++) {
			if (strcmp(program->section[i].name, section_names[k].section) == 0) {
				*name = section_names[k].name;
				return OK;
			}
		}
	}
	*name = name_by_sbat(program->sbat);
	if (*name != NULL)
		return OK;
	data = malloc(bytes);
	if (data == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to look at {s}", file->path, 0, 0);
	status = file_read(file, 0, bytes, data, err);
	if (status == OK)
		*name = name_by_text(span_of(data, bytes));
	free(data);
	return status;
}
