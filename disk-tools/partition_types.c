/* SPDX-License-Identifier: MIT */
/* Names of partition types: a few of ours, then what libfdisk of Debian 12 lacks, then libfdisk's own. */
#include "disk-tools/partition_types.h"

#include <libfdisk/libfdisk.h>
#include <string.h>

static const struct type_name {
	const char *guid, *name;
} guid_names[] = {
	/* What mkboot makes, by the names of its manual. */
	{ "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system partition" },
	{ "bc13c2ff-59e6-4262-a352-b275fd6f7172", "extended boot loader partition" },
	{ "21686148-6449-6e6f-744e-656564454649", "BIOS boot partition" },
	/* The Discoverable Partitions Specification's later processors. */
	{ "0cf191c8-3b54-433a-b715-68c6fa4086de", "Linux root (Motorola 68000)" },
	{ "e9434544-6e2c-47cc-bae2-12d6deafb44c", "Linux root (MIPS-32 BE)" },
	{ "d113af76-80ef-41b4-bdb6-0cff4d3d4a25", "Linux root (MIPS-64 BE)" },
	{ "1aacdb3b-5444-4138-bd9e-e5c2239b2346", "Linux root (PA-RISC)" },
	{ "f7b4d167-1e51-42a9-8151-ec96c2e99478", "Linux root (SPARC64)" },
	{ "7b8f86b1-397a-4e1c-9eb0-850983baedc4", "Linux root (SuperH)" },
	{ "a639b810-a02d-44bc-b579-d23e7bffdede", "Linux /usr (Motorola 68000)" },
	{ "773b2abc-2a99-4398-8bf5-03baac40d02b", "Linux /usr (MIPS-32 BE)" },
	{ "57e13958-7331-4365-8e6e-35eeee17c61b", "Linux /usr (MIPS-64 BE)" },
	{ "dc4a4480-6917-4262-a4ec-db9384949f25", "Linux /usr (PA-RISC)" },
	{ "db8ce399-787c-460a-80e3-69104c1ce375", "Linux /usr (SPARC64)" },
	{ "0b6d8f08-1548-4183-a6fa-22fe95bc5422", "Linux /usr (SuperH)" },
	{ "843e63a4-c1ff-476e-a8a4-1b72e399475f", "Linux root verity (Motorola 68000)" },
	{ "7a430799-f711-4c7e-8e5b-1d685bd48607", "Linux root verity (MIPS-32 BE)" },
	{ "579536f8-6a33-4055-a95a-df2d5e2c42a8", "Linux root verity (MIPS-64 BE)" },
	{ "d212a430-fbc5-49f9-a983-a7feef2b8d0e", "Linux root verity (PA-RISC)" },
	{ "4a42d3da-9a55-4973-beff-173496dee76f", "Linux root verity (SPARC64)" },
	{ "4a6c2f25-be67-45c5-95ac-255424f94f89", "Linux root verity (SuperH)" },
	{ "267da076-7f71-445b-961f-f97b817dfd11", "Linux /usr verity (Motorola 68000)" },
	{ "6e5a1bc8-d223-49b7-bca8-37a5fcceb996", "Linux /usr verity (MIPS-32 BE)" },
	{ "81cf9d90-7458-4df4-8dcf-c8a3a404f09b", "Linux /usr verity (MIPS-64 BE)" },
	{ "5843d618-ec37-48d7-9f12-cea8e08768b2", "Linux /usr verity (PA-RISC)" },
	{ "c94cddd2-694d-4ce1-bf7b-8b6f29bafeb1", "Linux /usr verity (SPARC64)" },
	{ "7dd626a2-f8a9-4e38-b8aa-8cedfef0f0ee", "Linux /usr verity (SuperH)" },
	{ "d6e4b0ae-10f8-46d9-9f36-d8fd1a14b51f", "Linux root verity signature (Motorola 68000)" },
	{ "bba210a2-9c5d-45ee-9e87-ff2ccbd002d0", "Linux root verity signature (MIPS-32 BE)" },
	{ "43ce94d4-0f3d-4999-8250-b9deafd98e6e", "Linux root verity signature (MIPS-64 BE)" },
	{ "15de6170-65d3-431c-916e-b0dcd8393f25", "Linux root verity signature (PA-RISC)" },
	{ "795cf80b-dcbf-4952-9c7b-4fd4729dfd97", "Linux root verity signature (SPARC64)" },
	{ "c6284716-c0b3-4c93-b349-a386d6bdee62", "Linux root verity signature (SuperH)" },
	{ "3b935677-dd33-4d7d-8b30-e602e316499e", "Linux /usr verity signature (Motorola 68000)" },
	{ "97ae158d-f216-497b-8057-f7f905770f54", "Linux /usr verity signature (MIPS-32 BE)" },
	{ "05816ce2-dd40-4ac6-a61d-37d32dc1ba7d", "Linux /usr verity signature (MIPS-64 BE)" },
	{ "450dd7d1-3224-45ec-9cf2-a43a346d71ee", "Linux /usr verity signature (PA-RISC)" },
	{ "0bebc110-9e89-4e17-9e52-6f3973889b2b", "Linux /usr verity signature (SPARC64)" },
	{ "71bbee31-fc3c-4ba4-8050-0b75ed32b466", "Linux /usr verity signature (SuperH)" },
};

/* libfdisk's tables, which need no disk; NULL without memory. */
static struct fdisk_label *fdisk_table(const char *name)
{
	static struct fdisk_context *context; /* for the whole run: the names live in it */

	if (context == NULL)
		context = fdisk_new_context();
	return context != NULL ? fdisk_get_label(context, name) : NULL;
}

static const char *fdisk_name(const struct fdisk_parttype *type)
{
	const char *name = type != NULL ? fdisk_parttype_get_name(type) : NULL;

	return name != NULL ? name : "";
}

static const char *mbr_type_name(uint8_t type)
{
	struct fdisk_label *label = fdisk_table("dos");

	if (type == MBR_TYPE_BLS_BOOT)
		return "boot loader partition";
	return label != NULL ? fdisk_name(fdisk_label_get_parttype_from_code(label, type)) : "";
}

const char *partition_type_name(const struct partition *partition)
{
	char guid[GUID_TEXT_BYTES];
	struct fdisk_label *label = fdisk_table("gpt");

	if (partition->mbr_type != 0)
		return mbr_type_name(partition->mbr_type);
	guid_format(partition->type_guid, guid);
	for (unsigned i = 0; i < sizeof guid_names / sizeof guid_names[0]; i++) {
		if (strcmp(guid, guid_names[i].guid) == 0)
			return guid_names[i].name;
	}
	return label != NULL ? fdisk_name(fdisk_label_get_parttype_from_string(label, guid)) : "";
}
