/* SPDX-License-Identifier: MIT */
/* FAT boot sectors: what is refused, and what is not FAT at all. */
#include "support_block.h"
#include "support_fat_volume.h"
#include "support_shell.h"

#include "core/base/span.h"
#include "core/fs/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void boot_sectors(void **state)
{
	static const struct {
		unsigned width, offset, bytes;
		uint32_t value;
		enum status status;
	} cases[] = {
		{ 0, 510, 2, 0, ERR_NOT_FOUND },
		{ 0, 11, 2, 0, ERR_CORRUPT },
		{ 0, 11, 2, 513, ERR_CORRUPT },
		{ 0, 11, 2, 8192, ERR_CORRUPT },
		{ 0, 11, 2, 256, ERR_CORRUPT },
		{ 0, 13, 1, 0, ERR_CORRUPT },
		{ 0, 13, 1, 3, ERR_CORRUPT },
		{ 0, 14, 2, 0, ERR_CORRUPT },
		{ 0, 14, 2, 60000, ERR_CORRUPT },
		{ 0, 16, 1, 0, ERR_CORRUPT },
		{ 0, 16, 1, 255, ERR_CORRUPT },
		{ 0, 17, 2, 0, ERR_CORRUPT },
		{ 0, 19, 2, 721, ERR_CORRUPT },
		{ 0, 19, 2, 3, ERR_CORRUPT },
		{ 0, 22, 2, 1, ERR_CORRUPT },
		{ 0, 22, 2, 60000, ERR_CORRUPT },
		{ 1, 19, 2, 65535, ERR_CORRUPT },
		{ 1, 22, 2, 100, ERR_CORRUPT },
		{ 2, 17, 2, 512, ERR_CORRUPT },
		{ 2, 36, 4, 0, ERR_CORRUPT },
		{ 2, 36, 4, 0xFFFFFFFF, ERR_CORRUPT },
		{ 2, 36, 4, 300, ERR_CORRUPT },
		{ 2, 42, 2, 1, ERR_UNSUPPORTED },
		{ 2, 44, 4, 0, ERR_CORRUPT },
		{ 2, 44, 4, 1, ERR_CORRUPT },
		{ 2, 44, 4, 0x0FFFFFFF, ERR_CORRUPT },
		{ 2, 32, 4, 0xFFFFFFFF, ERR_CORRUPT },
		{ 2, 32, 4, 0, ERR_CORRUPT },
		{ 2, 13, 1, 128, OK /* fewer clusters, but FAT32 by its layout; the root is then elsewhere */ },
	};
	struct fs *fs;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_disk disk;

		volume_load(&disk, widths[cases[i].width]);
		for (unsigned byte = 0; byte < cases[i].bytes; byte++)
			disk.data[cases[i].offset + byte] = (uint8_t)(cases[i].value >> 8 * byte);

		enum status status = volume_mount(&disk, &fs);

		if (status != cases[i].status)
			print_error("case %zu, offset %u\n", i, cases[i].offset);
		assert_status(cases[i].status, status, &err);
		if (status != OK)
			assert_trail(&err, "test disk");
		if (status == ERR_CORRUPT)
			assert_hint(&err, "fsck.fat");
		test_disk_free(&disk);
	}
}

static void what_is_not_fat_at_all(void **state)
{
	static const uint8_t ntfs[] = { 0xEB, 0x52, 0x90, 'N', 'T', 'F', 'S', ' ', ' ', ' ', ' ',
					0x00, 0x02, 0x08, 0,   0,   0,   0,   0,   0,   0,   0xF8 };
	static const uint8_t exfat[] = { 0xEB, 0x76, 0x90, 'E', 'X', 'F', 'A', 'T', ' ', ' ', ' ' };
	struct test_disk disk;
	struct fs *fs;

	(void)state;
	test_disk_init(&disk, 1024 * 1024, 512);
	assert_status(ERR_NOT_FOUND, volume_mount(&disk, &fs), &err);
	put_le16(disk.data + 510, 0xAA55);
	assert_status(ERR_NOT_FOUND, volume_mount(&disk, &fs), &err);
	memcpy(disk.data, ntfs, sizeof(ntfs));
	assert_status(ERR_NOT_FOUND, volume_mount(&disk, &fs), &err);
	memset(disk.data, 0, sizeof(ntfs));
	memcpy(disk.data, exfat, sizeof(exfat));
	assert_status(ERR_NOT_FOUND, volume_mount(&disk, &fs), &err);
	assert_int_equal(arena.used, 0);
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_sectors),
		cmocka_unit_test(what_is_not_fat_at_all),
	};

	return cmocka_run_group_tests(tests, volumes_set_up, shell_tear_down);
}
