/* SPDX-License-Identifier: MIT */
/* The report of `mkboot inspect`, as text for people and as JSON. Both have the same order. */
#include "disk-tools/inspect.h"

#include "core/base/print.h"
#include "disk-tools/json.h"
#include "disk-tools/partition_types.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const table_names[] = { [TABLE_NONE] = "none", [TABLE_MBR] = "mbr", [TABLE_GPT] = "gpt" };
/* Counts the changes of the JSON that a reader has to know of: mkboot(1). */
enum { JSON_FORMAT = 2 };

static const char *const copy_letters[COPIES] = { "A", "B" };

static void write_stdout(struct sink *sink, const char *text, size_t bytes)
{
	(void)sink;
	fwrite(text, 1, bytes, stdout);
}

static struct sink out = { .write = write_stdout };

static void type_text(const struct partition *partition, char text[GUID_TEXT_BYTES])
{
	if (partition->mbr_type != 0)
		snprintf(text, GUID_TEXT_BYTES, "0x%02x", partition->mbr_type);
	else
		guid_format(partition->type_guid, text);
}

static void table_id(const struct partition_table *table, char text[GUID_TEXT_BYTES])
{
	text[0] = '\0';
	if (table->kind == TABLE_GPT)
		guid_format(table->disk_guid, text);
	else if (table->kind == TABLE_MBR)
		snprintf(text, GUID_TEXT_BYTES, "0x%08x", table->disk_signature);
}

static void print_table(const struct partition_table *table, unsigned block_bytes)
{
	char text[GUID_TEXT_BYTES];

	table_id(table, text);
	print(&out, "table       %s%s%s%s\n", table_names[table->kind], text[0] != '\0' ? " " : "", text,
	      table->from_backup ? " (read from the backup)" : "");
	for (unsigned i = 0; i < table->count; i++) {
		const struct partition *partition = &table->partition[i];

		type_text(partition, text);
		print(&out, "partition   %u: LBA %lu, ", partition->number, partition->first_lba);
		print_size(&out, partition->blocks * block_bytes);
		print(&out, ", type %s%s%s%s", text, partition_type_name(partition)[0] != '\0' ? " " : "", partition_type_name(partition),
		      partition->active ? ", active" : "");
		if (partition->name[0] != '\0') {
			print(&out, ", \"");
			print_untrusted(&out, partition->name);
			print(&out, "\"");
		}
		print(&out, "\n");
	}
}

static void print_loader(const struct inspection *inspection)
{
	print(&out, "stage 1     %s\n", stage1_state_name(inspection->stage1));
	if (inspection->stage1 == STAGE1_ABSENT)
		return;
	for (unsigned i = 0; i < COPIES; i++) {
		const struct stage2_copy *copy = &inspection->copy[i];

		print(&out, "stage 2 %s   %s, LBA %lu", copy_letters[i], stage2_state_name(copy->state), inspection->copy_lba[i]);
		if (copy->state != STAGE2_ABSENT) {
			print(&out, ", version ");
			print_untrusted(&out, copy->version);
			print(&out, ", sequence %u, %u bytes, CRC %08x", copy->sequence, copy->length, copy->crc);
		}
		if (copy->damage != NULL)
			print(&out, ": %s", copy->damage);
		print(&out, "\n");
	}
}

static void print_efi(const struct inspection *inspection)
{
	const struct efi_loader *efi = &inspection->efi;

	print(&out, "UEFI loader %s", efi_loader_state_name(efi->state));
	if (inspection->efi_name != NULL)
		print(&out, ": %s", inspection->efi_name);
	if (efi->state == EFI_LOADER_ABSENT || efi->state == EFI_LOADER_DAMAGED) {
		print(&out, "\n");
		return;
	}
	print(&out, ", version ");
	print_untrusted(&out, efi->version[0] != '\0' ? efi->version : "unknown");
	print(&out, ", %lu bytes, %s, %s\n", efi->bytes, efi->pe.signature_bytes != 0 ? "signed" : "not signed",
	      efi->pe.dll_characteristics & PE_DLL_NX_COMPATIBLE ? "NX_COMPAT" : "without NX_COMPAT");
	for (unsigned i = 0; i < efi->pe.section_count; i++) {
		const struct pe_section *section = &efi->section[i];

		print(&out, "  section   ");
		print_untrusted(&out, section->name);
		print(&out, "%*s %s 0x%08x, %u bytes\n", (int)(PE_SECTION_NAME_BYTES - strlen(section->name)), "",
		      pe_section_access(section), section->virtual_address, section->virtual_bytes);
	}
	for (const char *line = efi->sbat; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		char text[256];

		snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
		print(&out, "  .sbat     ");
		print_untrusted(&out, text);
		print(&out, "\n");
	}
}

static void print_video(const struct video_setting *video)
{
	if (video->kind == VIDEO_UNSET)
		return;
	print(&out, ", video ");
	video_setting_print(&out, video);
}

