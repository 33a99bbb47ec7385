/* SPDX-License-Identifier: MIT */
/* The screen by the graphics output protocol: the present mode, the list, and modes that are not what the list said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "flow/platform.h"
#include "kernel-handoff/plan.h"
#include "support_block.h"
#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/firmware.h"
#include "uefi/video.h"

enum { MODES_MAX = 200, BASE = 0x80000000, ELSEWHERE = 0xC0000000 };

static const EFI_GUID graphics_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

static struct {
	EFI_GRAPHICS_OUTPUT_PROTOCOL protocol;
	EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode;
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info[MODES_MAX], present;
	UINT32 unreadable; /* QueryMode fails for this one */
	UINTN info_bytes;  /* that it says of each */
	unsigned queries;
	void *lent;              /* by QueryMode */
	uint64_t base_of_others; /* framebuffer in modes but the first; 0: the same */
	UINT32 wider_lines;      /* pixels that a line has in addition when the mode is set */
	EFI_STATUS set_status;
} screen;

static struct platform platform;
static struct err err;

static EFI_STATUS EFIAPI query_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, UINT32 number, UINTN *bytes,
				    EFI_GRAPHICS_OUTPUT_MODE_INFORMATION **info)
{
	assert_ptr_equal(this, &screen.protocol);
	assert_true(number < screen.mode.MaxMode);
	screen.queries++;
	if (number == screen.unreadable)
		return EFI_DEVICE_ERROR;
	assert_null(screen.lent); /* the one before was given back */
	screen.lent = *info = malloc(sizeof **info);
	assert_non_null(*info);
	**info = screen.info[number % MODES_MAX];
	*bytes = screen.info_bytes;
	return EFI_SUCCESS;
}

static EFI_FREE_POOL free_other;

static EFI_STATUS EFIAPI free_pool(void *buffer)
{
	if (screen.lent != buffer)
		return free_other(buffer);
	screen.lent = NULL;
	free(buffer);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, UINT32 number)
{
	assert_ptr_equal(this, &screen.protocol);
	if (number != 0 && EFI_ERROR(screen.set_status))
		return screen.set_status;
	screen.mode.Mode = number;
	screen.present = screen.info[number];
	screen.mode.FrameBufferBase = BASE;
	if (number == 0)
		return EFI_SUCCESS;
	screen.present.PixelsPerScanLine += screen.wider_lines;
	if (screen.base_of_others != 0)
		screen.mode.FrameBufferBase = screen.base_of_others;
	return EFI_SUCCESS;
}

static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *add(UINT32 width, UINT32 height)
{
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = &screen.info[screen.mode.MaxMode++];

	*info = (EFI_GRAPHICS_OUTPUT_MODE_INFORMATION){
		.HorizontalResolution = width,
		.VerticalResolution = height,
		.PixelFormat = PixelBlueGreenRedReserved8BitPerColor,
		.PixelsPerScanLine = width,
	};
	return info;
}

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	memset(&screen, 0, sizeof screen);
	memset(&platform, 0, sizeof platform);
	screen.protocol = (EFI_GRAPHICS_OUTPUT_PROTOCOL){ .QueryMode = query_mode, .SetMode = set_mode, .Mode = &screen.mode };
	screen.mode.Info = &screen.present;
	screen.mode.FrameBufferBase = BASE;
	screen.unreadable = UINT32_MAX;
	screen.info_bytes = sizeof screen.present;
	free_other = image_firmware.services.FreePool;
	image_firmware.services.FreePool = free_pool;
	image_firmware_handle(graphics_guid, &screen.protocol);
	screen.present = *add(1280, 800);
	add(800, 600);
	add(1024, 768);
	return 0;
}

static unsigned list(const struct video_mode **mode)
{
	unsigned count = 12345;

	video_find(&platform.machine);
	assert_non_null(platform.machine.video);
	assert_null(platform.machine.video->vbe);
	platform.machine.video->modes(mode, &count);
	assert_null(screen.lent);
	assert_int_equal(image_firmware_allocations(), 0);
	return count;
}

static const struct screen *present(void)
{
	memset(&platform.machine, 0, sizeof platform.machine);
	video_find(&platform.machine);
	return &platform.machine.screen;
}

