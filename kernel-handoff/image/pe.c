/* SPDX-License-Identifier: MIT */
/* The headers of PE images, which are a DOS header, a signature, a COFF header, an optional header and the section table. */
#include "kernel-handoff/image/pe.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"

enum { DOS_MAGIC = 0x5A4D /* "MZ" */, DOS_HEADER_BYTES = 64, DOS_NEW_HEADER = 0x3C, PE_MAGIC = 0x4550 /* "PE\0\0" */ };
enum { COFF_BYTES = 24 /* with the signature */, SECTION_BYTES = 40, MACHINE_X86_64 = 0x8664, PE32_PLUS = 0x20B, PE32 = 0x10B };
enum { COFF_CHARACTERISTICS = 22, EXECUTABLE_IMAGE = 2 };
enum { CERTIFICATES = 4, DIRECTORY_BYTES = 8, DIRECTORIES_MAX = 16 };

/* Offsets in the optional header of PE32+. */
enum {
	OPTIONAL_ENTRY = 16,
	OPTIONAL_SECTION_ALIGN = 32,
	OPTIONAL_IMAGE_VERSION = 44,
	OPTIONAL_IMAGE_BYTES = 56,
	OPTIONAL_HEADER_BYTES = 60,
	OPTIONAL_SUBSYSTEM = 68,
	OPTIONAL_DLL_FLAGS = 70,
	OPTIONAL_DIRECTORY_COUNT = 108,
	OPTIONAL_DIRECTORIES = 112,
	OPTIONAL_BYTES_MAX = OPTIONAL_DIRECTORIES + DIRECTORIES_MAX * DIRECTORY_BYTES,
};

static const char not_pe[] = "{s} is not a PE image, which is what this firmware starts";

static enum status cut_off(const struct file *file, const char *what, struct err *err)
{
	(void)err_set(err, ERR_CORRUPT, "the file has {a} bytes, and {s} does not end before that", what, file->bytes, 0);
	return err_add(err, "{s} is cut off or damaged", file->path, 0, 0);
}

/* Reads [offset, offset + bytes), or says that `what` is not there. */
static enum status read_part(struct file *file, uint64_t offset, uint64_t bytes, void *to, const char *what, struct err *err)
{
	if (!file_has(file, offset, bytes))
		return cut_off(file, what, err);
	return file_read(file, offset, bytes, to, err);
}

/* Finds the COFF header and reads it with the PE signature before it. Without a DOS header the file begins there: EDK2 takes that, too. */
static enum status read_coff(struct file *file, uint64_t *offset, uint8_t coff[COFF_BYTES], struct err *err)
{
	uint8_t dos[DOS_HEADER_BYTES];

	if (file->bytes < sizeof dos)
		return err_set(err, ERR_NOT_FOUND, not_pe, file->path, 0, 0);
	if (file_read(file, 0, sizeof dos, dos, err) != OK)
		return err->code;
	*offset = get_le16(dos) == DOS_MAGIC ? get_le32(dos + DOS_NEW_HEADER) : 0;
	if (!file_has(file, *offset, COFF_BYTES))
		return err_set(err, ERR_NOT_FOUND, not_pe, file->path, 0, 0);
	if (file_read(file, *offset, COFF_BYTES, coff, err) != OK)
		return err->code;
	return get_le32(coff) == PE_MAGIC ? OK : err_set(err, ERR_NOT_FOUND, not_pe, file->path, 0, 0);
}

static enum status check_machine(const struct file *file, const uint8_t *coff, struct err *err)
{
	if (get_le16(coff + 4) != MACHINE_X86_64) {
		(void)err_set(err, ERR_UNSUPPORTED, "{s} is a PE image for another processor: machine {a:x}, not x86-64 (0x8664)",
			      file->path, get_le16(coff + 4), 0);
		return err_hint(err, "take the file that was built for x86-64");
	}
	return OK;
}

static enum status read_optional(struct pe *pe, uint64_t offset, uint16_t stated, struct err *err)
{
	uint8_t header[OPTIONAL_BYTES_MAX] = { 0 };
	struct file *file = pe->file;

