/* SPDX-License-Identifier: MIT */
/*
 * The video BIOS, and the little of it that can be believed. A machine without one may have INT 10h all the same: a lone IRET.
 *
 * Each function: INT 10h, AX = 4Fxxh. Return: AX = 004Fh if it is there and has worked; CF says nothing.
 */
#include "stage2/bios/video.h"

#include "core/base/memory.h"
#include "core/base/span.h"
#include "stage2/bios/bios.h"
#include "stage2/bios/memory-map.h"

enum {
	INT_VIDEO = 0x10,
	VBE_DONE = 0x004F,
	CONTROLLER_INFORMATION = 0x4F00,
	MODE_INFORMATION = 0x4F01,
	SET_MODE = 0x4F02,
	PROTECTED_INTERFACE = 0x4F0A,
	DISPLAY_DATA = 0x4F15,
	READ_EDID = 0x01,
	LINEAR = 1 << 14,     /* with a mode's number: set it with the linear framebuffer */
	MODE_NUMBER = 0x07FF, /* the other bits of a mode's number are flags */
	LIST_END = 0xFFFF,
	LIST_MAX = 512, /* lists without an end have been seen */
	REAL_MODE_END = 0x110000,
	VERSION_LINEAR = 0x0200,
	VERSION_LINEAR_FIELDS = 0x0300, /* a mode may differ from itself when it is linear */
};

/* The structures below 1 MiB that the firmware fills. */
enum {
	CONTROL_BYTES = 512,
	MODE_BYTES = 256,
	CONTROL = LOW_FIRMWARE_BUFFER,
	MODE = CONTROL + CONTROL_BYTES,
};
_Static_assert((int)EDID_BYTES <= (int)MODE_BYTES, "EDID comes into the same buffer");
_Static_assert(MODE + MODE_BYTES <= LOW_FIRMWARE_END, "see memory-map.h");
_Static_assert(sizeof((struct vbe_information *)0)->control == CONTROL_BYTES, "the whole block is handed over");
_Static_assert(sizeof((struct vbe_information *)0)->mode_information == MODE_BYTES, "the whole block is handed over");

/* Offsets in the controller information (VbeInfoBlock, section 4.3). */
enum { CONTROL_VERSION = 0x04, CONTROL_LIST_OFFSET = 0x0E, CONTROL_LIST_SEGMENT = 0x10 };

/* Offsets in the mode information (ModeInfoBlock, section 4.4). */
enum {
	ATTRIBUTES = 0x00,
	PITCH = 0x10,
	WIDTH = 0x12,
	HEIGHT = 0x14,
	DEPTH = 0x19,
	MEMORY_MODEL = 0x1B,
	MASKS = 0x1F, /* bits and position of red, green, blue, reserved */
	BASE = 0x28,
	LINEAR_PITCH = 0x32,
	LINEAR_MASKS = 0x36,
};

/* Supported by card and screen; its optional fields are there; colour; graphics; with a linear framebuffer. */
enum { WANTED_ATTRIBUTES = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 7 };
enum { MODEL_PACKED_PIXEL = 4, MODEL_DIRECT_COLOUR = 6 };

static bool vbe_call(struct bios_registers *registers)
{
	bios_call(INT_VIDEO, registers);
	return (registers->eax & 0xFFFF) == VBE_DONE;
}

/* 4F00h. Call with ES:DI -> buffer, which begins with "VBE2" to get all 512 bytes. Return: "VESA". The version, 0 if there is none. */
static unsigned read_control(void)
{
	uint8_t *control = low_memory(CONTROL);
	struct bios_registers registers = { .eax = CONTROLLER_INFORMATION, .edi = CONTROL };

	memset(control, 0, CONTROL_BYTES);
	memcpy(control, "VBE2", 4);
	if (!vbe_call(&registers) || memcmp(control, "VESA", 4) != 0)
		return 0;
	return get_le16(control + CONTROL_VERSION);
}

/* 4F01h. Call with CX = mode, ES:DI -> buffer of 256 bytes. */
static bool read_mode(uint16_t number)
{
	struct bios_registers registers = { .eax = MODE_INFORMATION, .ecx = number, .edi = MODE };

	memset(low_memory(MODE), 0, MODE_BYTES);
	return vbe_call(&registers);
}

/* The numbers that the controller information points to, each once: they may lie in that very block, which the next call can spoil. */
static unsigned copy_list(uint16_t number[LIST_MAX])
{
	const uint8_t *control = low_memory(CONTROL);
	uint32_t at = ((uint32_t)get_le16(control + CONTROL_LIST_SEGMENT) << 4) + get_le16(control + CONTROL_LIST_OFFSET);
	unsigned count = 0, seen;

	for (unsigned i = 0; i < LIST_MAX && at + 2 <= REAL_MODE_END; i++, at += 2) {
		uint16_t next = get_le16(low_memory(at));

		if (next == LIST_END)
			break;
		for (seen = 0; seen < count && number[seen] != next; seen++)
			;
		if (seen == count && (next & ~MODE_NUMBER) == 0)
			number[count++] = next;
	}
	return count;
}

