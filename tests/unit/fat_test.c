/* SPDX-License-Identifier: MIT */
/* Whole FAT volumes, as mkfs.fat and mtools make them: every file is read back and compared. */
#include "support_block.h"
#include "support_fat.h"
#include "support_shell.h"

#include "core/base/arena.h"
#include "core/base/span.h"
#include "core/fs/fs.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { FILE_MAX = 4 * 1024 * 1024 };

static uint8_t arena_bytes[1024 * 1024];
static uint8_t expected[FILE_MAX], got[FILE_MAX + 64];
static struct arena arena;
static struct err err;

static struct fs *mount(struct test_disk *disk)
{
	struct fs *fs = NULL;

	arena_init(&arena, arena_bytes, sizeof(arena_bytes));
	assert_ok(fs_mount(&disk->device, &arena, &fs, &err), &err);
	assert_string_equal(fs->type->name, "fat");
	return fs;
}

static void write_file(const char *path, size_t bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < bytes; i++)
		expected[i] = (uint8_t)rand();
	assert_int_equal(fwrite(expected, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

static size_t read_host_file(const char *path)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);

	size_t bytes = fread(expected, 1, sizeof(expected), file);

	assert_int_equal(fclose(file), 0);
	return bytes;
}

/* The same file, read in all the ways that a loader reads. */
static void compare_file(struct fs *fs, const char *path, const char *host_path)
{
	size_t mark = arena_mark(&arena), bytes = read_host_file(host_path);
	struct file *file;

	assert_ok(fs_open(fs, path, &arena, &file, &err), &err);
	assert_int_equal(file->bytes, bytes);
	assert_string_equal(file->path, path);
	/* At once; and nothing beyond the end is touched. */
	memset(got, 0xA5, bytes + 64);
	assert_ok(file_read(file, 0, bytes, got, &err), &err);
	assert_memory_equal(got, expected, bytes);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(got[bytes + i], 0xA5);
	/* In pieces of odd lengths, from front to back, to an odd address. */
	memset(got, 0, bytes + 1);
	for (size_t offset = 0, part; offset < bytes; offset += part) {
		part = 1 + (size_t)rand() % 50000;
		if (part > bytes - offset)
			part = bytes - offset;
		assert_ok(file_read(file, offset, part, got + 1 + offset, &err), &err);
	}
	assert_memory_equal(got + 1, expected, bytes);
	/* Here and there. */
	for (unsigned i = 0; i < 50 && bytes > 0; i++) {
		size_t offset = (size_t)rand() % bytes, part = (size_t)rand() % (bytes - offset + 1);

		assert_ok(file_read(file, offset, part, got, &err), &err);
		assert_memory_equal(got, expected + offset, part);
	}
	assert_status(ERR_CORRUPT, file_read(file, bytes, 1, got, &err), &err);
	arena_reset(&arena, mark);
}

struct listing {
	unsigned count;
	char name[1100][FS_NAME_MAX + 1];
	bool is_directory[1100];
	uint64_t bytes[1100];
};

static bool note(void *context, const struct fs_entry *entry)
{
	struct listing *listing = context;

	assert_true(listing->count < 1100);
	strcpy(listing->name[listing->count], entry->name);
	listing->is_directory[listing->count] = entry->is_directory;
	listing->bytes[listing->count++] = entry->bytes;
	return true;
}

/* Both have the same names, directories and bytes. Returns the number of files. */
static unsigned compare_tree(struct fs *fs, const char *path, const char *host_path)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	unsigned files = 0, host_names = 0;
	DIR *dir = opendir(host_path);

	assert_non_null(listing);
	assert_non_null(dir);
	assert_ok(fs_list(fs, path, note, listing, &err), &err);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		host_names += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	assert_int_equal(listing->count, host_names);
	closedir(dir);
	for (unsigned i = 0; i < listing->count; i++) {
		char child[2048], host_child[2048];
		struct stat info;

		snprintf(child, sizeof(child), "%s/%s", path, listing->name[i]);
		snprintf(host_child, sizeof(host_child), "%s/%s", host_path, listing->name[i]);
		if (stat(host_child, &info) != 0)
			fail_msg("%s is only on the volume", child);
		assert_int_equal(S_ISDIR(info.st_mode), listing->is_directory[i]);
		if (listing->is_directory[i]) {
			files += compare_tree(fs, child, host_child);
			continue;
		}
		assert_int_equal((uint64_t)info.st_size, listing->bytes[i]);
		compare_file(fs, child, host_child);
		files++;
	}
	free(listing);
	return files;
}

