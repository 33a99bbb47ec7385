/* SPDX-License-Identifier: MIT */
/* FAT volumes that are damaged: the trail names what is wrong, and nothing hangs. */
#include "support_block.h"
#include "support_fat.h"
#include "support_fat_volume.h"
#include "support_shell.h"

#include "core/base/span.h"
#include "core/fs/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { END = 0x0FFFFFFF, BAD = 0x0FFFFFF7 };

static bool ignore(void *context, const struct fs_entry *entry)
{
	(void)entry;
	++*(unsigned *)context;
	return true;
}

static enum status list(struct test_disk *disk, const char *path, unsigned *count)
{
	struct fs *fs;
	enum status status = volume_mount(disk, &fs);

	*count = 0;
	return status == OK ? fs_list(fs, path, ignore, count, &err) : status;
}

/* Cluster number `index` of /KERNEL. */
static uint32_t kernel_cluster(const struct fat_image *image, unsigned index)
{
	uint32_t cluster = fat_image_first(fat_image_entry(image, fat_image_root(image), "KERNEL     "));

	while (index-- > 0)
		cluster = fat_image_get(image, cluster);
	return cluster;
}

static void a_damaged_chain_is_named(void **state)
{
	(void)state;
	for (unsigned width = 0; width < WIDTHS; width++) {
		struct test_disk disk;

		volume_load(&disk, widths[width]);

		struct fat_image image = fat_image_of(disk.data);
		uint32_t first = kernel_cluster(&image, 0);
		const struct {
			uint32_t value;
			const char *trail;
		} damages[] = {
			{ 0, "is marked as free" },
			{ BAD, "is marked as bad" },
			{ 1, "goes from cluster" },
			{ image.cluster_end, "which is not on the volume" },
			{ 0x0FFFFFF6, "which is not on the volume" },
			{ first, "has a loop" },
		};

		assert_ok(volume_read(&disk, "/KERNEL"), &err);
		assert_memory_equal(got, kernel, KERNEL_BYTES);
		for (unsigned index = 0; index < KERNEL_CLUSTERS; index++) {
			uint32_t cluster = kernel_cluster(&image, index), saved = fat_image_get(&image, cluster);

			for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
				fat_image_set(&image, cluster, damages[i].value);
				assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
				assert_trail(&err, damages[i].trail);
				assert_trail(&err, "/KERNEL");
				assert_hint(&err, "fsck.fat");
			}
			fat_image_set(&image, cluster, cluster); /* to itself */
			assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
			assert_trail(&err, "has a loop");
			fat_image_set(&image, cluster, END);
			assert_status(index == KERNEL_CLUSTERS - 1 ? OK : ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
			if (index < KERNEL_CLUSTERS - 1)
				assert_trail(&err, "ends after");
			fat_image_set(&image, cluster, saved);
		}
		/* Where the file starts. */
		uint8_t *entry = fat_image_entry(&image, fat_image_root(&image), "KERNEL     ");
		const uint32_t starts[] = { 0, 1, image.cluster_end, 0xFFFF };

		for (size_t i = 0; i < 4 - (width == 2); i++) {
			put_le16(entry + 26, (uint16_t)starts[i]);
			put_le16(entry + 20, (uint16_t)(starts[i] >> 16));
			assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
			assert_trail(&err, "starts at cluster");
		}
		put_le32(entry + 28, 0); /* an empty file needs none */
		assert_ok(volume_read(&disk, "/KERNEL"), &err);
		test_disk_free(&disk);
	}
}

/* The top four bits of a FAT32 entry are not part of the number; on FAT12/16 a directory entry has no upper half of the cluster. */
static void reserved_bits_do_not_count(void **state)
{
	(void)state;
	for (unsigned width = 0; width < WIDTHS; width++) {
		struct test_disk disk;

		volume_load(&disk, widths[width]);

		struct fat_image image = fat_image_of(disk.data);
		uint8_t *entry = fat_image_entry(&image, fat_image_root(&image), "KERNEL     ");

		for (uint64_t i = 3; widths[width] == 32 && i < image.copies * image.table_bytes; i += 4)
			disk.data[image.table_offset + i] |= 0xA0;
		if (widths[width] != 32)
			put_le16(entry + 20, 0xBEEF);
		assert_ok(volume_read(&disk, "/KERNEL"), &err);
		assert_memory_equal(got, kernel, KERNEL_BYTES);
		test_disk_free(&disk);
	}
}

