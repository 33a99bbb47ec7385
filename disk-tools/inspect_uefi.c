/* SPDX-License-Identifier: MIT */
/* Looks for BOOTX64.EFI where UEFI firmware would: on each volume that the firmware itself can read, in the order of the table. */
#include "disk-tools/inspect.h"

#include "disk-tools/known_loaders.h"
#include "disk-tools/uefi_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOADER  "UEFI loader"
#define PROGRAM "/" EFI_LOADER_PATH

enum { ARENA_BYTES = 2 << 20, NAME_BYTES = 32, FOLDER_BYTES = 64, FOLDERS_MAX = 16, ISO_MAGIC_AT = 32769 };

/* The way over the volumes. */
struct search {
	struct inspection *inspection;
	struct arena arena;
	struct verdict verdict; /* if nothing is found */
	bool found;
	size_t keep; /* of the arena: what belongs to the program that was found */
};

/* The first reason stays; but what is not known on one volume may boot, whatever is wrong with another. */
static void say_why_not(struct search *search, struct verdict verdict)
{
	if (search->verdict.why[0] == '\0' || (search->verdict.kind == VERDICT_NO && verdict.kind == VERDICT_UNKNOWN))
		search->verdict = verdict;
}

/* --- what else is there for firmware ------------------------------------------------------------------------------------------------- */

/* The same program for other processors (UEFI specification 2.10, table 3-1). */
static const struct {
	const char *path, *processor;
} other_programs[] = {
	{ "/EFI/BOOT/BOOTIA32.EFI", "32-bit x86" },
	{ "/EFI/BOOT/BOOTAA64.EFI", "ARM64" },
	{ "/EFI/BOOT/BOOTARM.EFI", "ARM" },
	{ "/EFI/BOOT/BOOTRISCV64.EFI", "RISC-V" },
};

static bool visit_file(void *context, const struct fs_entry *entry)
{
	bool *is_program = context;
	size_t length = strlen(entry->name);

	*is_program = !entry->is_directory && length > 4 && strcasecmp(entry->name + length - 4, ".efi") == 0;
	return !*is_program;
}

/* "/EFI/debian": their files are looked at afterwards, one folder open at a time. */
struct folder_names {
	unsigned count;
	char name[FOLDERS_MAX][FOLDER_BYTES];
};

static bool visit_folder(void *context, const struct fs_entry *entry)
{
	struct folder_names *names = context;

	if (entry->is_directory && strcasecmp(entry->name, "BOOT") != 0)
		snprintf(names->name[names->count++], FOLDER_BYTES, "/EFI/%.*s", FOLDER_BYTES - 8, entry->name);
	return names->count < FOLDERS_MAX;
}

/* A folder /EFI/NAME with a program, which an entry of the firmware's boot menu (a variable Boot####) can name. */
static bool has_vendor_folder(struct fs *fs, char path[FOLDER_BYTES])
{
	struct folder_names names = { .count = 0 };
	bool has_program = false;
	struct err ignored;

	if (fs_list(fs, "/EFI", visit_folder, &names, &ignored) != OK)
		return false;
	for (unsigned i = 0; i < names.count && !has_program; i++) {
		if (fs_list(fs, names.name[i], visit_file, &has_program, &ignored) == OK && has_program)
			memcpy(path, names.name[i], FOLDER_BYTES);
	}
	return has_program;
}

static void look_for_others(struct search *search, struct fs *fs, const char *where)
{
	char folder[FOLDER_BYTES];

	for (unsigned i = 0; i < sizeof other_programs / sizeof other_programs[0]; i++) {
		size_t mark = arena_mark(&search->arena);
		struct file *file;
		struct err ignored;

		if (fs_open(fs, other_programs[i].path, &search->arena, &file, &ignored) == OK)
			findings_add(&search->inspection->findings, false, LOADER, where, "%s is for the firmware of other processors: %s",
				     other_programs[i].path, other_programs[i].processor);
		arena_reset(&search->arena, mark);
	}
	if (has_vendor_folder(fs, folder))
		say_why_not(search,
			    verdict_unknown("there is no " PROGRAM "; an entry of the firmware's own boot menu may start what is in %s",
					    folder));
}

/* --- volumes -------------------------------------------------------------------------------------------------------------------------- */

