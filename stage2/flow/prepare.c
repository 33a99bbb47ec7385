/* SPDX-License-Identifier: MIT */
/* From an entry to a plan: opens its files, unpacks the kernel, asks the protocol. */
#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/pack/unpack.h"
#include "flow/chain.h"

/* Decompressors want more working memory than a small arena has; they get it from the machine's RAM for the time of their work. */
enum { UNPACK_WORK_BYTES = 512 * 1024, PAGE_BYTES = 4096 };

static const char no_memory[] = "the loader's own memory is used up";
static const char unpacked_kernel[] = "the unpacked kernel";

static enum status borrow_memory(struct platform *platform, uint64_t bytes, const char *what, void **memory, struct err *err)
{
	const struct memory_want want = { .bytes = bytes, .align = PAGE_BYTES, .transient = true, .what = what };
	uint64_t start;
	enum status status = memory_allocate(&platform->memory, &want, &start, err);
	void *window;

	if (status != OK)
		return status;
	window = platform->ops->window(platform, start, bytes);
	if (!window)
		return err_set(err, ERR_NO_MEMORY, "the memory for {s}, at {a:x}, is out of the loader's reach", what, start, 0);
	*memory = window;
	return OK;
}

static enum status unpack_to(struct platform *platform, const struct unpacker *unpacker, struct file *packed, void *to, uint64_t room,
			     struct unpacked *unpacked, struct err *err)
{
	unsigned mark = memory_mark(&platform->memory);
	struct arena work;
	void *memory = NULL;
	enum status status = borrow_memory(platform, UNPACK_WORK_BYTES, "unpacking", &memory, err);

	if (status == OK) {
		arena_init(&work, memory, UNPACK_WORK_BYTES);
		status = unpacker->unpack(packed, to, room, &work, platform->gate, unpacked, err);
	}
	memory_reset(&platform->memory, mark);
	return status;
}

/*
 * Unpacks into memory of just the right length. The guess is right for most files; for others the first run counts, and the second has
 * what it needs. Memory that is too small for the guess may be large enough for the data: then the first run has no room at all.
 */
static enum status unpack_all(struct platform *platform, const struct unpacker *unpacker, struct file *packed, uint64_t room, void **memory,
			      struct unpacked *unpacked, struct err *err)
{
	unsigned mark = memory_mark(&platform->memory);
	enum status status;

	if (borrow_memory(platform, room, unpacked_kernel, memory, err) != OK) {
		memory_reset(&platform->memory, mark);
		room = 0;
	}
	status = unpack_to(platform, unpacker, packed, *memory, room, unpacked, err);
	if (status == OK && unpacked->bytes == 0) {
		(void)err_set(err, ERR_CORRUPT, "there is nothing in this {s} file", unpacker->name, 0, 0);
		return err_hint(err, "pack the kernel again, and copy the file again");
	}
	if (status != OK || unpacked->bytes == room)
		return status;
	memory_reset(&platform->memory, mark);
	room = unpacked->bytes;
	if (borrow_memory(platform, room, unpacked_kernel, memory, err) != OK)
		return err_add(err, "the unpacked data have {a} bytes", NULL, room, 0);
	return unpack_to(platform, unpacker, packed, *memory, room, unpacked, err);
}

/* Puts an unpacked kernel in place of a compressed one; leaves all other files as they are. */
static enum status unpack_kernel(struct platform *platform, struct file **kernel, struct plan *plan, struct err *err)
{
	const struct unpacker *unpacker = NULL;
	struct unpacked unpacked = { .bytes = 0 };
	struct memory_file *file;
	void *memory = NULL;
	uint64_t guess = 0;
	enum status status = unpack_probe(*kernel, &unpacker, &guess, err);

	if (status != OK)
		return status == ERR_NOT_FOUND ? OK : status;
	file = ARENA_NEW(platform->arena, struct memory_file);
	if (!file)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	if (unpack_all(platform, unpacker, *kernel, guess, &memory, &unpacked, err) != OK)
		return err_add(err, "cannot unpack {s}", unpacker->name, 0, 0);
	if (unpacked.foreign_bytes != 0)
		plan_note(plan, "the last {a} bytes of {s} are not used: they lie behind its packed data", (*kernel)->path,
			  unpacked.foreign_bytes, 0, NULL);
	memory_file_init(file, (*kernel)->path, memory, unpacked.bytes);
	*kernel = &file->file;
	return OK;
}

static const char no_file[] = "copy the file to the boot volume, or correct its path in the entry";
static const char no_kernel_with_blanks[] =
	"the whole line is the path of the kernel; its command line belongs on a line of its own: options ...";
static const char no_variables[] = "$x would be a variable of GRUB, which has no value here: write the path itself";

