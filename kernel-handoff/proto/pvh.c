/* SPDX-License-Identifier: MIT */
/*
 * Kernels with a PVH entry: Xen's "x86/HVM direct boot ABI" (docs/misc/pvh.pandoc; the structures are those of
 * xen/include/public/arch-x86/hvm/start_info.h, version 1). Unpacked Linux kernels have one, guests of Xen, and unikernels.
 */
#include "core/base/arena.h"
#include "core/base/span.h"
#include "core/base/text.h"
#include "kernel-handoff/image/elf_notes.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/departures.h"
#include "kernel-handoff/proto/places.h"
#include "kernel-handoff/proto/tag_writer.h"
#include "kernel-handoff/video.h"

enum { PAGE_BYTES = 4096 };
enum { START_INFO_MAGIC = 0x336EC578, START_INFO_VERSION = 1, START_INFO_BYTES = 56, RANGE_BYTES = 24, MODULE_BYTES = 32 };

/* The entry is a physical address; the file's own, e_entry, is for others. What follows it in the note is not looked at by anybody. */
static enum status find_entry(const struct elf *elf, uint64_t *entry, struct err *err)
{
	uint8_t address[8] = { 0 };
	size_t bytes;
	enum status status = elf_note_find(elf, "Xen", XEN_NOTE_PHYS32_ENTRY, address, sizeof address, &bytes, err);

	if (status == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND, "{s} has no PVH entry: there is no note {a} of Xen in it", elf->file->path,
			       XEN_NOTE_PHYS32_ENTRY, 0);
	if (status != OK)
		return status;
	if (bytes < 4)
		return err_set(err, ERR_CORRUPT, "the note with the PVH entry has {a} bytes, not 4 or 8", NULL, bytes, 0);
	*entry = bytes < sizeof address ? get_le32(address) : get_le64(address);
	return OK;
}

static enum status place_kernel(struct plan *plan, const struct elf *elf, struct arena *arena, struct err *err)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		struct place place;

		if (segment_check_4_gib(&elf->segment[i], err) != OK || segment_place(elf, i, arena, &place, err) != OK ||
		    plan_add_fixed(plan, &place, err) != OK)
			return err->code;
	}
	plan->low_from = plan_kernel_end(plan);
	return OK;
}

/* What the kernel is told, in one block at `start`: hvm_start_info, the memory map, the list of modules, then all strings. */
struct information {
	const struct boot_request *request;
	const struct memory_map *map;
	const uint64_t *module_start;
	uint64_t start;
};

static void write_information(struct tag_writer *writer, const struct information *information)
{
	const struct boot_request *request = information->request;
	const struct memory_map *map = information->map;
	uint64_t ranges = information->start + START_INFO_BYTES;
	uint64_t modules = ranges + (uint64_t)map->count * RANGE_BYTES;
	uint64_t string = modules + (uint64_t)request->module_count * MODULE_BYTES;

	write_u32(writer, START_INFO_MAGIC);
	write_u32(writer, START_INFO_VERSION);
	write_u32(writer, 0); /* flags, which are for the first domain of Xen */
	write_u32(writer, request->module_count);
	write_u64(writer, request->module_count > 0 ? modules : 0);
	write_u64(writer, string);
	write_u64(writer, request->machine->rsdp_phys);
	write_u64(writer, ranges);
	write_u32(writer, map->count);
	write_u32(writer, 0);
	for (unsigned i = 0; i < map->count; i++) {
		write_u64(writer, map->range[i].start);
		write_u64(writer, map->range[i].end - map->range[i].start);
		write_u32(writer, memory_type_for_kernel(map->range[i].type));
		write_u32(writer, 0);
	}
	string += text_length(request->options) + 1;
	for (unsigned i = 0; i < request->module_count; i++) {
		write_u64(writer, information->module_start[i]);
		write_u64(writer, request->module[i].file->bytes);
		write_u64(writer, string);
		write_u64(writer, 0);
		string += text_length(request->module[i].arguments) + 1;
	}
	write_text(writer, request->options, NULL);
	for (unsigned i = 0; i < request->module_count; i++)
		write_text(writer, request->module[i].arguments, NULL);
}

/*
 * The start info right behind the kernel, for kernels that look no further, then the modules. It is counted first, since what is written
 * depends on where all that will lie.
 */
static enum status add_information(struct plan *plan, struct information *information, struct arena *arena, struct err *err)
{
	struct tag_writer count = { 0 }, writer = { 0 };
	struct place place = { .what = "start info" };
	struct memory_want want = { .align = PAGE_BYTES, .what = place.what };
	uint64_t *module_start;

	if (modules_list(information->request, arena, &module_start, err) != OK)
		return err->code;
	information->module_start = module_start;
	write_information(&count, information);
	writer.data = ARENA_NEW_ARRAY(arena, uint8_t, count.bytes);
	if (writer.data == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of start info", NULL, count.bytes, 0);
	place.bytes = want.bytes = count.bytes;
	if (plan_allocate(plan, &want, &place.start, &place.staged, err) != OK ||
	    information_place(plan, &place, span_of(writer.data, count.bytes), arena, err) != OK ||
	    modules_place(plan, information->request, arena, module_start, err) != OK)
		return err->code;
	information->start = place.start;
	write_information(&writer, information);
	return OK;
}

static enum status plan_kernel(const struct boot_request *request, const struct elf *elf, struct plan *plan, struct arena *arena,
			       struct err *err)
{
	struct information information = { .request = request, .map = &plan->memory->map };

	plan->mode = ENTRY_MODE_PROTECTED;
	if (find_entry(elf, &plan->entry, err) != OK || place_kernel(plan, elf, arena, err) != OK ||
	    add_information(plan, &information, arena, err) != OK)
		return err->code;
	video_choose(request, &(struct video_wish){ .text = false }, plan, arena); /* kernels cannot ask; the user may */
	if (plan->video.set)
		plan_note(plan, "PVH has no words for a screen: the kernel is not told of the mode that is set, and may show nothing", NULL,
			  0, 0, "for a Linux kernel with a screen use \"linux\" and its bzImage; \"video keep\" in the entry sets no mode");
	plan->registers = (struct entry_registers){ .bx = information.start };
	return OK;
}

static enum status pvh_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct elf elf;
	enum status status = elf_open(request->kernel, arena, &elf, err);

	if (status != OK)
		return status;
	departures_note(plan, request->kernel_path, elf.departures);
	segments_leave_headers(plan, &elf);
	status = plan_kernel(request, &elf, plan, arena, err);
	if (status == OK || status == ERR_NOT_FOUND)
		return status;
	return err_add(err, "{s} cannot be started by its PVH entry", request->kernel_path, 0, 0);
}

const struct boot_proto proto_pvh = { .name = "pvh", .firmware = FIRMWARE_BIOS | FIRMWARE_UEFI, .plan = pvh_plan };
