/* SPDX-License-Identifier: MIT */
/* GUIDs of an image: random, or name-based (RFC 4122, version 5) over a list of everything that goes into it. */
#include "disk-tools/identity.h"

#include "core/base/span.h" // get_le32
#include "core/base/text.h" // text_to_number
#include "core/hash/crc32.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uuid/uuid.h>

enum { READ_BYTES = 1 << 20 };

/* The times that a FAT directory can hold: 1980-01-01 to 2107-12-31. */
static const uint64_t fat_time_min = 315532800, fat_time_max = 4354819199;

/* Names under which the GUIDs of one image are derived from its seed. */
static const char *const names[] = { "disk", "BIOS boot partition", "boot partition", "numbers" };
enum { NAMES = sizeof names / sizeof names[0] };

/* The namespace of all mkboot images; an arbitrary constant. */
static const uuid_t mkboot_namespace = { 0x5d, 0x1c, 0x7a, 0x3e, 0x0b, 0x94, 0x4f, 0x27, 0xa6, 0x58, 0x21, 0xe9, 0xc4, 0x70, 0x13, 0x8b };

static enum exit_code item_crc(const struct content_item *item, void *buffer, uint32_t *crc)
{
	*crc = 0;
	for (uint64_t at = 0; at < item->bytes && !item->is_directory; at += READ_BYTES) {
		size_t bytes = item->bytes - at < READ_BYTES ? (size_t)(item->bytes - at) : READ_BYTES;

		if (!content_read(item, buffer, at, bytes))
			return fail_errno(EXIT_IO, "cannot read", item->source, errno);
		*crc = crc32_update(*crc, buffer, bytes);
	}
	return EXIT_OK;
}

/* The seed is the GUID of a text with one line for each thing on the volume. */
static enum exit_code derive_seed(const struct content *content, uint64_t epoch, uuid_t seed)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *list = open_memstream(&text, &bytes);
	void *buffer = malloc(READ_BYTES);
	enum exit_code code = EXIT_OK;

	if (list == NULL || buffer == NULL)
		code = fail_errno(EXIT_FAILED, "cannot derive the identity of the image", NULL, ENOMEM);
	if (code == EXIT_OK)
		fprintf(list, "%llu\n", (unsigned long long)epoch);
	for (size_t i = 0; i < content->count && code == EXIT_OK; i++) {
		const struct content_item *item = &content->item[i];
		uint32_t crc;

		code = item_crc(item, buffer, &crc);
		if (code == EXIT_OK)
			fprintf(list, "%s %d %llu %08x\n", item->path, item->is_directory, (unsigned long long)item->bytes, crc);
	}
	if (list != NULL)
		fclose(list);
	if (code == EXIT_OK)
		uuid_generate_sha1(seed, mkboot_namespace, text, bytes);
	free(text);
	free(buffer);
	return code;
}

static uint32_t not_zero(const uint8_t *bytes)
{
	uint32_t value = get_le32(bytes);

	return value != 0 ? value : 1;
}

enum exit_code identity_make(const struct content *content, struct identity *identity)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	uint64_t epoch = (uint64_t)time(NULL);
	uuid_t seed, made[NAMES];
	enum exit_code code = EXIT_OK;

	if (fixed != NULL && (!text_to_number(fixed, &epoch) || epoch > fat_time_max))
		return fail(EXIT_USAGE, "SOURCE_DATE_EPOCH is not a time", NULL, "\"%s\" (seconds since 1970, before 2108)", fixed);
	if (fixed != NULL)
		code = derive_seed(content, epoch, seed);
	else
		uuid_generate_random(seed);
	if (code != EXIT_OK)
		return code;
	for (unsigned i = 0; i < NAMES; i++)
		uuid_generate_sha1(made[i], seed, names[i], strlen(names[i]));
	identity->time = (int64_t)(epoch < fat_time_min ? fat_time_min : epoch);
	uuid_unparse_upper(made[0], identity->disk_guid);
	uuid_unparse_upper(made[1], identity->bios_boot_guid);
	uuid_unparse_upper(made[2], identity->boot_guid);
	identity->disk_signature = not_zero(made[3]);
	identity->fat_serial = not_zero(made[3] + 9);
	return EXIT_OK;
}
