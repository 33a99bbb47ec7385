/* SPDX-License-Identifier: MIT */
/* Reading, comparing and making device paths. */
#include "uefi/device_path.h"

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"
#include "uefi/firmware.h"
#include "uefi/utf16.h"

#include <stdbool.h>

/* Bytes and offsets in a node (sections 10.3.1, 10.3.5.1 and 10.3.5.4). */
enum {
	NODE_TYPE = 0,
	NODE_SUBTYPE = 1,
	NODE_LENGTH = 2,
	NODE_HEADER_BYTES = 4,
	PARTITION_START = 8,
	PARTITION_START_END = 16,
};

struct node {
	const uint8_t *at;
	UINTN offset, bytes; /* where it is in its path */
};

/* The node at `offset`; false at the end of the path, and where it is damaged (its length is 0 then). */
static bool node_at(const EFI_DEVICE_PATH *path, UINTN offset, struct node *node)
{
	node->at = (const uint8_t *)path + offset;
	node->offset = offset;
	node->bytes = get_le16(node->at + NODE_LENGTH);
	if (node->bytes < NODE_HEADER_BYTES || offset + node->bytes > DEVICE_PATH_BYTES_MAX) {
		node->bytes = 0;
		return false;
	}
	return (node->at[NODE_TYPE] & EFI_DP_TYPE_MASK) != END_DEVICE_PATH_TYPE; /* 7Fh, FFh before EFI 1.10 */
}

static bool is_partition(const struct node *node)
{
	return node->at[NODE_TYPE] == MEDIA_DEVICE_PATH && node->at[NODE_SUBTYPE] == MEDIA_HARDDRIVE_DP &&
	       node->bytes >= PARTITION_START_END;
}

/* The last node; false if there is none. *path_bytes is the length of the path. */
static bool last_node(const EFI_DEVICE_PATH *path, struct node *last, UINTN *path_bytes)
{
	struct node node = { .bytes = 0 };
	bool found = false;
	UINTN offset = 0;

	*path_bytes = 0;
	if (!path)
		return false;
	for (; node_at(path, offset, &node); offset += node.bytes) {
		*last = node;
		found = true;
	}
	if (node.bytes == 0)
		return false;
	*path_bytes = offset;
	return found;
}

const EFI_DEVICE_PATH *device_path_of(EFI_HANDLE handle)
{
	return efi_protocol(handle, &(EFI_GUID)EFI_DEVICE_PATH_PROTOCOL_GUID);
}

UINTN device_path_bytes(const EFI_DEVICE_PATH *path)
{
	struct node last;
	UINTN bytes;

	last_node(path, &last, &bytes);
	return bytes;
}

UINTN device_path_disk_bytes(const EFI_DEVICE_PATH *path, UINT64 *first_lba)
{
	struct node last;
	UINTN bytes;
	bool partition = last_node(path, &last, &bytes) && is_partition(&last);

	if (first_lba)
		*first_lba = partition ? get_le64(last.at + PARTITION_START) : 0;
	return partition ? last.offset : bytes;
}

static bool is_sought(const EFI_DEVICE_PATH *path, const EFI_DEVICE_PATH *disk, UINTN disk_bytes, UINT64 first_lba)
{
	UINT64 start;
	UINTN bytes = device_path_disk_bytes(path, &start);

	return path && start == first_lba && bytes == disk_bytes && memcmp(path, disk, bytes) == 0;
}

EFI_HANDLE device_path_find_partition(EFI_HANDLE device, UINT64 first_lba)
{
	const EFI_DEVICE_PATH *path = device_path_of(device);
	UINTN disk_bytes = device_path_disk_bytes(path, NULL), count = 0;
	EFI_HANDLE *handles = NULL, found = device;

	if (first_lba == 0 || disk_bytes == 0)
		return device;
	if (efi_boot()->LocateHandleBuffer(ByProtocol, &(EFI_GUID)EFI_BLOCK_IO_PROTOCOL_GUID, NULL, &count, &handles) != EFI_SUCCESS)
		return device;
	for (UINTN i = 0; i < count && found == device; i++) {
		if (is_sought(device_path_of(handles[i]), path, disk_bytes, first_lba))
			found = handles[i];
	}
	efi_boot()->FreePool(handles);
	return found;
}

/* "/a//b" -> "\a\b"; the same for "a/b". */
static char *firmware_name(struct arena *arena, const char *file)
{
	char *name = ARENA_NEW_ARRAY(arena, char, text_length(file) + 2);
	size_t length = 0;

	if (!name)
		return NULL;
	name[length++] = '\\';
	for (; *file != '\0'; file++) {
		char c = *file == '/' ? '\\' : *file;

		if (c != '\\' || name[length - 1] != '\\')
			name[length++] = c;
	}
	return name;
}

static void put_node(uint8_t *at, uint8_t type, uint8_t subtype, const void *data, UINTN bytes)
{
	at[NODE_TYPE] = type;
	at[NODE_SUBTYPE] = subtype;
	put_le16(at + NODE_LENGTH, (uint16_t)(NODE_HEADER_BYTES + bytes));
	if (bytes > 0)
		memcpy(at + NODE_HEADER_BYTES, data, bytes);
}

EFI_DEVICE_PATH *device_path_of_file(EFI_HANDLE device, const char *file, struct arena *arena)
{
	const EFI_DEVICE_PATH *volume = device_path_of(device);
	UINTN volume_bytes = device_path_bytes(volume), name_bytes, units;
	const char *text = firmware_name(arena, file);
	const uint16_t *name = text ? utf16_from_utf8(arena, text, &units) : NULL;
	uint8_t *path;

	if (!name)
		return NULL;
	name_bytes = units * sizeof *name;
	path = arena_allocate(arena, volume_bytes + name_bytes + 2 * NODE_HEADER_BYTES, 8);
	if (!path)
		return NULL;
	if (volume_bytes > 0)
		memcpy(path, volume, volume_bytes);
	put_node(path + volume_bytes, MEDIA_DEVICE_PATH, MEDIA_FILEPATH_DP, name, name_bytes);
	put_node(path + volume_bytes + NODE_HEADER_BYTES + name_bytes, END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, NULL, 0);
	return (EFI_DEVICE_PATH *)path;
}
