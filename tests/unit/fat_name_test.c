/* SPDX-License-Identifier: MIT */
/* FAT names: directory entries made by hand, good and bad. */
#include "support_block.h"
#include "support_fat.h"
#include "support_shell.h"

#include "core/base/arena.h"
#include "core/base/span.h"
#include "core/fs/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FFFD "\xEF\xBF\xBD" /* U+FFFD, the replacement character */

static uint8_t arena_bytes[64 * 1024];
static struct arena arena;
static struct err err;
static struct test_disk disk;
static uint8_t *next_entry; /* where the next directory entry goes */
static char names[8][FS_NAME_MAX + 1];
static unsigned name_count;

static int set_up(void **state)
{
	(void)state;
	shell_enter();
	shell_run("mkfs.fat -F 12 -C disk 360");
	return 0;
}

static int load(void **state)
{
	(void)state;
	test_disk_load(&disk, "disk", 512);

	struct fat_image image = fat_image_of(disk.data);

	next_entry = fat_image_root(&image);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	test_disk_free(&disk);
	return 0;
}

static void put_short(const char name[12], uint8_t attributes, uint8_t case_flags)
{
	memcpy(next_entry, name, 11);
	next_entry[11] = attributes;
	next_entry[12] = case_flags;
	next_entry += 32;
}

static uint8_t checksum(const char name[12])
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 11; i++)
		sum = (((sum & 1) << 7) + (sum >> 1) + (uint8_t)name[i]) & 0xFF;
	return (uint8_t)sum;
}

/* The entries of a long name of `units` UTF-16 units, last part first, as they stand before the short one. */
static void put_long(const uint16_t *name, unsigned units, const char short_name[12])
{
	unsigned slots = (units + 12) / 13;

	for (unsigned slot = slots; slot >= 1; slot--) {
		memset(next_entry, 0, 32);
		next_entry[0] = (uint8_t)(slot | (slot == slots ? 0x40 : 0));
		next_entry[11] = 0x0F;
		next_entry[13] = checksum(short_name);
		for (unsigned i = 0; i < 13; i++) {
			unsigned at = (slot - 1) * 13 + i;
			unsigned offset = i < 5 ? 1 + 2 * i : i < 11 ? 14 + 2 * (i - 5) : 28 + 2 * (i - 11);

			put_le16(next_entry + offset, at < units ? name[at] : at == units ? 0 : 0xFFFF);
		}
		next_entry += 32;
	}
}

static bool note(void *context, const struct fs_entry *entry)
{
	(void)context;
	assert_true(name_count < 8);
	strcpy(names[name_count++], entry->name);
	return true;
}

static struct fs *list(void)
{
	struct fs *fs;

	arena_init(&arena, arena_bytes, sizeof(arena_bytes));
	name_count = 0;
	assert_ok(fs_mount(&disk.device, &arena, &fs, &err), &err);
	assert_ok(fs_list(fs, "/", note, NULL, &err), &err);
	return fs;
}

static void assert_opens(struct fs *fs, const char *path)
{
	struct file *file;

	assert_ok(fs_open(fs, path, &arena, &file, &err), &err);
}

static void short_names(void **state)
{
	(void)state;
	put_short("XEN     GZ ", 0, 0);
	put_short("XEN2    GZ ", 0, 0x08);
	put_short("XEN3    GZ ", 0, 0x10);
	put_short("XEN4    GZ ", 0x01, 0x18);
	put_short("NOEXT      ", 0x20, 0);
	put_short("\x05"
		  "BC     TXT",
		  0, 0); /* stands for E5h, whose meaning depends on a code page */
	put_short("A/B\x1B C\x7F TXT", 0, 0);

	struct fs *fs = list();

	assert_int_equal(name_count, 7);
	assert_string_equal(names[0], "XEN.GZ");
	assert_string_equal(names[1], "xen2.GZ");
	assert_string_equal(names[2], "XEN3.gz");
	assert_string_equal(names[3], "xen4.gz");
	assert_string_equal(names[4], "NOEXT");
	assert_string_equal(names[5], FFFD "BC.TXT");
	assert_string_equal(names[6], "A" FFFD "B" FFFD " C" FFFD ".TXT");
	assert_opens(fs, "/xen.gz");
	assert_opens(fs, "/Xen4.Gz");
	assert_opens(fs, "/noext");
	assert_opens(fs, "/" FFFD "bc.txt");
}

static void what_is_no_file(void **state)
{
	(void)state;
	put_short("MY LABEL   ", 0x08, 0);
	put_short(".          ", 0x10, 0);
	put_short("..         ", 0x10, 0);
	put_short("           ", 0, 0);
	put_short("\xE5"
		  "ONE    TXT",
		  0, 0);
	put_short("REAL    TXT", 0, 0);
	next_entry += 32; /* a free entry ends the directory */
	put_short("HIDDEN  TXT", 0, 0);

	struct fs *fs = list();

	assert_int_equal(name_count, 1);
	assert_string_equal(names[0], "REAL.TXT");
	assert_string_equal(fs->label, "MY LABEL");
}

