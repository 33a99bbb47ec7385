/* SPDX-License-Identifier: MIT */
/* A plan as text: stable, aligned, one line a place, so that two plans can be compared with diff. */
#include "core/base/memory.h"
#include "core/base/print.h"
#include "kernel-handoff/plan.h"

const char *place_kind_name(enum place_kind kind)
{
	static const char *const names[] = {
		[PLACE_KERNEL] = "kernel",           [PLACE_MODULE] = "module", [PLACE_INFORMATION] = "information",
		[PLACE_PAGE_TABLES] = "page tables", [PLACE_STACK] = "stack",
	};

	return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

const char *entry_mode_name(enum entry_mode mode)
{
	static const char *const names[] = {
		[ENTRY_MODE_REAL] = "real",         [ENTRY_MODE_PROTECTED] = "protected", [ENTRY_MODE_LONG] = "long",
		[ENTRY_MODE_FIRMWARE] = "firmware", [ENTRY_MODE_IMAGE] = "image",
	};

	return (unsigned)mode < sizeof names / sizeof *names ? names[mode] : "unknown";
}

/* "  [0x0000000000200000, 0x00000000005a7000) kernel       segment 0 = 2562336 bytes at 0x80 of /xen, staged" */
static void print_place(struct sink *sink, const struct place *place)
{
	print(sink, "  [0x%016lx, 0x%016lx) %-11s  ", place->start, place->start + place->bytes, place_kind_name(place->kind));
	print_untrusted(sink, place->what);
	if (place->file != NULL && place->file_bytes > 0) {
		print(sink, " = %lu bytes at 0x%lx of ", place->file_bytes, place->file_offset);
		print_untrusted(sink, place->file->path);
	}
	if (place->staged)
		print(sink, ", staged");
	print(sink, "\n");
}

unsigned plan_registers(const struct plan *plan, struct entry_register list[ENTRY_REGISTERS])
{
	const struct entry_registers *registers = &plan->registers;
	const struct entry_register all[ENTRY_REGISTERS] = {
		{ "ax", registers->ax }, { "bx", registers->bx }, { "cx", registers->cx }, { "dx", registers->dx },
		{ "si", registers->si }, { "di", registers->di }, { "bp", registers->bp }, { "sp", registers->sp },
	};

	memcpy(list, all, sizeof all);
	if (plan->mode == ENTRY_MODE_IMAGE)
		return 0;
	return plan->mode == ENTRY_MODE_FIRMWARE ? ENTRY_REGISTERS - 1 : ENTRY_REGISTERS; /* the stack is the firmware's */
}

static void print_image(struct sink *sink, const struct plan_image *image)
{
	print(sink, "image       %lu bytes of ", image->file->bytes);
	print_untrusted(sink, image->file->path);
	print(sink, "\nmode        %s\noptions     ", entry_mode_name(ENTRY_MODE_IMAGE));
	print_untrusted(sink, image->options);
	print(sink, "\n");
	for (unsigned i = 0; i < image->initrd_count; i++) {
		print(sink, "initrd %-4u %lu bytes of ", i + 1, image->initrd[i]->bytes);
		print_untrusted(sink, image->initrd[i]->path);
		print(sink, "\n");
	}
}

/* "video       mode 0x118: 1024x768x32 at 0xfd000000", or without the mode if the screen stays as it is. */
static void print_video(struct sink *sink, const struct plan_video *video)
{
	const struct screen *screen = &video->screen;

	if (screen->kind == SCREEN_NONE)
		return;
	print(sink, "video       ");
	if (video->set)
		print(sink, "mode 0x%x: ", video->number);
	if (screen->kind == SCREEN_TEXT)
		print(sink, "text %ux%u\n", screen->width, screen->height);
	else
		print(sink, "%ux%ux%u at 0x%lx\n", screen->width, screen->height, screen->bits_per_pixel, screen->phys);
}

static void print_segments(struct sink *sink, const struct entry_segments *segments)
{
	const struct {
		const char *name;
		unsigned value;
	} list[] = { { "cs", segments->cs }, { "ds", segments->ds }, { "es", segments->es },
		     { "fs", segments->fs }, { "gs", segments->gs }, { "ss", segments->ss } };

	for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
		print(sink, "  %s = 0x%04x\n", list[i].name, list[i].value);
	print(sink, "interrupts  %s\n", segments->interrupts ? "on" : "off");
}

static void print_places_and_entry(struct sink *sink, const struct plan *plan)
{
	print(sink, "places\n");
	for (unsigned i = 0; i < plan->count; i++)
		print_place(sink, &plan->place[i]);
	if (plan->trampoline != 0)
		print(sink, "  [0x%016lx, 0x%016lx) %-11s  code and data of the last step\n", plan->trampoline,
		      plan->trampoline + TRAMPOLINE_BYTES, "jump");
	print(sink, "entry       0x%016lx\nmode        %s\n", plan->entry, entry_mode_name(plan->mode));
	if (plan->mode == ENTRY_MODE_LONG)
		print(sink, "page tables 0x%016lx\n", plan->page_table_root);
	if (plan->firmware_map.start != 0)
		print(sink, "EFI map     up to %lu bytes into the structure at 0x%016lx\n", plan->firmware_map.room,
		      plan->firmware_map.start);
}

static void print_registers(struct sink *sink, const struct plan *plan)
{
	struct entry_register registers[ENTRY_REGISTERS];
	unsigned count = plan_registers(plan, registers);

	if (count > 0)
		print(sink, "registers\n");
	for (unsigned i = 0; i < count; i++)
		print(sink, "  %s = 0x%016lx\n", registers[i].name, registers[i].value);
	if (plan->mode == ENTRY_MODE_REAL)
		print_segments(sink, &plan->segments);
}

void plan_print(const struct plan *plan, struct sink *sink)
{
	print(sink, "protocol    %s\nkernel      ", plan->protocol);
	print_untrusted(sink, plan->kernel);
	print(sink, "\n");
	if (plan->mode == ENTRY_MODE_IMAGE)
		print_image(sink, &plan->image);
	else
		print_places_and_entry(sink, plan);
	print_video(sink, &plan->video);
	print_registers(sink, plan);
	plan_print_notes(plan, sink, "note        ", "hint        ");
}

void plan_print_notes(const struct plan *plan, struct sink *sink, const char *note_prefix, const char *hint_prefix)
{
	const struct plan_notes *notes = &plan->notes;

	for (unsigned i = 0; i < notes->count; i++) {
		const struct plan_note *note = &notes->note[i];

		print(sink, "%s", note_prefix);
		err_print(sink, &(struct err){ .depth = 1, .frame = { note->text } });
		print(sink, "\n");
		if (note->hint != NULL)
			print(sink, "%s%s\n", hint_prefix, note->hint);
	}
	if (notes->lost > 0)
		print(sink, "%s%u more\n", note_prefix, notes->lost);
	if (notes->preflight != NULL)
		print(sink, "%s\n", notes->preflight);
}