/* A damaged program is passed over, as by the firmware, but remembered. */
static void take_program(struct search *search, unsigned number, const struct efi_loader *loader)
{
	struct inspection *inspection = search->inspection;

	if (inspection->efi.state == EFI_LOADER_DAMAGED && loader->state == EFI_LOADER_DAMAGED)
		return;
	inspection->efi = *loader;
	inspection->efi_partition = number;
	search->keep = arena_mark(&search->arena);
	search->found = loader->state != EFI_LOADER_DAMAGED;
}

static void look_for_program(struct search *search, unsigned number, const char *where, struct fs *fs)
{
	struct findings *findings = &search->inspection->findings;
	struct err err = { .code = OK }, damage = { .code = OK };
	struct efi_loader loader;
	char why[WHY_BYTES];

	if (efi_loader_find(fs, &search->arena, &loader, &damage, &err) != OK) {
		findings_add_err(findings, true, LOADER, where, &err);
		say_why_not(search, verdict_unknown(PROGRAM " of %s cannot be read", where));
		return;
	}
	if (loader.state == EFI_LOADER_ABSENT) {
		look_for_others(search, fs, where);
		return;
	}
	if (loader.state == EFI_LOADER_DAMAGED) {
		findings_add_err(findings, true, LOADER, where, &damage);
	} else if (uefi_refuses_pe(&loader.pe, why)) {
		loader.state = EFI_LOADER_DAMAGED;
		findings_add(findings, true, LOADER, where, "the firmware does not load " PROGRAM ": %s", why);
	}
	if (loader.state == EFI_LOADER_DAMAGED)
		say_why_not(search, verdict_no(PROGRAM " is damaged, or not a program for x86-64 UEFI"));
	take_program(search, number, &loader);
}

/* `where` is for messages. What is not FAT for anybody leaves no word. */
static void search_volume(struct search *search, unsigned number, const char *where, struct block_device *device)
{
	struct findings *findings = &search->inspection->findings;
	size_t mark = arena_mark(&search->arena);
	struct err err = { .code = OK };
	char why[WHY_BYTES];
	uint8_t block[BLOCK_BYTES_MAX];
	struct fat_bpb bpb;
	struct fs *fs;
	bool mounted, refused;

	if (block_read(device, 0, 1, block, &err) != OK)
		return;
	bpb = fat_bpb_read(span_of(block, MBR_BYTES));
	refused = uefi_refuses_fat(&bpb, why);
	mounted = fs_mount(device, &search->arena, &fs, &err) == OK && fs->type == &fs_fat;
	if (mounted && refused) {
		findings_add(findings, true, "UEFI", where, "the firmware does not read this volume: %s", why);
		findings_hint(findings, "make it anew with mkboot create, or with mkfs.fat and a size or cluster size that fit");
		say_why_not(search, verdict_no("the firmware does not read %s: %s", where, why));
	} else if (mounted) {
		look_for_program(search, number, where, fs);
	} else if (!refused && err.code != ERR_NO_MEMORY) {
		say_why_not(search, verdict_unknown("mkboot cannot read %s; the firmware may", where));
	}
	arena_reset(&search->arena, mark > search->keep ? mark : search->keep);
}

static void search_partition(struct search *search, unsigned index)
{
	struct inspection *inspection = search->inspection;
	const struct partition *partition = &inspection->table.partition[index];
	struct block_partition *window = ARENA_NEW(&search->arena, struct block_partition);
	char *where = ARENA_NEW_ARRAY(&search->arena, char, NAME_BYTES), why[WHY_BYTES];
	struct err ignored;

	if (window == NULL || where == NULL)
		return;
	snprintf(where, NAME_BYTES, "partition %u", partition->number);
	if (inspection->table.kind == TABLE_GPT && uefi_refuses_gpt_partition(&inspection->table, index, &inspection->gpt, why)) {
		findings_add(&inspection->findings, false, "UEFI", where, "the firmware passes over it: %s", why);
		if (memcmp(partition->type_guid, GUID_ESP, GUID_BYTES) == 0)
			say_why_not(search, verdict_no("the firmware passes over %s: %s", where, why));
		return;
	}
	if (block_partition_init(window, &inspection->disk.device, partition->first_lba, partition->blocks, where, &ignored) == OK)
		search_volume(search, partition->number, where, &window->device);
}

