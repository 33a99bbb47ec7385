/* SPDX-License-Identifier: MIT */
/* The video BIOS of the tests. */
#include "support_video_bios.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "stage2/bios/memory-map.h"
#include "support_bios.h"

enum { LIST_IN_BLOCK = 0x22 /* the reserved part of the controller information */ };

struct video_bios video_bios;

static const struct video_bios_mode *find(uint16_t number)
{
	for (unsigned i = 0; i < video_bios.modes; i++) {
		if (video_bios.mode[i].number == number)
			return &video_bios.mode[i];
	}
	return NULL;
}

static void put_list(uint8_t *control, uint32_t control_at)
{
	uint32_t at = video_bios.list_at != 0 ? video_bios.list_at : control_at + LIST_IN_BLOCK;
	uint32_t segment = at / 16 > 0xFFFF ? 0xFFFF : at / 16;
	uint8_t *list = fake_low + at;

	for (unsigned i = 0; i < video_bios.modes && at + 2 * i + 2 <= FAKE_LOW_BYTES; i++)
		put_le16(list + 2 * i, video_bios.mode[i].number);
	if (!video_bios.endless)
		put_le16(list + 2 * video_bios.modes, 0xFFFF);
	put_le16(control + 0x0E, (uint16_t)(at - 16 * segment));
	put_le16(control + 0x10, (uint16_t)segment);
}

static void control_information(struct bios_registers *registers)
{
	uint32_t at = registers->es * 16u + (registers->edi & 0xFFFF);
	uint8_t *control = fake_low + at;

	assert_true(at >= LOW_FIRMWARE_BUFFER && at + 512 <= LOW_FIRMWARE_END);
	assert_memory_equal(control, "VBE2", 4); /* it would fill 256 bytes only, of version 1 */
	memcpy(control, video_bios.signature, 4);
	put_le16(control + 4, video_bios.version);
	put_list(control, at);
}

static bool mode_information(const struct bios_registers *registers)
{
	uint32_t at = registers->es * 16u + (registers->edi & 0xFFFF);
	const struct video_bios_mode *mode = find((uint16_t)registers->ecx);
	uint8_t *block = fake_low + at;

	video_bios.mode_calls++;
	assert_true(at >= LOW_FIRMWARE_BUFFER && at + 256 <= LOW_FIRMWARE_END);
	if (video_bios.list_at == 0)
		memset(fake_low + LOW_FIRMWARE_BUFFER, 0x55, 512); /* the block was scratch memory */
	if (!mode)
		return false;
	put_le16(block, mode->attributes);
	put_le16(block + 0x10, mode->pitch);
	put_le16(block + 0x12, mode->width);
	put_le16(block + 0x14, mode->height);
	block[0x19] = mode->depth;
	block[0x1B] = mode->model;
	memcpy(block + 0x1F, mode->masks, 8);
	put_le32(block + 0x28, mode->base);
	put_le16(block + 0x32, mode->linear_pitch);
	memcpy(block + 0x36, mode->linear_masks, 8);
	return true;
}

static bool interface(struct bios_registers *registers)
{
	assert_int_equal(registers->ebx & 0xFF, 0);
	if (!video_bios.has_interface)
		return false;
	registers->edi = VIDEO_BIOS_INTERFACE_OFFSET;
	registers->ecx = VIDEO_BIOS_INTERFACE_BYTES;
	return true;
}

static bool set_mode(const struct bios_registers *registers)
{
	video_bios.set_calls++;
	video_bios.set = registers->ebx;
	return !video_bios.set_fails;
}

static void int10(struct bios_registers *registers)
{
	bool done = true;

	if (video_bios.absent)
		return;
	switch (registers->eax) {
	case 0x4F00:
		control_information(registers);
		break;
	case 0x4F01:
		done = mode_information(registers);
		break;
	case 0x4F02:
		done = set_mode(registers);
		break;
	case 0x4F0A:
		done = interface(registers);
		break;
	default:
		fail_msg("INT 10h AX=%x", registers->eax);
	}
	registers->flags = video_bios.carry ? FLAG_CARRY : 0;
	registers->eax = 0xBAD00000 | (done && !video_bios.fails ? 0x004F : 0x014F);
}

struct video_bios_mode *video_bios_add(uint16_t number, uint16_t width, uint16_t height, uint8_t depth)
{
	uint16_t pitch = (uint16_t)(width * ((depth + 7) / 8));
	struct video_bios_mode *mode = &video_bios.mode[video_bios.modes++];

	*mode = (struct video_bios_mode){ number,
					  width,
					  height,
					  VIDEO_BIOS_ATTRIBUTES,
					  depth,
					  6,
					  VIDEO_BIOS_FRAMEBUFFER,
					  pitch,
					  pitch,
					  { 8, 16, 8, 8, 8, 0, 8, 24 },
					  { 8, 16, 8, 8, 8, 0, 8, 24 } };
	if (depth == 16) {
		memcpy(mode->masks, (uint8_t[8]){ 5, 11, 6, 5, 5, 0 }, 8);
		memcpy(mode->linear_masks, mode->masks, 8);
	}
	return mode;
}

void video_bios_reset(void)
{
	memset(&video_bios, 0, sizeof video_bios);
	video_bios.signature = "VESA";
	video_bios.version = 0x0300;
	video_bios.list_at = VIDEO_BIOS_LIST;
	video_bios.has_interface = true;
	fake_interrupt[0x10] = int10;
}