/* Reads that do not reach the file's end do not look at the chain's. */
static void only_the_last_byte_asks_for_the_end(void **state)
{
	struct test_disk disk;
	struct file *file;
	struct fs *fs;

	(void)state;
	volume_load(&disk, 16);

	struct fat_image image = fat_image_of(disk.data);

	fat_image_set(&image, kernel_cluster(&image, KERNEL_CLUSTERS - 1), kernel_cluster(&image, 0));
	assert_ok(volume_mount(&disk, &fs), &err);
	assert_ok(fs_open(fs, "KERNEL", &arena, &file, &err), &err);
	assert_ok(file_read(file, 0, KERNEL_BYTES - 1, got, &err), &err);
	assert_memory_equal(got, kernel, KERNEL_BYTES - 1);
	assert_status(ERR_CORRUPT, file_read(file, KERNEL_BYTES - 1, 1, got, &err), &err);
	assert_status(ERR_CORRUPT, file_read(file, 0, KERNEL_BYTES, got, &err), &err);
	test_disk_free(&disk);
}

/* Space set aside behind the end of a file is fine; a loop behind it is not. */
static void a_chain_longer_than_the_file(void **state)
{
	(void)state;
	for (unsigned width = 0; width < WIDTHS; width++) {
		struct test_disk disk;

		volume_load(&disk, widths[width]);

		struct fat_image image = fat_image_of(disk.data);
		uint32_t last = kernel_cluster(&image, KERNEL_CLUSTERS - 1), spare = image.cluster_end - 3;

		fat_image_set(&image, last, spare);
		fat_image_set(&image, spare, spare + 1);
		fat_image_set(&image, spare + 1, spare - 9);
		fat_image_set(&image, spare - 9, END);
		assert_ok(volume_read(&disk, "/KERNEL"), &err);
		assert_memory_equal(got, kernel, KERNEL_BYTES);
		fat_image_set(&image, spare - 9, spare);
		assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
		assert_trail(&err, "has a loop");
		fat_image_set(&image, spare - 9, 0);
		assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
		test_disk_free(&disk);
	}
}

/* A loop through two windows of the table, and a size that makes it long: found after a few steps, not after millions. */
static void a_loop_is_found_soon(void **state)
{
	struct test_disk disk;

	(void)state;
	volume_load(&disk, 32);

	struct fat_image image = fat_image_of(disk.data);
	uint8_t *entry = fat_image_entry(&image, fat_image_root(&image), "KERNEL     ");
	uint32_t cluster = kernel_cluster(&image, 3), far = image.cluster_end - 5;

	put_le32(entry + 28, 0xFFFFFFFF);
	fat_image_set(&image, cluster, far);
	fat_image_set(&image, far, cluster);
	assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
	assert_trail(&err, "has a loop");
	assert_true(disk.reads < 40);

	/* All clusters of the volume in one loop. */
	for (uint32_t i = cluster; i < image.cluster_end; i++)
		fat_image_set(&image, i, i + 1 < image.cluster_end ? i + 1 : cluster);
	put_le32(entry + 28, KERNEL_BYTES);
	disk.reads = 0;
	assert_status(ERR_CORRUPT, volume_read(&disk, "/KERNEL"), &err);
	assert_trail(&err, "has a loop");
	assert_true(disk.reads < 60);
	test_disk_free(&disk);
}

static void damaged_directories(void **state)
{
	(void)state;
	for (unsigned width = 0; width < WIDTHS; width++) {
		struct test_disk disk;
		unsigned count;

		volume_load(&disk, widths[width]);

		struct fat_image image = fat_image_of(disk.data);
		uint8_t *entry = fat_image_entry(&image, fat_image_root(&image), "DIR        ");
		uint32_t cluster = fat_image_first(entry);

		assert_ok(list(&disk, "/DIR", &count), &err);
		assert_int_equal(count, 1);
		/* Full of deleted entries, so that the chain decides: to itself, to nowhere, to its end. */
		for (unsigned i = 3 * 32; i < image.cluster_bytes; i += 32)
			fat_image_cluster(&image, cluster)[i] = 0xE5;
		assert_ok(list(&disk, "/DIR", &count), &err);
		assert_int_equal(count, 1);
		fat_image_set(&image, cluster, cluster);
		assert_status(ERR_CORRUPT, list(&disk, "/DIR", &count), &err);
		assert_trail(&err, "/DIR");
		assert_trail(&err, "has a loop");
		assert_hint(&err, "fsck.fat");
		assert_status(ERR_CORRUPT, volume_read(&disk, "/DIR/NONE"), &err);
		assert_ok(volume_read(&disk, "/DIR/KERNEL"), &err); /* found before the damage */
		fat_image_set(&image, cluster, 0);
		assert_status(ERR_CORRUPT, list(&disk, "/DIR", &count), &err);
		put_le16(entry + 26, 0); /* a directory without clusters, not the root in disguise */
		put_le16(entry + 20, 0);
		assert_status(ERR_CORRUPT, list(&disk, "/DIR", &count), &err);
		assert_trail(&err, "starts at cluster 0");
		test_disk_free(&disk);
	}
}