/* Four pairs of bytes. Modes of packed pixels may have none; then they are those that every card has. */
static void read_masks(const uint8_t *masks, struct screen *screen)
{
	static const uint8_t masks_15[8] = { 5, 10, 5, 5, 5, 0, 1, 15 }, masks_16[8] = { 5, 11, 6, 5, 5, 0 },
			     masks_24[8] = { 8, 16, 8, 8, 8, 0 }, none[8];

	if (memcmp(masks, none, sizeof none) == 0)
		masks = screen->bits_per_pixel == 15 ? masks_15 : screen->bits_per_pixel == 16 ? masks_16 : masks_24;
	screen->red.bits = masks[0];
	screen->red.position = masks[1];
	screen->green.bits = masks[2];
	screen->green.position = masks[3];
	screen->blue.bits = masks[4];
	screen->blue.position = masks[5];
	screen->reserved.bits = masks[6];
	screen->reserved.position = masks[7];
}

/* The mode information as a screen; false if it is no mode for us. */
static bool take_mode(unsigned version, struct screen *screen)
{
	const uint8_t *mode = low_memory(MODE);
	uint8_t model = mode[MEMORY_MODEL];
	bool has_linear_fields = version >= VERSION_LINEAR_FIELDS && get_le16(mode + LINEAR_PITCH) != 0;

	if ((get_le16(mode + ATTRIBUTES) & WANTED_ATTRIBUTES) != WANTED_ATTRIBUTES)
		return false;
	if (model != MODEL_PACKED_PIXEL && model != MODEL_DIRECT_COLOUR)
		return false;
	*screen = (struct screen){
		.kind = SCREEN_LINEAR,
		.phys = get_le32(mode + BASE),
		.pitch_bytes = get_le16(mode + (has_linear_fields ? LINEAR_PITCH : PITCH)),
		.width = get_le16(mode + WIDTH),
		.height = get_le16(mode + HEIGHT),
		.bits_per_pixel = mode[DEPTH],
	};
	read_masks(mode + (has_linear_fields ? LINEAR_MASKS : MASKS), screen);
	return screen_is_sound(screen) && screen_end(screen) <= UINT32_MAX;
}

static void vbe_modes(const struct video_mode **mode, unsigned *count)
{
	static struct video_mode modes[VIDEO_MODES_MAX];
	uint16_t number[LIST_MAX];
	unsigned version = read_control(), listed = version >= VERSION_LINEAR ? copy_list(number) : 0, found = 0;

	for (unsigned i = 0; i < listed && found < VIDEO_MODES_MAX; i++) {
		if (!read_mode(number[i]) || !take_mode(version, &modes[found].screen))
			continue;
		modes[found++].number = number[i];
	}
	*mode = modes;
	*count = found;
}

/* 4F0Ah BL=0: the protected-mode interface. Return: ES:DI -> it, CX = its length. Few have it. */
static void read_interface(struct vbe_information *information)
{
	struct bios_registers registers = { .eax = PROTECTED_INTERFACE };

	if (!vbe_call(&registers))
		return;
	information->interface_segment = registers.es;
	information->interface_offset = (uint16_t)registers.edi;
	information->interface_bytes = (uint16_t)registers.ecx;
}

static bool vbe_describe(uint32_t number, struct vbe_information *information)
{
	struct vbe_information found = { .mode = (uint16_t)(number | LINEAR) }; /* as 4F03h will say */

	if (read_control() < VERSION_LINEAR)
		return false;
	memcpy(found.control, low_memory(CONTROL), CONTROL_BYTES);
	if (!read_mode((uint16_t)number))
		return false;
	memcpy(found.mode_information, low_memory(MODE), MODE_BYTES);
	read_interface(&found);
	*information = found;
	return true;
}

/* 4F15h (VBE/DDC 1.1). Call with BL = 01h, CX = controller 0, DX = block 0, ES:DI -> buffer of 128 bytes. */
static bool vbe_edid(uint8_t block[EDID_BYTES])
{
	struct bios_registers registers = { .eax = DISPLAY_DATA, .ebx = READ_EDID, .edi = MODE };

	memset(low_memory(MODE), 0, EDID_BYTES);
	if (!vbe_call(&registers))
		return false;
	memcpy(block, low_memory(MODE), EDID_BYTES);
	return true;
}

const struct video_source vbe_source = { .modes = vbe_modes, .edid = vbe_edid, .vbe = vbe_describe };

/* 4F02h. Call with BX = mode and flags. */
enum status vbe_set_mode(uint32_t number, struct err *err)
{
	struct bios_registers registers = { .eax = SET_MODE, .ebx = number | LINEAR };

	if (vbe_call(&registers))
		return OK;
	return err_set(err, ERR_IO, "the video BIOS does not set its mode {a:x}: AX={b:x}", NULL, number, registers.eax & 0xFFFF);
}
