/* SPDX-License-Identifier: MIT */
/* The lists, in the firmware's order. Figures are those of QEMU 7.2 with SeaBIOS 1.16.2 and OVMF 2022.11. */
#include "disk-tools/model_video.h"

#include <string.h>

enum { VBE_FRAMEBUFFER = 0xFD000000, VBE_LINEAR = 1 << 14, GRAPHICS_DEPTH = 32 };
enum { NATIVE_WIDTH = 1280, NATIVE_HEIGHT = 800, FIRST_TIMING = 54 /* in an EDID */ };

static const struct {
	uint16_t number, width, height;
	uint8_t depth;
} vbe[] = {
	{ 0x10d, 320, 200, 15 },   { 0x10e, 320, 200, 16 },   { 0x10f, 320, 200, 24 },   { 0x110, 640, 480, 15 },
	{ 0x111, 640, 480, 16 },   { 0x112, 640, 480, 24 },   { 0x113, 800, 600, 15 },   { 0x114, 800, 600, 16 },
	{ 0x115, 800, 600, 24 },   { 0x116, 1024, 768, 15 },  { 0x117, 1024, 768, 16 },  { 0x118, 1024, 768, 24 },
	{ 0x119, 1280, 1024, 15 }, { 0x11a, 1280, 1024, 16 }, { 0x11b, 1280, 1024, 24 }, { 0x11d, 1600, 1200, 15 },
	{ 0x11e, 1600, 1200, 16 }, { 0x11f, 1600, 1200, 24 }, { 0x140, 320, 200, 32 },   { 0x141, 640, 400, 32 },
	{ 0x142, 640, 480, 32 },   { 0x143, 800, 600, 32 },   { 0x144, 1024, 768, 32 },  { 0x145, 1280, 1024, 32 },
	{ 0x147, 1600, 1200, 32 }, { 0x149, 1152, 864, 15 },  { 0x14a, 1152, 864, 16 },  { 0x14b, 1152, 864, 24 },
	{ 0x14c, 1152, 864, 32 },  { 0x175, 1280, 768, 16 },  { 0x176, 1280, 768, 24 },  { 0x177, 1280, 768, 32 },
	{ 0x178, 1280, 800, 16 },  { 0x179, 1280, 800, 24 },  { 0x17a, 1280, 800, 32 },  { 0x17b, 1280, 960, 16 },
	{ 0x17c, 1280, 960, 24 },  { 0x17d, 1280, 960, 32 },  { 0x17e, 1440, 900, 16 },  { 0x17f, 1440, 900, 24 },
	{ 0x180, 1440, 900, 32 },  { 0x181, 1400, 1050, 16 }, { 0x182, 1400, 1050, 24 }, { 0x183, 1400, 1050, 32 },
	{ 0x184, 1680, 1050, 16 }, { 0x185, 1680, 1050, 24 }, { 0x186, 1680, 1050, 32 }, { 0x187, 1920, 1200, 16 },
	{ 0x188, 1920, 1200, 24 }, { 0x189, 1920, 1200, 32 }, { 0x18a, 2560, 1600, 16 }, { 0x18b, 2560, 1600, 24 },
	{ 0x18c, 2560, 1600, 32 }, { 0x18d, 1280, 720, 16 },  { 0x18e, 1280, 720, 24 },  { 0x18f, 1280, 720, 32 },
	{ 0x190, 1920, 1080, 16 }, { 0x191, 1920, 1080, 24 }, { 0x192, 1920, 1080, 32 }, { 0x193, 1600, 900, 16 },
	{ 0x194, 1600, 900, 24 },  { 0x195, 1600, 900, 32 },  { 0x196, 2560, 1440, 16 }, { 0x197, 2560, 1440, 24 },
	{ 0x198, 2560, 1440, 32 }, { 0x199, 3840, 2160, 16 },
};