static void the_screen_has_its_masks(void **state)
{
	(void)state;
	screen.present.PixelsPerScanLine = 1312;
	screen.mode.FrameBufferBase = 0x480000000;
	assert_int_equal(present()->kind, SCREEN_LINEAR);
	assert_int_equal(present()->phys, 0x480000000);
	assert_int_equal(present()->width, 1280);
	assert_int_equal(present()->height, 800);
	assert_int_equal(present()->pitch_bytes, 1312 * 4);
	assert_int_equal(present()->bits_per_pixel, 32);
	assert_int_equal(present()->red.position, 16);
	assert_int_equal(present()->blue.position, 0);
	screen.present.PixelFormat = PixelRedGreenBlueReserved8BitPerColor;
	assert_int_equal(present()->red.position, 0);
	assert_int_equal(present()->green.position, 8);
	assert_int_equal(present()->blue.position, 16);
	assert_int_equal(present()->reserved.position, 24);
	assert_int_equal(present()->reserved.bits, 8);
	screen.present.PixelFormat = PixelBitMask;
	screen.present.PixelInformation = (EFI_PIXEL_BITMASK){ .RedMask = 0xF800, .GreenMask = 0x07E0, .BlueMask = 0x001F };
	assert_int_equal(present()->bits_per_pixel, 16);
	assert_int_equal(present()->pitch_bytes, 1312 * 2);
	assert_int_equal(present()->red.position, 11);
	assert_int_equal(present()->red.bits, 5);
	assert_int_equal(present()->green.bits, 6);
	assert_int_equal(present()->reserved.bits, 0);
}

static void assert_no_screen(void)
{
	assert_int_equal(present()->kind, SCREEN_NONE);
	assert_null(platform.machine.video);
}

static void a_screen_without_memory_is_none(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self); /* and no graphics at all */
	assert_no_screen();
	reset(state);
	screen.present.PixelFormat = PixelBltOnly;
	assert_no_screen();
	screen.present.PixelFormat = PixelFormatMax;
	assert_no_screen();
	screen.present.PixelFormat = PixelBitMask; /* of nothing */
	assert_no_screen();
	screen.present.PixelInformation = (EFI_PIXEL_BITMASK){ .RedMask = 0xF900, .GreenMask = 0x06E0, .BlueMask = 0x001F }; /* with gaps */
	assert_no_screen();
	reset(state);
	screen.mode.FrameBufferBase = 0;
	assert_no_screen();
	reset(state);
	screen.present.PixelsPerScanLine = 1279;
	assert_no_screen();
	screen.present.PixelsPerScanLine = 0x40000500; /* times four it is as long as it should be */
	assert_no_screen();
	reset(state);
	screen.mode.Info = NULL;
	assert_no_screen();
	screen.protocol.Mode = NULL;
	assert_no_screen();
}

static void with_several_cards_one_is_taken(void **state)
{
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info = { .HorizontalResolution = 640, .VerticalResolution = 480, .PixelsPerScanLine = 640 };
	EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode = { .Info = &info, .FrameBufferBase = ELSEWHERE };
	EFI_GRAPHICS_OUTPUT_PROTOCOL other = { .Mode = &mode };

	(void)state;
	image_firmware.table.ConsoleOutHandle = image_firmware_handle(graphics_guid, &other);
	assert_int_equal(present()->phys, ELSEWHERE); /* the console's own */
	info.PixelFormat = PixelBltOnly;              /* it writes to all of them */
	assert_int_equal(present()->phys, BASE);
	assert_int_equal(image_firmware_allocations(), 0);
	screen.present.PixelFormat = PixelBltOnly;
	assert_no_screen();
}

static void the_list_has_all_that_has_memory(void **state)
{
	const struct video_mode *mode;

	(void)state;
	add(640, 480)->PixelFormat = PixelBltOnly;
	add(0, 480);
	add(1920, 1080)->PixelFormat = PixelRedGreenBlueReserved8BitPerColor;
	screen.unreadable = 1;
	assert_int_equal(list(&mode), 3);
	assert_int_equal(mode[0].number, 0);
	assert_int_equal(mode[1].number, 2);
	assert_int_equal(mode[1].screen.width, 1024);
	assert_int_equal(mode[1].screen.phys, BASE); /* for want of a better guess */
	assert_int_equal(mode[2].number, 5);
	assert_int_equal(mode[2].screen.red.position, 0);
	screen.info_bytes = sizeof screen.present - 1;
	assert_int_equal(list(&mode), 0);
}

static void endless_lists_end(void **state)
{
	const struct video_mode *mode;

	(void)state;
	for (unsigned i = 0; i < MODES_MAX; i++)
		screen.info[i] = screen.info[0];
	screen.mode.MaxMode = UINT32_MAX;
	assert_int_equal(list(&mode), VIDEO_MODES_MAX);
	for (unsigned i = 0; i < MODES_MAX; i++)
		screen.info[i].PixelFormat = PixelBltOnly;
	screen.queries = 0;
	assert_int_equal(list(&mode), 0);
	assert_true(screen.queries <= 1024);
}

