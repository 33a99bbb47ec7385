/* SPDX-License-Identifier: MIT */
/* Recognizing BOOTX64.EFI. */
#include "disk-tools/efi_loader.h"

#include "core/base/arena.h"
#include "core/base/checked.h" // max_u64, min_u64
#include "core/base/span.h"
#include "core/base/version.h"

#include <stdlib.h>
#include <string.h>

extern const uint8_t payload_efi[], payload_efi_end[];

/* What signing changes in front of the signature: fields of the optional header, which follows the COFF header. */
enum {
	DOS_NEW_HEADER = 0x3C,
	OPTIONAL_HEADER = 24,
	CHECKSUM = OPTIONAL_HEADER + 64,
	CHECKSUM_BYTES = 4,
	CERTIFICATE_ENTRY = OPTIONAL_HEADER + 144,
	CERTIFICATE_ENTRY_BYTES = 8,
};

enum { SBAT_BYTES_MAX = 64 * 1024 };

struct span efi_loader_image(void)
{
	return span_of(payload_efi, (size_t)(payload_efi_end - payload_efi));
}

/* A copy without what signing changes. */
static void clear_signing(uint8_t *image)
{
	uint8_t *header = image + get_le32(image + DOS_NEW_HEADER);

	memset(header + CHECKSUM, 0, CHECKSUM_BYTES);
	memset(header + CERTIFICATE_ENTRY, 0, CERTIFICATE_ENTRY_BYTES);
}

/* Equal but for what signing changes; a signature follows the last byte. */
static enum status is_ours(const struct pe *pe, bool *ours, struct err *err)
{
	struct span image = efi_loader_image();
	uint8_t *copies;
	enum status status;

	*ours = false;
	if (pe->file->bytes < image.bytes || (pe->signature_bytes == 0 && pe->file->bytes > image.bytes))
		return OK;
	copies = malloc(2 * image.bytes);
	if (copies == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to compare {s}", pe->file->path, 0, 0);
	status = file_read(pe->file, 0, image.bytes, copies, err);
	if (status == OK && memcmp(copies, image.data, DOS_NEW_HEADER + 4) == 0) {
		memcpy(copies + image.bytes, image.data, image.bytes);
		clear_signing(copies);
		clear_signing(copies + image.bytes);
		*ours = memcmp(copies, copies + image.bytes, image.bytes) == 0;
	}
	free(copies);
	return status;
}

/* The component's line in .sbat: "mkboot,GENERATION,VENDOR,PACKAGE,VERSION,URL" (shim's SBAT.md). */
static bool find_version(const char *sbat, char version[EFI_LOADER_VERSION_BYTES])
{
	static const char component[] = "mkboot,";
	enum { VERSION_FIELD = 4 };

	for (const char *line = sbat; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *field = line;

		if (strncmp(line, component, sizeof component - 1) != 0)
			continue;
		for (unsigned i = 0; i < VERSION_FIELD; i++) {
			field += strcspn(field, ",\n");
			field += *field == ',';
		}
		for (unsigned i = 0; i < EFI_LOADER_VERSION_BYTES - 1 && strchr(",\n", *field) == NULL; i++)
			version[i] = *field++;
		return true;
	}
	return false;
}

static enum status read_sections(struct efi_loader *loader, struct arena *arena, struct err *err)
{
	const struct pe *pe = &loader->pe;
	enum status status = OK;
	char *sbat = NULL;