static int set_up(void **state)
{
	static const struct {
		const char *path;
		size_t bytes;
	} files[] = {
		{ "tree/EMPTY", 0 },
		{ "tree/one.byt", 1 },
		{ "tree/XEN.GZ", 511 },
		{ "tree/lower.TXT", 512 },
		{ "tree/UPPER.txt", 513 },
		{ "tree/vmlinuz-6.1.0-28-amd64", 200000 },
		{ "tree/initrd.img-6.1.0-28-amd64", 300001 },
		{ "tree/loader/loader.conf", 40 },
		{ "tree/loader/entries/0123456789abcdef0123456789abcdef-6.1.0-28-amd64.conf", 700 },
		{ "tree/loader/entries/Größe 大小 файл.conf", 4096 },
		{ "tree/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/deep", 70000 },
		{ "tree/.hidden", 4095 },
		{ "tree/two.dots.in.it", 4097 },
		{ "tree/with space and +,;=[] signs", 8192 },
	};

	(void)state;
	shell_enter();
	srand(1);
	shell_run("mkdir -p tree/loader/entries tree/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p tree/empty.dir");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		write_file(files[i].path, files[i].bytes);
	/* As long as a name may be: 255 units in UTF-16 and here also in bytes. */
	shell_run("echo long >tree/$(printf '%%0255d' 0)");
	return 0;
}

enum { FILES_IN_TREE = 15 };