static bool is_iso(struct inspection *inspection)
{
	char magic[5];

	return read_fully(inspection->disk.fd, magic, sizeof magic, ISO_MAGIC_AT) && memcmp(magic, "CD001", sizeof magic) == 0;
}

static void search_disk(struct search *search)
{
	struct inspection *inspection = search->inspection;
	struct partition_table *table = &inspection->table;
	uint64_t blocks = inspection->disk.device.blocks;
	char why[WHY_BYTES];

	if (table->kind == TABLE_GPT && uefi_refuses_gpt(&inspection->gpt, blocks, why))
		say_why_not(search, verdict_no("%s", why));
	else if (table->kind == TABLE_MBR && uefi_refuses_mbr(span_of(inspection->first_sector, MBR_BYTES), blocks, why))
		say_why_not(search, verdict_no("%s", why));
	else if (table->kind != TABLE_NONE)
		for (unsigned i = 0; i < table->count && !search->found; i++)
			search_partition(search, i);
	else
		search_volume(search, 0, inspection->disk.device.name, &inspection->disk.device);
	if (table->outside != 0)
		say_why_not(search, verdict_no("partition %u does not lie on the disk", table->outside));
	/* The loader and Linux want more of an MBR than the firmware does. */
	if (table->kind == TABLE_NONE && !uefi_refuses_mbr(span_of(inspection->first_sector, MBR_BYTES), blocks, why))
		say_why_not(search, verdict_unknown("the firmware may take the first sector for an MBR, mkboot does not"));
	if (!search->found && inspection->efi.state == EFI_LOADER_ABSENT && is_iso(inspection))
		say_why_not(search, verdict_unknown("it is an ISO 9660 image, and mkboot does not read its boot catalogue"));
}

/* --- what was found ------------------------------------------------------------------------------------------------------------------- */

static void add_overlap(struct inspection *inspection, const char *where)
{
	const struct efi_loader *efi = &inspection->efi;
	unsigned first, second;

	if (pe_sections_overlap(efi->section, efi->pe.section_count, &first, &second))
		findings_add(&inspection->findings, true, LOADER, where, "the sections %s and %s of " PROGRAM " overlap in memory",
			     efi->section[first].name, efi->section[second].name);
}

static enum exit_code describe(struct inspection *inspection)
{
	struct efi_loader *efi = &inspection->efi;
	const char *where = inspection->disk.device.name;
	struct err err = { .code = OK };

	if (efi->state == EFI_LOADER_ABSENT)
		findings_add(&inspection->findings, false, LOADER, where, "there is no " PROGRAM);
	if (efi->state == EFI_LOADER_OTHER)
		findings_add(&inspection->findings, false, LOADER, where, PROGRAM " is of another version of mkboot");
	if (efi->state == EFI_LOADER_CHANGED)
		findings_add(&inspection->findings, true, LOADER, where,
			     PROGRAM " is of this version of mkboot, but has other bytes: it is damaged or changed");
	if (efi->state == EFI_LOADER_FOREIGN) {
		if (efi_program_identify(efi, &inspection->efi_name, &err) != OK)
			return fail_err("cannot examine", PROGRAM, &err);
		findings_add(&inspection->findings, false, LOADER, where, PROGRAM " is not mkboot's: %s", inspection->efi_name);
	}
	if (efi->state != EFI_LOADER_ABSENT && efi->state != EFI_LOADER_DAMAGED)
		add_overlap(inspection, where);
	return EXIT_OK;
}

enum exit_code inspect_uefi(struct inspection *inspection, struct verdict *verdict)
{
	struct search search = { .inspection = inspection };

	inspection->efi = (struct efi_loader){ .state = EFI_LOADER_ABSENT, .sbat = "" };
	inspection->efi_memory = malloc(ARENA_BYTES);
	if (inspection->efi_memory == NULL)
		return fail_errno(EXIT_FAILED, "cannot examine", inspection->disk.device.name, ENOMEM);
	arena_init(&search.arena, inspection->efi_memory, ARENA_BYTES);
	search_disk(&search);
	say_why_not(&search, verdict_no("there is no " PROGRAM));
	*verdict = search.verdict;
	return describe(inspection);
}