	if (stated < OPTIONAL_DIRECTORIES)
		return err_set(err, ERR_CORRUPT, "{s}: the PE optional header has {a} bytes", file->path, stated, 0);
	if (read_part(file, offset, min_u64(stated, sizeof header), header, "the optional header", err) != OK)
		return err->code;
	if (get_le16(header) == PE32)
		return err_set(err, ERR_UNSUPPORTED, "{s} is a 32-bit PE image", file->path, 0, 0);
	if (get_le16(header) != PE32_PLUS)
		return err_set(err, ERR_CORRUPT, "{s}: the PE optional header begins with {a:x}", file->path, get_le16(header), 0);
	pe->entry = get_le32(header + OPTIONAL_ENTRY);
	pe->section_align = get_le32(header + OPTIONAL_SECTION_ALIGN);
	pe->major_image_version = get_le16(header + OPTIONAL_IMAGE_VERSION);
	pe->minor_image_version = get_le16(header + OPTIONAL_IMAGE_VERSION + 2);
	pe->image_bytes = get_le32(header + OPTIONAL_IMAGE_BYTES);
	pe->header_bytes = get_le32(header + OPTIONAL_HEADER_BYTES);
	pe->subsystem = get_le16(header + OPTIONAL_SUBSYSTEM);
	pe->dll_characteristics = get_le16(header + OPTIONAL_DLL_FLAGS);
	pe->optional_bytes = stated;
	pe->directories = get_le32(header + OPTIONAL_DIRECTORY_COUNT);
	/* The header is zero beyond what is stated, so a directory that is not there is empty. */
	if (pe->directories > CERTIFICATES) {
		const uint8_t *entry = header + OPTIONAL_DIRECTORIES + CERTIFICATES * DIRECTORY_BYTES;

		if (!file_has(file, get_le32(entry), get_le32(entry + 4)))
			return cut_off(file, "the table of signatures", err);
		pe->signature_bytes = get_le32(entry + 4);
	}
	if (pe->header_bytes > file->bytes)
		return cut_off(file, "the PE header", err);
	if (pe->entry == 0 || pe->entry >= pe->image_bytes)
		return err_set(err, ERR_CORRUPT, "{s}: the entry {a:x} is outside the PE image, which has {b:x} bytes", file->path,
			       pe->entry, pe->image_bytes);
	return OK;
}

enum status pe_section_read(const struct pe *pe, unsigned index, struct pe_section *section, struct err *err)
{
	uint8_t header[SECTION_BYTES];
	struct pe_section read = { .flags = 0 };

	if (file_read(pe->file, pe->sections_offset + (uint64_t)index * sizeof header, sizeof header, header, err) != OK)
		return err->code;
	memcpy(read.name, header, PE_SECTION_NAME_BYTES);
	read.virtual_bytes = get_le32(header + 8);
	read.virtual_address = get_le32(header + 12);
	read.file_bytes = get_le32(header + 16);
	read.file_offset = get_le32(header + 20);
	read.flags = get_le32(header + 36);
	*section = read;
	return OK;
}

/* Without a virtual size a section is as long as what the file has of it. One of nothing is nowhere. */
static bool is_in_image(const struct pe *pe, const struct pe_section *section)
{
	uint64_t bytes = section->virtual_bytes != 0 ? section->virtual_bytes : section->file_bytes;

	return bytes == 0 || section->virtual_address + bytes <= pe->image_bytes;
}

static enum status check_sections(const struct pe *pe, struct err *err)
{
	struct file *file = pe->file;

	if (pe->section_count == 0 || pe->section_count > PE_SECTIONS_MAX)
		return err_set(err, ERR_CORRUPT, "{s}: {a} PE sections; there have to be 1 to {b}", file->path, pe->section_count,
			       PE_SECTIONS_MAX);
	if (!file_has(file, pe->sections_offset, (uint64_t)pe->section_count * SECTION_BYTES))
		return cut_off(file, "the section table", err);
	for (unsigned i = 0; i < pe->section_count; i++) {
		struct pe_section section;

		if (pe_section_read(pe, i, &section, err) != OK)
			return err->code;
		if (!file_has(file, section.file_offset, section.file_bytes))
			return cut_off(file, "one of its sections", err);
		if (!is_in_image(pe, &section))
			return err_set(err, ERR_CORRUPT, "{s}: PE section {a} ends behind the image", file->path, i, 0);
	}
	return OK;
}

enum status pe_open(struct file *file, struct pe *pe, struct err *err)
{
	struct pe opened = { .file = file };
	uint8_t coff[COFF_BYTES];
	uint64_t offset = 0;

	if (read_coff(file, &offset, coff, err) != OK || check_machine(file, coff, err) != OK)
		return err->code;
	if ((get_le16(coff + COFF_CHARACTERISTICS) & EXECUTABLE_IMAGE) == 0)
		opened.departures |= DEPARTS_PE_NOT_LINKED;
	opened.section_count = get_le16(coff + 6);
	opened.sections_offset = offset + COFF_BYTES + get_le16(coff + 20);
	if (read_optional(&opened, offset + COFF_BYTES, get_le16(coff + 20), err) != OK || check_sections(&opened, err) != OK)
		return err->code;
	if (opened.subsystem == PE_SUBSYSTEM_EFI_BOOT_DRIVER || opened.subsystem == PE_SUBSYSTEM_EFI_RUNTIME_DRIVER)
		opened.departures |= DEPARTS_PE_DRIVER;
	*pe = opened;
	return OK;
}

enum status pe_section_find(const struct pe *pe, const char *name, struct pe_section *section, struct err *err)
{
	for (unsigned i = 0; i < pe->section_count; i++) {
		struct pe_section read;

		if (pe_section_read(pe, i, &read, err) != OK)
			return err->code;
		if (text_equal(read.name, name)) {
			*section = read;
			return OK;
		}
	}
	return err_set(err, ERR_NOT_FOUND, "{s} has no PE section of the name that it needs", pe->file->path, 0, 0);
}