static void every_width_and_size(void **state)
{
	static const struct {
		unsigned bits, sector, sectors_per_cluster, kib;
	} cases[] = {
		{ 12, 512, 1, 1900 },     { 12, 512, 2, 2880 },     { 12, 512, 8, 4096 },    { 12, 512, 64, 100000 },
		{ 12, 512, 128, 65536 },  { 12, 1024, 1, 3000 },    { 12, 4096, 1, 8000 },   { 12, 4096, 8, 32768 },
		{ 16, 512, 1, 4096 },     { 16, 512, 4, 20000 },    { 16, 512, 16, 65536 },  { 16, 2048, 1, 20000 },
		{ 16, 4096, 1, 40000 },   { 16, 4096, 2, 65536 },   { 16, 512, 64, 300000 }, { 32, 512, 1, 40000 },
		{ 32, 512, 8, 300000 },   { 32, 512, 64, 2200000 }, { 32, 1024, 1, 70000 },  { 32, 4096, 1, 280000 },
		{ 32, 4096, 8, 2200000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned files = 0;

		shell_run("rm -f disk && mkfs.fat -F %u -S %u -s %u -C disk %u && mcopy -i disk -s tree/* tree/.hidden ::", cases[i].bits,
			  cases[i].sector, cases[i].sectors_per_cluster, cases[i].kib);
		for (uint32_t block_bytes = 512; block_bytes <= cases[i].sector; block_bytes *= 2) {
			struct test_disk disk;

			test_disk_load(&disk, "disk", block_bytes);
			assert_int_equal(fat_image_of(disk.data).bits, cases[i].bits);
			files = compare_tree(mount(&disk), "", "tree");
			test_disk_free(&disk);
		}
		assert_int_equal(files, FILES_IN_TREE);
		if (cases[i].sector > 512) {
			struct test_disk disk;
			struct fs *fs;

			test_disk_load(&disk, "disk", 512);
			disk.data[11] = 0; /* and a volume with sectors smaller than the disk's */
			disk.data[12] = 2;
			disk.device.block_bytes = 1024;
			disk.device.blocks /= 2;
			arena_init(&arena, arena_bytes, sizeof(arena_bytes));
			assert_status(ERR_UNSUPPORTED, fs_mount(&disk.device, &arena, &fs, &err), &err);
			test_disk_free(&disk);
		}
	}
}

/* Holes made by deleting every other file are filled by a large one, whose clusters lie apart. */
static void fragmented_files(void **state)
{
	static const unsigned bits[] = { 12, 16, 32 }, kib[] = { 1900, 4096, 40000 };
	struct test_disk disk;

	(void)state;
	shell_run("rm -rf pieces && mkdir pieces");
	for (unsigned i = 0; i < 60; i++) {
		char name[32];

		snprintf(name, sizeof(name), "pieces/%02u", i);
		write_file(name, 512 + (size_t)rand() % 15000);
	}
	write_file("LARGE", 350000);
	for (unsigned i = 0; i < 3; i++) {
		shell_run("rm -f disk && mkfs.fat -F %u -s 1 -C disk %u && mcopy -i disk pieces/* :: && mdel -i disk '::?[13579]' && "
			  "mcopy -i disk LARGE ::",
			  bits[i], kib[i]);
		test_disk_load(&disk, "disk", 512);

		struct fat_image image = fat_image_of(disk.data);
		struct fs *fs = mount(&disk);

		/* On the large ones the chain is scattered by hand across the table's windows: clusters from front and back in turn. */
		if (bits[i] != 12) {
			uint8_t *entry = fat_image_entry(&image, fat_image_root(&image), "LARGE      ");
			uint32_t cluster = fat_image_first(entry);

			for (unsigned moved = 0; moved < 50; moved++) {
				uint32_t next = fat_image_get(&image, cluster), spare = image.cluster_end - 1 - 2 * moved;

				memcpy(fat_image_cluster(&image, spare), fat_image_cluster(&image, next), image.cluster_bytes);
				fat_image_set(&image, spare, fat_image_get(&image, next));
				fat_image_set(&image, cluster, spare);
				cluster = fat_image_get(&image, spare);
			}
		}
		compare_file(fs, "large", "LARGE");
		for (unsigned k = 0; k < 60; k += 2) {
			char path[32], name[32];

			snprintf(path, sizeof(path), "pieces/%02u", k);
			snprintf(name, sizeof(name), "%02u", k);
			compare_file(fs, name, path);
		}
		test_disk_free(&disk);
	}
}

static void a_thousand_files_in_a_directory(void **state)
{
	static struct listing listing;
	struct test_disk disk;

	(void)state;
	shell_run("mkdir -p many/many && cd many/many && for i in $(seq 1000); do echo $i >\"entry-number-$i.conf\"; done");
	shell_run("rm -f disk && mkfs.fat -F 32 -s 1 -C disk 40000 && mcopy -i disk -s many/many ::");
	test_disk_load(&disk, "disk", 512);

	struct fs *fs = mount(&disk);

	listing.count = 0;
	assert_ok(fs_list(fs, "/many/", note, &listing, &err), &err);
	assert_int_equal(listing.count, 1000);
	for (unsigned i = 1; i <= 1000; i += 37) {
		char path[64], host_path[64];

		snprintf(path, sizeof(path), "many/ENTRY-number-%u.CONF", i);
		snprintf(host_path, sizeof(host_path), "many/many/entry-number-%u.conf", i);
		compare_file(fs, path, host_path);
	}
	test_disk_free(&disk);
}

/* One contiguous file: one read of the disk for all whole blocks, wherever the table's windows end. */
static void runs_are_read_at_once(void **state)
{
	struct test_disk disk;
	struct file *file;

	(void)state;
	for (unsigned bits = 16; bits <= 32; bits += 16) {
		shell_run("rm -f disk && mkfs.fat -F %u -s 1 -C disk %u", bits, bits == 16 ? 32000 : 40000);
		/* Longer than a window of the table: 8192 or 16384 clusters. */
		shell_run("head -c 12000111 /dev/urandom >big && mcopy -i disk big ::");
		test_disk_load(&disk, "disk", 512);

		struct fs *fs = mount(&disk);
		uint8_t *to = malloc(12000111);

		assert_ok(fs_open(fs, "/big", &arena, &file, &err), &err);
		disk.reads = disk.longest = 0;
		assert_ok(file_read(file, 0, file->bytes, to, &err), &err);
		assert_int_equal(disk.longest, 12000111 / 512);
		assert_true(disk.reads <= 1 + 1 + 4); /* the run, the last part of a block, windows */
		/* In 64 KiB pieces: one read each, but for the windows. */
		disk.reads = 0;
		for (uint64_t offset = 0; offset + 65536 <= file->bytes; offset += 65536)
			assert_ok(file_read(file, offset, 65536, to, &err), &err);
		assert_true(disk.reads <= 12000111 / 65536 + 4);
		free(to);
		test_disk_free(&disk);
	}
}

/* mkfs.fat -F 32 on a small volume: by its clusters it would be FAT16. mtools cannot fill it, so a large one is cut. */
static void a_small_fat32(void **state)
{
	struct test_disk disk;

	(void)state;
	shell_run("rm -f disk && mkfs.fat -F 32 -s 1 -C disk 40000 && mcopy -i disk -s tree/* tree/.hidden ::");
	test_disk_load(&disk, "disk", 512);
	put_le32(disk.data + 32, 8000);
	assert_int_equal(compare_tree(mount(&disk), "", "tree"), FILES_IN_TREE);
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_width_and_size),
		cmocka_unit_test(fragmented_files),
		cmocka_unit_test(a_thousand_files_in_a_directory),
		cmocka_unit_test(runs_are_read_at_once),
		cmocka_unit_test(a_small_fat32),
	};

	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