static void a_directory_without_end(void **state)
{
	struct test_disk disk;
	unsigned count;

	(void)state;
	volume_load(&disk, 32);

	struct fat_image image = fat_image_of(disk.data);
	uint8_t *entry = fat_image_entry(&image, fat_image_root(&image), "DIR        ");
	uint32_t first = image.cluster_end - 5000;

	put_le16(entry + 26, (uint16_t)first);
	put_le16(entry + 20, (uint16_t)(first >> 16));
	for (uint32_t cluster = first; cluster < image.cluster_end; cluster++) {
		fat_image_set(&image, cluster, cluster + 1 < image.cluster_end ? cluster + 1 : END);
		memset(fat_image_cluster(&image, cluster), 0xE5, image.cluster_bytes);
	}
	assert_status(ERR_CORRUPT, list(&disk, "/DIR", &count), &err);
	assert_trail(&err, "more than 65536 entries");
	fat_image_set(&image, first + 4095, END); /* exactly as many as are allowed */
	assert_ok(list(&disk, "/DIR", &count), &err);
	test_disk_free(&disk);
}

/* Mounts what there is, lists the tree to some depth, reads each file; the result does not matter, but that there is one. */
static bool read_one(void *context, const struct fs_entry *entry)
{
	struct fs *fs = context;
	struct file *file;
	size_t mark = arena_mark(&arena);

	if (!entry->is_directory && fs_open(fs, entry->name, &arena, &file, &err) == OK)
		(void)!file_read(file, 0, file->bytes < 100000 ? file->bytes : 100000, got, &err);
	arena_reset(&arena, mark);
	return true;
}

static void use_all(struct test_disk *disk)
{
	struct file *file;
	struct fs *fs;

	if (volume_mount(disk, &fs) != OK)
		return;
	(void)!fs_list(fs, "/", read_one, fs, &err);
	(void)!fs_list(fs, "/DIR", read_one, fs, &err);
	if (fs_open(fs, "/a longer name/and another one", &arena, &file, &err) == OK)
		(void)!file_read(file, 0, file->bytes < 100000 ? file->bytes : 100000, got, &err);
}

static void every_truncation_and_bit_flip(void **state)
{
	(void)state;
	for (unsigned width = 0; width < WIDTHS; width++) {
		struct test_disk disk;

		volume_load(&disk, widths[width]);

		struct fat_image image = fat_image_of(disk.data);
		struct {
			uint64_t offset, bytes;
		} places[] = {
			{ 0, 90 },
			{ 510, 2 },
			{ image.table_offset, 140 },
			{ (uint64_t)(fat_image_root(&image) - image.data), 320 },
		};

		for (unsigned i = 0; i < 4; i++) {
			for (uint64_t bit = 0; bit < places[i].bytes * 8; bit++) {
				uint8_t *byte = disk.data + places[i].offset + bit / 8;

				*byte ^= (uint8_t)(1u << bit % 8);
				use_all(&disk);
				*byte ^= (uint8_t)(1u << bit % 8);
			}
		}

		uint64_t blocks = disk.device.blocks, step = width == 0 ? 1 : 1009;

		for (disk.device.blocks = 0; disk.device.blocks < blocks; disk.device.blocks += step)
			assert_int_not_equal(volume_read(&disk, "/KERNEL"), OK);
		disk.device.blocks = blocks;
		assert_ok(volume_read(&disk, "/KERNEL"), &err);
		test_disk_free(&disk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_damaged_chain_is_named),
		cmocka_unit_test(reserved_bits_do_not_count),
		cmocka_unit_test(only_the_last_byte_asks_for_the_end),
		cmocka_unit_test(a_chain_longer_than_the_file),
		cmocka_unit_test(a_loop_is_found_soon),
		cmocka_unit_test(damaged_directories),
		cmocka_unit_test(a_directory_without_end),
		cmocka_unit_test(every_truncation_and_bit_flip),
	};

	return cmocka_run_group_tests(tests, volumes_set_up, shell_tear_down);
}