static const struct {
	uint16_t width, height;
} graphics[] = {
	{ 1280, 800 },  { 640, 480 },   { 800, 480 },   { 800, 600 },   { 832, 624 },   { 960, 640 },   { 1024, 600 },  { 1024, 768 },
	{ 1152, 864 },  { 1152, 870 },  { 1280, 720 },  { 1280, 760 },  { 1280, 768 },  { 1280, 960 },  { 1280, 1024 }, { 1360, 768 },
	{ 1366, 768 },  { 1400, 1050 }, { 1440, 900 },  { 1600, 900 },  { 1600, 1200 }, { 1680, 1050 }, { 1920, 1080 }, { 1920, 1200 },
	{ 1920, 1440 }, { 2000, 2000 }, { 2048, 1536 }, { 2048, 2048 }, { 2560, 1440 }, { 2560, 1600 },
};

enum { VBE_MODES = sizeof vbe / sizeof vbe[0], GRAPHICS_MODES = sizeof graphics / sizeof graphics[0] };

static struct video_mode make_mode(uint32_t number, uint64_t phys, uint32_t width, uint32_t height, uint32_t depth)
{
	struct video_mode mode = {
		.number = number,
		.screen = { .kind = SCREEN_LINEAR, .phys = phys, .width = width, .height = height, .bits_per_pixel = depth },
	};
	struct screen *screen = &mode.screen;
	uint8_t bits = depth <= 16 ? 5 : 8, green_bits = depth == 16 ? 6 : bits;

	screen->pitch_bytes = width * ((depth + 7) / 8);
	screen->blue.bits = screen->red.bits = bits;
	screen->green.bits = green_bits;
	screen->green.position = bits;
	screen->red.position = (uint8_t)(bits + green_bits);
	if (depth == 15 || depth == 32) {
		screen->reserved.position = (uint8_t)(3 * bits);
		screen->reserved.bits = depth == 15 ? 1 : 8;
	}
	return mode;
}

static struct video_mode bios_mode[VBE_MODES], uefi_mode[GRAPHICS_MODES];

static void bios_modes(const struct video_mode **mode, unsigned *count)
{
	*mode = bios_mode;
	*count = VBE_MODES;
}

static void uefi_modes(const struct video_mode **mode, unsigned *count)
{
	*mode = uefi_mode;
	*count = GRAPHICS_MODES;
}

/* What the blocks hold has no part in a plan, only that they are there. */
static bool describe(uint32_t number, struct vbe_information *information)
{
	memset(information, 0, sizeof *information);
	information->mode = (uint16_t)(number | VBE_LINEAR);
	return true;
}

/* QEMU's display: as much of its EDID as is read. */
static bool display(uint8_t block[EDID_BYTES])
{
	static const uint8_t head[] = { 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0 };
	static const uint8_t timing[] = {
		0x01, 0x00, NATIVE_WIDTH & 0xFF, 0, NATIVE_WIDTH >> 8 << 4, NATIVE_HEIGHT & 0xFF, 0, NATIVE_HEIGHT >> 8 << 4
	};
	uint8_t sum = 0;

	memset(block, 0, EDID_BYTES);
	memcpy(block, head, sizeof head);
	memcpy(block + FIRST_TIMING, timing, sizeof timing);
	for (unsigned i = 0; i < EDID_BYTES - 1; i++)
		sum = (uint8_t)(sum + block[i]);
	block[EDID_BYTES - 1] = (uint8_t)-sum;
	return true;
}

const struct video_source *model_video_bios(void)
{
	static const struct video_source source = { .modes = bios_modes, .edid = display, .vbe = describe };

	for (unsigned i = 0; i < VBE_MODES; i++)
		bios_mode[i] = make_mode(vbe[i].number, VBE_FRAMEBUFFER, vbe[i].width, vbe[i].height, vbe[i].depth);
	return &source;
}

const struct video_source *model_video_uefi(uint64_t phys)
{
	static const struct video_source source = { .modes = uefi_modes, .edid = display };

	for (unsigned i = 0; i < GRAPHICS_MODES; i++)
		uefi_mode[i] = make_mode(i, phys, graphics[i].width, graphics[i].height, GRAPHICS_DEPTH);
	return &source;
}
