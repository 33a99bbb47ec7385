/* SPDX-License-Identifier: MIT */
/* Small FAT volumes of each width with the same files, made by mkfs.fat and mtools, for tests that damage them. */
#include "support_fat_volume.h"

#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

const unsigned widths[WIDTHS] = { 12, 16, 32 };

uint8_t kernel[KERNEL_BYTES], got[1024 * 1024];
struct arena arena;
struct err err;

static uint8_t arena_bytes[256 * 1024];

int volumes_set_up(void **state)
{
	FILE *file;

	(void)state;
	shell_enter();
	srand(1);
	for (unsigned i = 0; i < KERNEL_BYTES; i++)
		kernel[i] = (uint8_t)rand();
	file = fopen("KERNEL", "w");
	assert_non_null(file);
	assert_int_equal(fwrite(kernel, 1, KERNEL_BYTES, file), KERNEL_BYTES);
	assert_int_equal(fclose(file), 0);
	shell_run("mkdir DIR 'a longer name' && cp KERNEL DIR/KERNEL && cp KERNEL 'a longer name/and another one'");
	for (unsigned i = 0; i < WIDTHS; i++)
		shell_run("mkfs.fat -F %u -s 1 -n LABEL -C disk%u %u && mcopy -i disk%u -s KERNEL DIR 'a longer name' ::", widths[i],
			  widths[i],
			  widths[i] == 12   ? 360
			  : widths[i] == 16 ? 17000
					    : 40000,
			  widths[i]);
	return 0;
}

void volume_load(struct test_disk *disk, unsigned bits)
{
	char name[16];

	snprintf(name, sizeof(name), "disk%u", bits);
	test_disk_load(disk, name, 512);
}

enum status volume_mount(struct test_disk *disk, struct fs **fs)
{
	arena_init(&arena, arena_bytes, sizeof(arena_bytes));
	return fs_mount(&disk->device, &arena, fs, &err);
}

/* Mounts, opens and reads the whole file into got[]. */
enum status volume_read(struct test_disk *disk, const char *path)
{
	struct file *file;
	struct fs *fs;
	enum status status = volume_mount(disk, &fs);

	if (status == OK)
		status = fs_open(fs, path, &arena, &file, &err);
	if (status == OK)
		status = file_read(file, 0, file->bytes < sizeof(got) ? file->bytes : sizeof(got), got, &err);
	return status;
}