static struct plan_video planned(UINT32 number)
{
	const struct video_mode *mode;
	unsigned count = list(&mode);

	for (unsigned i = 0; i < count; i++) {
		if (mode[i].number == number)
			return (struct plan_video){ .set = true, .number = number, .screen = mode[i].screen };
	}
	fail_msg("mode %u is not in the list", number);
	return (struct plan_video){ .set = false };
}

static void modes_are_set(void **state)
{
	struct plan_video video = planned(2);

	(void)state;
	assert_ok(video_set(&platform, &video, &err), &err);
	assert_int_equal(screen.mode.Mode, 2);
	video_reset(&platform);
	assert_int_equal(screen.mode.Mode, 0);
	assert_int_equal(platform.machine.screen.width, 1280);
}

/* The old mode is back each time. */
static void modes_that_are_not_as_planned_are_errors(void **state)
{
	struct plan_video video = planned(2);

	(void)state;
	screen.base_of_others = ELSEWHERE;
	assert_status(ERR_IO, video_set(&platform, &video, &err), &err);
	assert_trail(&err, "0xc0000000");
	assert_int_equal(screen.mode.Mode, 0);
	assert_int_equal(platform.machine.screen.phys, BASE);
	screen.base_of_others = 0;
	screen.wider_lines = 64;
	assert_status(ERR_IO, video_set(&platform, &video, &err), &err);
	assert_int_equal(screen.mode.Mode, 0);
	screen.wider_lines = 0;
	screen.info[2].VerticalResolution = 769;
	assert_status(ERR_IO, video_set(&platform, &video, &err), &err);
	screen.info[2].VerticalResolution = 768;
	screen.info[2].PixelFormat = PixelRedGreenBlueReserved8BitPerColor;
	assert_status(ERR_IO, video_set(&platform, &video, &err), &err);
	screen.info[2].PixelFormat = PixelBltOnly;
	assert_status(ERR_IO, video_set(&platform, &video, &err), &err);
	assert_int_equal(screen.mode.Mode, 0);
	screen.info[2].PixelFormat = PixelBlueGreenRedReserved8BitPerColor;
	assert_ok(video_set(&platform, &video, &err), &err);
}

static void modes_that_are_refused_are_errors(void **state)
{
	struct plan_video video = planned(1);

	(void)state;
	screen.set_status = EFI_UNSUPPORTED;
	assert_status(ERR_IO, video_set(&platform, &video, &err), &err);
	assert_trail(&err, "unsupported");
	assert_int_equal(screen.mode.Mode, 0);
	assert_int_equal(platform.machine.screen.width, 1280);
}

static EFI_EDID_ACTIVE_PROTOCOL *display;

static EFI_STATUS EFIAPI locate_display(EFI_GUID *guid, void *registration, void **interface)
{
	static const EFI_GUID active_guid = EFI_EDID_ACTIVE_PROTOCOL_GUID;

	assert_null(registration);
	assert_memory_equal(guid, &active_guid, sizeof active_guid);
	*interface = display;
	return display ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static void the_display_says_what_it_likes(void **state)
{
	uint8_t said[2 * EDID_BYTES], block[EDID_BYTES];
	EFI_EDID_ACTIVE_PROTOCOL active = { .SizeOfEdid = sizeof said, .Edid = said };

	(void)state;
	image_firmware.services.LocateProtocol = locate_display;
	memset(said, 0x5A, sizeof said);
	(void)present();
	display = &active;
	assert_true(platform.machine.video->edid(block));
	assert_memory_equal(block, said, sizeof block);
	active.SizeOfEdid = EDID_BYTES - 1;
	assert_false(platform.machine.video->edid(block));
	active = (EFI_EDID_ACTIVE_PROTOCOL){ .SizeOfEdid = 0 };
	assert_false(platform.machine.video->edid(block));
	display = NULL;
	assert_false(platform.machine.video->edid(block));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_screen_has_its_masks, reset),
		cmocka_unit_test_setup(a_screen_without_memory_is_none, reset),
		cmocka_unit_test_setup(with_several_cards_one_is_taken, reset),
		cmocka_unit_test_setup(the_list_has_all_that_has_memory, reset),
		cmocka_unit_test_setup(endless_lists_end, reset),
		cmocka_unit_test_setup(modes_are_set, reset),
		cmocka_unit_test_setup(modes_that_are_not_as_planned_are_errors, reset),
		cmocka_unit_test_setup(modes_that_are_refused_are_errors, reset),
		cmocka_unit_test_setup(the_display_says_what_it_likes, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