static void print_configuration(const struct inspection *inspection)
{
	const struct configuration *configuration = &inspection->configuration;

	for (unsigned i = 0; i < inspection->boot_disk.volume_count; i++) {
		const struct volume *volume = &inspection->boot_disk.volume[i];

		print(&out, "volume      partition %u: %s, label \"", volume->partition.number, volume->fs->type->name);
		print_untrusted(&out, volume->fs->label);
		print(&out, "\", id %s%s\n", volume->fs->id, i == 0 ? " ($BOOT)" : "");
	}
	if (inspection->boot_disk.volume_count == 0)
		return;
	print(&out, "loader.conf timeout %u, on-failure %s, default \"", configuration->loader.timeout_seconds,
	      failure_action_names[configuration->loader.on_failure]);
	print_untrusted(&out, configuration->loader.default_pattern);
	print(&out, "\"");
	print_video(&configuration->loader.video);
	print(&out, "\n");
	for (unsigned i = 0; i < configuration->count; i++) {
		const struct entry *entry = &configuration->entry[i].entry;

		print(&out, "entry     %c ", i == configuration->chosen ? '*' : ' ');
		print_untrusted(&out, entry->name.id);
		print(&out, ": ");
		print_untrusted(&out, entry->title);
		print(&out, " (%s ", entry_kind_name(entry->kind));
		print_untrusted(&out, entry->kernel);
		print(&out, ")");
		print_video(&entry->settings.video);
		print(&out, "%s\n", entry_name_is_bad(&entry->name) ? ", no tries left" : "");
	}
}

/* "boots       BIOS: by mkboot, UEFI: no", and why not. */
static void print_verdicts(const struct verdict verdict[MODELS])
{
	static const char *const names[MODELS] = { "BIOS", "UEFI" };

	print(&out, "boots       ");
	for (unsigned i = 0; i < MODELS; i++)
		print(&out, "%s%s: %s%s", i > 0 ? ", " : "", names[i], verdict[i].by != NULL ? "by " : "",
		      verdict[i].by != NULL ? verdict[i].by : verdict_kind_name(verdict[i].kind));
	print(&out, "\n");
	for (unsigned i = 0; i < MODELS; i++) {
		if (verdict[i].why[0] == '\0')
			continue;
		print(&out, "            %s: ", names[i]);
		print_untrusted(&out, verdict[i].why);
		print(&out, "\n");
	}
}

enum exit_code inspection_print(const struct inspection *inspection)
{
	const struct findings *findings = &inspection->findings;

	print(&out, "image       ");
	print_untrusted(&out, inspection->disk.device.name);
	print(&out, ", ");
	print_size(&out, inspection->disk.device.blocks * inspection->disk.device.block_bytes);
	if (inspection->disk.device.block_bytes != LAYOUT_SECTOR_BYTES)
		print(&out, ", sectors of %u bytes", inspection->disk.device.block_bytes);
	print(&out, "\n");
	print_table(&inspection->table, inspection->disk.device.block_bytes);
	print_loader(inspection);
	print_efi(inspection);
	print_configuration(inspection);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->item[i];

		print(&out, "%s ", finding->serious ? "problem    " : "notice     ");
		if (finding->what != NULL)
			print(&out, "%s: ", finding->what);
		print_untrusted(&out, finding->where);
		print(&out, ": ");
		print_untrusted(&out, finding->why);
		print(&out, "\n");
		if (finding->hint != NULL)
			print(&out, "            hint: %s\n", finding->hint);
	}
	print_verdicts(inspection->verdict);
	return stdout_finish();
}

static void json_add_table(struct json_object *object, const struct partition_table *table)
{
	char text[GUID_TEXT_BYTES];
	struct json_object *value = json_add_object(object, "table"), *partitions = json_add_array(value, "partitions");

	table_id(table, text);
	json_add_text(value, "kind", table_names[table->kind]);
	json_add_text(value, "id", text);
	json_add_bool(value, "from_backup", table->from_backup);
	for (unsigned i = 0; i < table->count; i++) {
		const struct partition *partition = &table->partition[i];
		struct json_object *item = json_append_object(partitions);

		json_add_number(item, "number", partition->number);
		json_add_number(item, "first_lba", partition->first_lba);
		json_add_number(item, "sectors", partition->blocks);
		type_text(partition, text);
		json_add_text(item, "type", text);
		json_add_text(item, "use", partition_type_name(partition));
		json_add_text(item, "name", partition->name);
		json_add_bool(item, "active", partition->active);
	}
}

static void json_add_loader(struct json_object *object, const struct inspection *inspection)
{
	struct json_object *copies;

	json_add_text(object, "stage1", stage1_state_name(inspection->stage1));
	copies = json_add_array(object, "stage2");
	for (unsigned i = 0; i < COPIES && inspection->stage1 != STAGE1_ABSENT; i++) {
		const struct stage2_copy *copy = &inspection->copy[i];
		struct json_object *item = json_append_object(copies);

		json_add_text(item, "copy", copy_letters[i]);
		json_add_text(item, "state", stage2_state_name(copy->state));
		json_add_text(item, "damage", copy->damage);
		json_add_number(item, "lba", inspection->copy_lba[i]);
		json_add_text(item, "version", copy->version);
		json_add_number(item, "sequence", copy->sequence);
		json_add_number(item, "bytes", copy->length);
		json_add_number(item, "crc", copy->crc);
	}
}

