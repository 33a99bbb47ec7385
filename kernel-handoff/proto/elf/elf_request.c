/* SPDX-License-Identifier: MIT */
/* Reads the request of a kernel. */
#include "kernel-handoff/proto/elf/elf_request.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "kernel-handoff/image/elf_notes.h"

#include <mkboot/handoff.h>

#include <stddef.h>

enum { PAGE_BYTES = 4096, STACK_BYTES = 16384, BASE_ALIGN_MIB = 2, BASE_ALIGN_MIB_MAX = 1024, BASE_WINDOW_MIB = 1024 };
enum { REQUEST_BYTES_MIN = offsetof(struct mkboot_request, screen_width) };
enum { KNOWN = MKBOOT_REQUEST_TEXT | MKBOOT_REQUEST_LINEAR | MKBOOT_REQUEST_RANDOM | MKBOOT_REQUEST_CPUS };

static const uint64_t mib = 1 << 20;

/* Leaves zeros behind the end of a short request, whatever its note has there. */
static enum status check_length(struct mkboot_request *note, size_t note_bytes, struct err *err)
{
	if (note->version == 0 || note->bytes < REQUEST_BYTES_MIN || note->bytes > note_bytes)
		return err_set(err, ERR_CORRUPT, "it claims to be of version {a} and {b} bytes long", NULL, note->version, note->bytes);
	if (note->bytes < sizeof *note)
		memset((uint8_t *)note + note->bytes, 0, sizeof *note - note->bytes);
	return OK;
}

static enum status check_fields(const struct mkboot_request *note, struct err *err)
{
	uint32_t unknown = note->required & ~(uint32_t)KNOWN, align = note->base_align_mib;

	if (unknown != 0) {
		(void)err_set(err, ERR_UNSUPPORTED, "it is of version {a} and requires {b:x}, which this loader does not know", NULL,
			      note->version, unknown);
		return err_hint(err, "start this kernel by a newer version of mkboot");
	}
	if (align != 0 && (!is_power_of_two(align) || align < BASE_ALIGN_MIB || align > BASE_ALIGN_MIB_MAX))
		return err_set(err, ERR_UNSUPPORTED, "base_align_mib is {a}, and has to be a power of two from 2 to {b}", NULL, align,
			       BASE_ALIGN_MIB_MAX);
	return OK;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
	return value != 0 ? value : fallback;
}

static void take_note(const struct mkboot_request *note, struct elf_request *request)
{
	uint32_t screens = note->required | note->wanted;

	*request = (struct elf_request){
		.required = note->required,
		.video = { .text = (screens & MKBOOT_REQUEST_TEXT) != 0,
			   .linear = (screens & MKBOOT_REQUEST_LINEAR) != 0,
			   .width = note->screen_width,
			   .height = note->screen_height,
			   .depth = note->screen_depth },
		.stack_bytes = align_down(max_u64(note->stack_bytes, STACK_BYTES) + PAGE_BYTES - 1, PAGE_BYTES),
		.base_align = or_default(note->base_align_mib, BASE_ALIGN_MIB) * mib,
		.base_window = or_default(note->base_window_mib, BASE_WINDOW_MIB) * mib,
	};
}

enum status elf_request_read(const struct elf *elf, struct elf_request *request, struct err *err)
{
	static const char trail[] = "the note with the kernel's request to mkboot";
	struct mkboot_request note = { .version = 0 };
	size_t note_bytes = 0;
	enum status status = elf_note_find(elf, MKBOOT_NOTE_OWNER, MKBOOT_NOTE_REQUEST, &note, sizeof note, &note_bytes, err);

	if (status == ERR_NOT_FOUND) {
		take_note(&note, request);
		return OK;
	}
	if (status != OK)
		return status;
	if (check_length(&note, note_bytes, err) != OK || check_fields(&note, err) != OK)
		return err_add(err, trail, NULL, 0, 0);
	take_note(&note, request);
	return OK;
}

enum status elf_request_check_screen(const struct elf_request *request, const struct plan *plan, struct err *err)
{
	static const struct {
		uint32_t bit;
		const char *missing;
	} kinds[] = {
		[SCREEN_NONE] = { 0, "there is no screen at all" },
		[SCREEN_TEXT] = { MKBOOT_REQUEST_TEXT, "the screen is one of text" },
		[SCREEN_LINEAR] = { MKBOOT_REQUEST_LINEAR, "the screen is one of pixels" },
	};
	static const char *const required[] = {
		[MKBOOT_REQUEST_TEXT] = "the kernel requires a screen of text",
		[MKBOOT_REQUEST_LINEAR] = "the kernel requires a screen of pixels (a linear framebuffer)",
		[MKBOOT_REQUEST_TEXT | MKBOOT_REQUEST_LINEAR] = "the kernel requires a screen",
	};
	uint32_t screens = request->required & (MKBOOT_REQUEST_TEXT | MKBOOT_REQUEST_LINEAR);
	enum screen_kind kind = plan->video.screen.kind;

	if (screens == 0 || (kinds[kind].bit & screens) != 0)
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED, kinds[kind].missing, NULL, 0, 0);
	(void)err_add(err, required[screens], NULL, 0, 0);
	return err_hint(err, "take \"video\" out of the entry and of loader.conf if it is there; otherwise this machine cannot show it");
}
