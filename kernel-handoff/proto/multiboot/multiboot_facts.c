/* SPDX-License-Identifier: MIT */
/* The pieces that the boot information of Multiboot 1 and 2 have in common. */
#include "kernel-handoff/proto/multiboot/multiboot_facts.h"

#include "core/base/checked.h"

enum { FRAMEBUFFER_RGB = 1, FRAMEBUFFER_TEXT = 2 };

static const uint64_t mib = 1 << 20;

uint32_t multiboot_upper_memory_kib(const struct memory_map *map)
{
	uint64_t end = mib;

	for (unsigned i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->range[i];

		if (range->type == MEMORY_RAM && range->start <= end && range->end > end)
			end = range->end;
	}
	return (uint32_t)min_u64((end - mib) / 1024, UINT32_MAX);
}

void multiboot_range_write(struct tag_writer *writer, const struct memory_range *range)
{
	write_u64(writer, range->start);
	write_u64(writer, range->end - range->start);
	write_u32(writer, memory_type_for_kernel(range->type));
}

void multiboot_apm_write(struct tag_writer *writer, const struct apm *apm)
{
	write_u16(writer, apm->version);
	write_u16(writer, apm->code_segment);
	write_u32(writer, apm->entry_offset);
	write_u16(writer, apm->code_segment_16);
	write_u16(writer, apm->data_segment);
	write_u16(writer, apm->flags);
	write_u16(writer, apm->code_length);
	write_u16(writer, apm->code_length_16);
	write_u16(writer, apm->data_length);
}

void multiboot_vbe_mode_write(struct tag_writer *writer, const struct vbe_information *vbe)
{
	write_u16(writer, vbe->mode);
	write_u16(writer, vbe->interface_segment);
	write_u16(writer, vbe->interface_offset);
	write_u16(writer, vbe->interface_bytes);
}

void multiboot_framebuffer_write(struct tag_writer *writer, const struct screen *screen)
{
	write_u64(writer, screen->phys);
	write_u32(writer, screen->pitch_bytes);
	write_u32(writer, screen->width);
	write_u32(writer, screen->height);
	write_u8(writer, (uint8_t)screen->bits_per_pixel);
	write_u8(writer, screen->kind == SCREEN_TEXT ? FRAMEBUFFER_TEXT : FRAMEBUFFER_RGB);
}

void multiboot_colors_write(struct tag_writer *writer, const struct screen *screen)
{
	write_u8(writer, screen->red.position);
	write_u8(writer, screen->red.bits);
	write_u8(writer, screen->green.position);
	write_u8(writer, screen->green.bits);
	write_u8(writer, screen->blue.position);
	write_u8(writer, screen->blue.bits);
}
