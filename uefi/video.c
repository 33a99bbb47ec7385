/* SPDX-License-Identifier: MIT */
/* The graphics output protocol. Modes are switched by it alone: the firmware's text console takes no part. */
#include "uefi/video.h"

#include "core/base/memory.h"
#include "flow/platform.h"
#include "kernel-handoff/plan.h"
#include "uefi/firmware.h"
#include "uefi/status.h"

enum { ASKED_MAX = 1024 /* modes */ };

static const EFI_GUID graphics_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

static EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics;
static UINT32 first_mode; /* the one that the loader was started in */

/* A mask is a run of ones, or nothing. */
static bool take_mask(uint32_t mask, uint8_t *position, uint8_t *bits)
{
	if (mask == 0)
		return true;
	*position = (uint8_t)__builtin_ctz(mask);
	*bits = (uint8_t)(32 - __builtin_clz(mask) - *position);
	return mask >> *position == UINT32_MAX >> (32 - *bits);
}

static bool take_masks(struct screen *screen, const EFI_PIXEL_BITMASK *mask)
{
	uint32_t all = mask->RedMask | mask->GreenMask | mask->BlueMask | mask->ReservedMask;

	screen->bits_per_pixel = all != 0 ? (32u - (uint32_t)__builtin_clz(all) + 7) / 8 * 8 : 0;
	return take_mask(mask->RedMask, &screen->red.position, &screen->red.bits) &&
	       take_mask(mask->GreenMask, &screen->green.position, &screen->green.bits) &&
	       take_mask(mask->BlueMask, &screen->blue.position, &screen->blue.bits) &&
	       take_mask(mask->ReservedMask, &screen->reserved.position, &screen->reserved.bits);
}

/* False if the mode has no memory that can be written to, or cannot be. */
static bool take_mode(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info, uint64_t base, struct screen *screen)
{
	static const EFI_PIXEL_BITMASK red_first = { 0xFF, 0xFF00, 0xFF0000, 0xFF000000 };
	static const EFI_PIXEL_BITMASK blue_first = { 0xFF0000, 0xFF00, 0xFF, 0xFF000000 };
	struct screen found = { .kind = SCREEN_LINEAR, .phys = base };
	const EFI_PIXEL_BITMASK *mask;

	switch (info->PixelFormat) {
	case PixelRedGreenBlueReserved8BitPerColor:
		mask = &red_first;
		break;
	case PixelBlueGreenRedReserved8BitPerColor:
		mask = &blue_first;
		break;
	case PixelBitMask:
		mask = &info->PixelInformation;
		break;
	default:
		return false;
	}
	if (!take_masks(&found, mask) || info->PixelsPerScanLine > SCREEN_SIDE_MAX)
		return false;
	found.width = info->HorizontalResolution;
	found.height = info->VerticalResolution;
	found.pitch_bytes = info->PixelsPerScanLine * (found.bits_per_pixel / 8);
	if (!screen_is_sound(&found))
		return false;
	*screen = found;
	return true;
}

static bool take_present_mode(const EFI_GRAPHICS_OUTPUT_PROTOCOL *of, struct screen *screen)
{
	return of && of->Mode && of->Mode->Info && take_mode(of->Mode->Info, of->Mode->FrameBufferBase, screen);
}

/*
 * The list says nothing of where a mode's framebuffer is: it is taken to be where the present one is, and video_set() looks. A mode that
 * cannot be asked for is passed over.
 */
static void video_modes(const struct video_mode **mode, unsigned *count)
{
	static struct video_mode modes[VIDEO_MODES_MAX];
	unsigned found = 0;

	for (UINT32 number = 0; number < graphics->Mode->MaxMode && number < ASKED_MAX && found < VIDEO_MODES_MAX; number++) {
		EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = NULL;
		UINTN bytes = 0;

		if (EFI_ERROR(graphics->QueryMode(graphics, number, &bytes, &info)) || !info)
			continue;
		if (bytes >= sizeof *info && take_mode(info, graphics->Mode->FrameBufferBase, &modes[found].screen))
			modes[found++].number = number;
		(void)efi_boot()->FreePool(info);
	}
	*mode = modes;
	*count = found;
}

/* The console's own; with several cards that is one for all of them, without a framebuffer: then the first card that has one. */
static bool find_graphics(struct screen *screen)
{
	EFI_HANDLE *handles = NULL;
	UINTN count = 0;
	bool found;

	graphics = efi_protocol(efi_table->ConsoleOutHandle, &graphics_guid);
	found = take_present_mode(graphics, screen);
	if (found || EFI_ERROR(efi_boot()->LocateHandleBuffer(ByProtocol, (EFI_GUID *)&graphics_guid, NULL, &count, &handles)))
		return found;
	for (UINTN i = 0; i < count && !found; i++) {
		graphics = efi_protocol(handles[i], &graphics_guid);
		found = take_present_mode(graphics, screen);
	}
	(void)efi_boot()->FreePool(handles);
	return found;
}

/* As the firmware itself uses it (UEFI 2.10, section 12.9.2.4). The console's protocol has none; then the first display that has. */
static bool video_edid(uint8_t block[EDID_BYTES])
{
	static const EFI_GUID active_guid = EFI_EDID_ACTIVE_PROTOCOL_GUID;
	EFI_EDID_ACTIVE_PROTOCOL *active = NULL;

	if (EFI_ERROR(efi_boot()->LocateProtocol((EFI_GUID *)&active_guid, NULL, (void **)&active)) || !active || !active->Edid ||
	    active->SizeOfEdid < EDID_BYTES)
		return false;
	memcpy(block, active->Edid, EDID_BYTES);
	return true;
}

void video_find(struct machine *machine)
{
	static const struct video_source source = { .modes = video_modes, .edid = video_edid };

	if (!find_graphics(&machine->screen))
		return;
	first_mode = graphics->Mode->Mode;
	machine->video = &source;
}

static bool is_as_planned(const struct screen *is, const struct screen *planned)
{
	return is->phys == planned->phys && is->pitch_bytes == planned->pitch_bytes && is->width == planned->width &&
	       is->height == planned->height && is->bits_per_pixel == planned->bits_per_pixel &&
	       is->red.position == planned->red.position && is->green.position == planned->green.position &&
	       is->blue.position == planned->blue.position;
}

enum status video_set(struct platform *platform, const struct plan_video *video, struct err *err)
{
	EFI_STATUS status = graphics->SetMode(graphics, video->number);
	struct screen screen = { .kind = SCREEN_NONE };

	if (EFI_ERROR(status)) {
		(void)efi_error(status, err, "the firmware does not set its graphics mode", NULL);
		err->code = ERR_IO;
	} else if (!take_present_mode(graphics, &screen) || !is_as_planned(&screen, &video->screen)) {
		(void)err_set(err, ERR_IO, "graphics mode {a} of the firmware is not what it was said to be; its framebuffer is at {b:x}",
			      NULL, video->number, graphics->Mode->FrameBufferBase);
	} else {
		return OK;
	}
	video_reset(platform);
	return err->code;
}

/* The mode may have its framebuffer elsewhere now, or none any more. */
void video_reset(struct platform *platform)
{
	struct machine *machine = &platform->machine;

	(void)graphics->SetMode(graphics, first_mode);
	machine->screen = (struct screen){ .kind = SCREEN_NONE };
	(void)take_present_mode(graphics, &machine->screen);
}
