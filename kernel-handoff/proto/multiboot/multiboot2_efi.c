/* SPDX-License-Identifier: MIT */
/* The EFI tags, and the memory map that is written when the firmware has been left. */
#include "kernel-handoff/proto/multiboot/multiboot2_efi.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"

enum { TAG_END = 0, TAG_SYSTEM_TABLE_64 = 12, TAG_MEMORY_MAP = 17, TAG_BOOT_SERVICES = 18, TAG_IMAGE_HANDLE_64 = 20 };
enum { MAP_HEAD_BYTES = 16, END_BYTES = 8 };

static void write_address(struct tag_writer *writer, uint32_t type, uint64_t address)
{
	size_t at = tag_begin(writer, type);

	write_u64(writer, address);
	tag_end(writer, at);
}

void multiboot2_efi_write(struct tag_writer *writer, const struct machine *machine, bool keeps_firmware)
{
	if (machine->firmware != FIRMWARE_UEFI)
		return;
	write_address(writer, TAG_SYSTEM_TABLE_64, machine->efi_system_table);
	if (!keeps_firmware)
		return;
	tag_end(writer, tag_begin(writer, TAG_BOOT_SERVICES));
	write_address(writer, TAG_IMAGE_HANDLE_64, machine->efi_image_handle);
}

static void put_end_tag(uint8_t *at)
{
	put_le32(at, TAG_END);
	put_le32(at + 4, END_BYTES);
}

void multiboot2_efi_map_tail(uint8_t tail[MULTIBOOT2_EFI_MAP_TAIL_BYTES])
{
	memset(tail, 0, MULTIBOOT2_EFI_MAP_TAIL_BYTES);
	put_le32(tail, TAG_MEMORY_MAP);
	put_le32(tail + 4, MAP_HEAD_BYTES);
	put_end_tag(tail + MAP_HEAD_BYTES);
}

/* `context` points to the tag's offset. The bytes between map and end tag are zero already. */
static void write_map(void *context, uint8_t *information, const struct firmware_map *map)
{
	const uint64_t *offset = context;
	uint8_t *tag = information + *offset;
	uint64_t end = align_down(MAP_HEAD_BYTES + map->bytes + 7, 8);

	memset(tag + MAP_HEAD_BYTES, 0, END_BYTES);
	put_le32(tag + 4, (uint32_t)(MAP_HEAD_BYTES + map->bytes));
	put_le32(tag + 8, map->descriptor_bytes);
	put_le32(tag + 12, map->descriptor_version);
	memcpy(tag + MAP_HEAD_BYTES, map->descriptors, map->bytes);
	put_end_tag(tag + end);
	put_le32(information, (uint32_t)(*offset + end + END_BYTES));
}

enum status multiboot2_efi_map_want(struct plan *plan, uint64_t start, uint64_t offset, struct arena *arena, struct err *err)
{
	uint64_t *context = ARENA_NEW(arena, uint64_t);

	if (context == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for the EFI memory map", NULL, 0, 0);
	*context = offset;
	plan->firmware_map =
		(struct plan_firmware_map){ .start = start, .room = FIRMWARE_MAP_ROOM, .write = write_map, .context = context };
	return OK;
}