static void long_names(void **state)
{
	static const uint16_t plain[] = { 'x', 'e', 'n', '-', '4', '.', '1', '7', '-', 'a', 'm', 'd', '6', '4', '.', 'g', 'z' };
	static const uint16_t thirteen[] = { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c' };
	static const uint16_t smile[] = { 0xD83D, 0xDE00, 0x00E9, 0x20AC };
	static const uint16_t lone[] = { 'a', 0xD83D, 'b', 0xDE00, 0xD83D };
	static const uint16_t evil[] = { '.', '.', '/', 'x', 0x1B, '[' };

	(void)state;
	put_long(plain, 17, "XEN-4~1 GZ ");
	put_short("XEN-4~1 GZ ", 0, 0);
	put_long(thirteen, 13, "01234~1    "); /* fills its entry: no terminator */
	put_short("01234~1    ", 0, 0);
	put_long(smile, 4, "SMILE~1    ");
	put_short("SMILE~1    ", 0, 0);
	put_long(lone, 5, "LONE~1     ");
	put_short("LONE~1     ", 0, 0);
	put_long(evil, 6, "EVIL~1     ");
	put_short("EVIL~1     ", 0, 0);

	struct fs *fs = list();

	assert_int_equal(name_count, 5);
	assert_string_equal(names[0], "xen-4.17-amd64.gz");
	assert_string_equal(names[1], "0123456789abc");
	assert_string_equal(names[2], "\xF0\x9F\x98\x80\xC3\xA9\xE2\x82\xAC");
	assert_string_equal(names[3], "a" FFFD "b" FFFD FFFD);
	assert_string_equal(names[4], ".." FFFD "x" FFFD "[");
	assert_opens(fs, "/XEN-4.17-AMD64.GZ");
	assert_opens(fs, "/xen-4~1.gz");
	assert_opens(fs, names[2]);
}

static void long_names_of_255_units(void **state)
{
	uint16_t units[256];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		units[i] = (uint16_t)('a' + i % 26);
	put_long(units, 255, "LONG~1     ");
	put_short("LONG~1     ", 0, 0);
	put_long(units, 256, "LONG~2     "); /* longer than is legal */
	put_short("LONG~2     ", 0, 0);
	units[0] = 0x20AC; /* 255 units, but 257 bytes in UTF-8 */
	put_long(units, 255, "LONG~3     ");
	put_short("LONG~3     ", 0, 0);
	(void)list();
	assert_int_equal(name_count, 3);
	assert_int_equal(strlen(names[0]), 255);
	assert_string_equal(names[1], "LONG~2");
	assert_string_equal(names[2], "LONG~3");
}

/* A long name counts only if all of it is there, in order, with the sum of the short name that follows. */
static void broken_long_names(void **state)
{
	static const uint16_t name[] = { 't', 'h', 'e', ' ', 'l', 'o', 'n', 'g', ' ', 'n', 'a', 'm', 'e', ' ', '2', '.', 'x' };
	enum { INTACT, WRONG_SUM, OTHER_FILE, SLOT_MISSING, SLOT_TWICE, DELETED_BETWEEN, NO_START, ZERO_ORDINAL, CASES };

	for (int broken = INTACT; broken < CASES; broken++) {
		(void)load(state);

		uint8_t *first = next_entry, *second = next_entry + 32;

		put_long(name, 17, "THELON~1X  ");
		if (broken == WRONG_SUM)
			second[13] ^= 1;
		if (broken == SLOT_MISSING)
			next_entry -= 32;
		if (broken == SLOT_TWICE) {
			memcpy(next_entry, second, 32);
			next_entry += 32;
		}
		if (broken == DELETED_BETWEEN)
			second[0] = 0xE5;
		if (broken == NO_START)
			first[0] = 0x03;
		if (broken == ZERO_ORDINAL)
			first[0] = 0x40;
		put_short(broken == OTHER_FILE ? "OTHER   X  " : "THELON~1X  ", 0, 0);

		struct fs *fs = list();

		assert_int_equal(name_count, 1);
		assert_string_equal(names[0], broken == INTACT ? "the long name 2.x" : broken == OTHER_FILE ? "OTHER.X" : "THELON~1.X");
		assert_opens(fs, names[0]);
		(void)unload(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(short_names, load, unload),
		cmocka_unit_test_setup_teardown(what_is_no_file, load, unload),
		cmocka_unit_test_setup_teardown(long_names, load, unload),
		cmocka_unit_test_setup_teardown(long_names_of_255_units, load, unload),
		cmocka_unit_test(broken_long_names),
	};

	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