	loader->sbat = "";
	loader->section = ARENA_NEW_ARRAY(arena, struct pe_section, pe->section_count);
	if (loader->section == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the sections of {s}", pe->file->path, 0, 0);
	for (unsigned i = 0; i < pe->section_count && status == OK; i++) {
		struct pe_section *section = &loader->section[i];
		uint32_t bytes;

		status = pe_section_read(pe, i, section, err);
		if (status != OK || strcmp(section->name, ".sbat") != 0 || sbat != NULL)
			continue;
		/* The file has whole sectors, of which the section need not use all. */
		bytes = section->file_bytes < section->virtual_bytes ? section->file_bytes : section->virtual_bytes;
		bytes = bytes < SBAT_BYTES_MAX ? bytes : SBAT_BYTES_MAX;
		sbat = ARENA_NEW_ARRAY(arena, char, bytes + 1ull);
		if (sbat == NULL)
			return err_set(err, ERR_NO_MEMORY, "no memory for .sbat of {s}", pe->file->path, 0, 0);
		status = file_read(pe->file, section->file_offset, bytes, sbat, err);
		loader->sbat = sbat;
	}
	return status;
}

enum status efi_loader_inspect(struct file *file, struct arena *arena, struct efi_loader *loader, struct err *damage, struct err *err)
{
	enum status status;
	bool ours;

	*loader = (struct efi_loader){ .state = EFI_LOADER_DAMAGED, .bytes = file->bytes, .sbat = "" };
	status = pe_open(file, &loader->pe, damage);
	if (status == ERR_IO)
		*err = *damage;
	if (status != OK)
		return status == ERR_IO ? ERR_IO : OK;
	if (loader->pe.subsystem != PE_SUBSYSTEM_EFI_APPLICATION) {
		(void)err_set(damage, ERR_UNSUPPORTED, "{s} is not an EFI application", file->path, 0, 0);
		return OK;
	}
	status = read_sections(loader, arena, err);
	if (status == OK)
		status = is_ours(&loader->pe, &ours, err);
	if (status != OK)
		return status;
	if (!find_version(loader->sbat, loader->version))
		loader->state = EFI_LOADER_FOREIGN;
	else if (ours)
		loader->state = EFI_LOADER_OURS;
	else
		loader->state = strcmp(loader->version, MKBOOT_VERSION) == 0 ? EFI_LOADER_CHANGED : EFI_LOADER_OTHER;
	return OK;
}

enum status efi_loader_find(struct fs *fs, struct arena *arena, struct efi_loader *loader, struct err *damage, struct err *err)
{
	struct file *file;
	enum status status = fs_open(fs, "/" EFI_LOADER_PATH, arena, &file, err);

	*loader = (struct efi_loader){ .state = EFI_LOADER_ABSENT, .sbat = "" };
	if (status != OK)
		return status == ERR_NOT_FOUND ? OK : status;
	return efi_loader_inspect(file, arena, loader, damage, err);
}

/* As the firmware counts: a section without a size in memory has that of its data. */
static uint64_t section_end(const struct pe_section *section)
{
	return (uint64_t)section->virtual_address + (section->virtual_bytes != 0 ? section->virtual_bytes : section->file_bytes);
}

bool pe_sections_overlap(const struct pe_section *section, unsigned count, unsigned *first, unsigned *second)
{
	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = i + 1; k < count; k++) {
			uint64_t start = max_u64(section[i].virtual_address, section[k].virtual_address);
			uint64_t end = min_u64(section_end(&section[i]), section_end(&section[k]));

			if (start >= end)
				continue;
			*first = i;
			*second = k;
			return true;
		}
	}
	return false;
}

const char *efi_loader_state_name(enum efi_loader_state state)
{
	static const char *const names[] = {
		[EFI_LOADER_ABSENT] = "absent",
		[EFI_LOADER_DAMAGED] = "damaged",
		[EFI_LOADER_FOREIGN] = "not mkboot's",
		[EFI_LOADER_OTHER] = "other version",
		[EFI_LOADER_CHANGED] = "damaged or changed",
		[EFI_LOADER_OURS] = "ok",
	};

	return names[state];
}

const char *pe_section_access(const struct pe_section *section)
{
	static const char *const texts[] = { "---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx" };
	static const uint32_t execute = 0x20000000, read = 0x40000000, write = 0x80000000;

	return texts[((section->flags & read) != 0) << 2 | ((section->flags & write) != 0) << 1 | ((section->flags & execute) != 0)];
}