static void json_add_efi(struct json_object *object, const struct inspection *inspection)
{
	const struct efi_loader *efi = &inspection->efi;
	struct json_object *value = json_add_object(object, "uefi"), *sections;

	json_add_text(value, "state", efi_loader_state_name(efi->state));
	if (efi->state == EFI_LOADER_ABSENT)
		return;
	json_add_number(value, "partition", inspection->efi_partition);
	json_add_number(value, "bytes", efi->bytes);
	if (efi->state == EFI_LOADER_DAMAGED)
		return;
	json_add_text(value, "name", inspection->efi_name);
	json_add_text(value, "version", efi->version);
	json_add_bool(value, "signed", efi->pe.signature_bytes != 0);
	json_add_bool(value, "nx_compat", (efi->pe.dll_characteristics & PE_DLL_NX_COMPATIBLE) != 0);
	json_add_number(value, "section_align", efi->pe.section_align);
	json_add_text(value, "sbat", efi->sbat);
	sections = json_add_array(value, "sections");
	for (unsigned i = 0; i < efi->pe.section_count; i++) {
		const struct pe_section *section = &efi->section[i];
		struct json_object *item = json_append_object(sections);

		json_add_text(item, "name", section->name);
		json_add_text(item, "access", pe_section_access(section));
		json_add_number(item, "address", section->virtual_address);
		json_add_number(item, "bytes", section->virtual_bytes);
		json_add_number(item, "file_bytes", section->file_bytes);
	}
}

/* null if it is not set. */
static void json_add_video(struct json_object *object, const struct video_setting *video)
{
	struct text_buffer buffer;
	char text[32];

	text_buffer_init(&buffer, text, sizeof text);
	video_setting_print(&buffer.sink, video);
	json_add_text(object, "video", video->kind != VIDEO_UNSET ? text : NULL);
}

static void json_add_configuration(struct json_object *object, const struct inspection *inspection)
{
	const struct configuration *configuration = &inspection->configuration;
	struct json_object *volumes = json_add_array(object, "volumes"), *loader, *entries;

	for (unsigned i = 0; i < inspection->boot_disk.volume_count; i++) {
		const struct volume *volume = &inspection->boot_disk.volume[i];
		struct json_object *item = json_append_object(volumes);

		json_add_number(item, "partition", volume->partition.number);
		json_add_text(item, "file_system", volume->fs->type->name);
		json_add_text(item, "label", volume->fs->label);
		json_add_text(item, "id", volume->fs->id);
	}
	if (inspection->boot_disk.volume_count == 0)
		return;
	loader = json_add_object(object, "loader_conf");
	json_add_text(loader, "default", configuration->loader.default_pattern);
	json_add_number(loader, "timeout", configuration->loader.timeout_seconds);
	json_add_text(loader, "on_failure", failure_action_names[configuration->loader.on_failure]);
	json_add_video(loader, &configuration->loader.video);
	entries = json_add_array(object, "entries");
	for (unsigned i = 0; i < configuration->count; i++) {
		const struct entry *entry = &configuration->entry[i].entry;
		struct json_object *item = json_append_object(entries), *modules;

		json_add_text(item, "id", entry->name.id);
		json_add_bool(item, "default", i == configuration->chosen);
		json_add_text(item, "title", entry->title);
		json_add_text(item, "version", entry->version);
		json_add_text(item, "sort_key", entry->sort_key);
		json_add_text(item, "kind", entry_kind_name(entry->kind));
		json_add_text(item, "kernel", entry->kernel);
		json_add_text(item, "options", entry->options);
		json_add_video(item, &entry->settings.video);
		modules = json_add_array(item, "modules");
		for (unsigned m = 0; m < entry->module_count; m++) {
			struct json_object *module = json_append_object(modules);

			json_add_text(module, "path", entry->module[m].path);
			json_add_text(module, "arguments", entry->module[m].arguments);
		}
	}
}

enum exit_code inspection_print_json(const struct inspection *inspection)
{
	struct json_object *object = json_object_new_object(), *boots;

	json_add_number(object, "format", JSON_FORMAT);
	json_add_text(object, "image", inspection->disk.device.name);
	json_add_number(object, "sector_bytes", inspection->disk.device.block_bytes);
	json_add_number(object, "bytes", inspection->disk.device.blocks * inspection->disk.device.block_bytes);
	boots = json_add_object(object, "boots");
	for (unsigned i = 0; i < MODELS; i++) {
		const struct verdict *verdict = &inspection->verdict[i];
		struct json_object *value = json_add_object(boots, firmware_name(model_order[i]));

		json_add_text(value, "verdict", verdict_kind_name(verdict->kind));
		json_add_text(value, "by", verdict->by);
		json_add_text(value, "why", verdict->why[0] != '\0' ? verdict->why : NULL);
	}
	json_add_table(object, &inspection->table);
	json_add_loader(object, inspection);
	json_add_efi(object, inspection);
	json_add_configuration(object, inspection);
	json_add_findings(object, &inspection->findings);
	return json_print(object);
}