static bool has(const char *text, char c)
{
	while (*text != '\0' && *text != c)
		text++;
	return *text != '\0';
}

/* `with_blanks`: the advice for a path that has some. */
static enum status open_file(struct platform *platform, const struct menu_entry *menu_entry, const char *path, const char *with_blanks,
			     struct file **file, struct err *err)
{
	enum status status = fs_open(menu_entry->volume->fs, path, platform->arena, file, err);

	if (status != ERR_NOT_FOUND)
		return status;
	if (has(path, '$'))
		return err_hint(err, no_variables);
	return err_hint(err, has(path, ' ') || has(path, '\t') ? with_blanks : no_file);
}

static enum status open_kernel(struct platform *platform, const struct menu_entry *menu_entry, struct file **kernel, struct plan *plan,
			       struct err *err)
{
	const char *path = menu_entry->entry.kernel;
	enum status status = open_file(platform, menu_entry, path, no_kernel_with_blanks, kernel, err);

	if (status == OK)
		status = unpack_kernel(platform, kernel, plan, err);
	return status == OK ? OK : err_add(err, "kernel {s}", path, 0, 0);
}

/* All of them or none: a kernel is never started without a module that its entry names. */
static enum status open_modules(struct platform *platform, const struct menu_entry *menu_entry, const struct boot_module **modules,
				struct err *err)
{
	const struct entry *entry = &menu_entry->entry;
	struct boot_module *opened = ARENA_NEW_ARRAY(platform->arena, struct boot_module, entry->module_count);

	if (!opened)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	for (unsigned i = 0; i < entry->module_count; i++) {
		const struct entry_module *named = &entry->module[i];
		enum status status = open_file(platform, menu_entry, named->path, no_file, &opened[i].file, err);

		if (status != OK)
			return err_add(err, entry_kind_takes_initrd(entry->kind) ? "initrd {s}" : "module {s}", named->path, 0, 0);
		opened[i].path = named->path;
		opened[i].arguments = named->arguments;
	}
	*modules = opened;
	return OK;
}

/* What the request starts and what goes with it. Under UEFI a boot sector is not even looked for: the plan will say why. */
static enum status open_request(struct platform *platform, const struct menu_entry *menu_entry, struct boot_request *request,
				struct boot_target *target, struct plan *plan, struct err *err)
{
	enum status status;

	if (menu_entry->entry.kind == ENTRY_CHAIN) {
		request->target = target;
		if (platform->machine.firmware != FIRMWARE_BIOS)
			return OK;
		status = chain_open(platform, menu_entry, &request->kernel, target, err);
		return status == OK ? OK : err_add(err, "boot sector of {s}", menu_entry->entry.kernel, 0, 0);
	}
	status = open_kernel(platform, menu_entry, &request->kernel, plan, err);
	return status == OK ? open_modules(platform, menu_entry, &request->module, err) : status;
}

/* What the firmware says of the memory has to fit into the loader's and the kernel's lists. */
static void note_long_memory_map(struct plan *plan)
{
	const struct memory_map *map = &plan->memory->map;

	if (map->told <= MEMORY_RANGES_MAX)
		return;
	plan_note(plan, "the firmware's memory map has {a} ranges, and {b} can be used: neighbours that are no RAM have become one", NULL,
		  map->told, MEMORY_RANGES_MAX, NULL);
	if (map->ram_left_out > 0)
		plan_note(plan, "{a} bytes of RAM, the smallest pieces of it, are left out", NULL, map->ram_left_out, 0, NULL);
}

enum status boot_prepare(struct platform *platform, const struct menu_entry *menu_entry, struct plan *plan, struct err *err)
{
	const struct entry *entry = &menu_entry->entry;
	struct boot_target target = { .partition = 0 };
	struct boot_request request = {
		.protocol = entry_kind_name(entry->kind),
		.kernel_path = entry->kernel,
		.options = entry->options,
		.module_count = entry->module_count,
		.machine = &platform->machine,
		.settings = entry->settings,
		.gate = platform->gate,
	};
	enum status status;

	memset(plan, 0, sizeof *plan);
	plan->memory = &platform->memory;
	note_long_memory_map(plan);
	status = open_request(platform, menu_entry, &request, &target, plan, err);
	if (status != OK)
		return status;
	if (request.settings.video.kind == VIDEO_UNSET)
		request.settings.video = platform->video;
	platform->machine.boot_partition = menu_entry->volume->partition.number;
	platform->machine.boot_partition_lba = menu_entry->volume->partition.first_lba;
	status = boot_plan(&request, plan, platform->arena, err);
	return status == OK ? OK : err_add(err, entry->kind == ENTRY_CHAIN ? "boot sector of {s}" : "kernel {s}", entry->kernel, 0, 0);
}
