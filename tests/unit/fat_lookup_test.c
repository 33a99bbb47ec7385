/* SPDX-License-Identifier: MIT */
/* Looking names up on a FAT volume, what is said of those that are not there, and the volume's own name. */
#include "support_block.h"
#include "support_shell.h"

#include "core/base/arena.h"
#include "core/fs/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint8_t arena_bytes[256 * 1024];
static struct arena arena;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	shell_enter();
	shell_run("mkdir -p tree/loader/entries && echo xen >tree/XEN.GZ && head -c 40 /dev/zero >tree/loader/loader.conf && "
		  "echo entry >tree/loader/entries/0123456789abcdef0123456789abcdef-6.1.0-28-amd64.conf");
	return 0;
}

static struct fs *mount(struct test_disk *disk)
{
	struct fs *fs = NULL;

	arena_init(&arena, arena_bytes, sizeof(arena_bytes));
	assert_ok(fs_mount(&disk->device, &arena, &fs, &err), &err);
	return fs;
}

static void label_and_id(void **state)
{
	struct test_disk disk;
	struct fs *fs;

	(void)state;
	for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
		shell_run("rm -f disk && mkfs.fat -F %u -s 1 -n 'My Boot' -i 1a2B3c4D -C disk %u", bits,
			  bits == 32   ? 40000
			  : bits == 16 ? 4096
				       : 1900);
		test_disk_load(&disk, "disk", 512);
		fs = mount(&disk);
		assert_string_equal(fs->label, "My Boot");
		assert_string_equal(fs->id, "1A2B-3C4D");
		test_disk_free(&disk);
		shell_run("mlabel -i disk ::NEWLABEL");
		test_disk_load(&disk, "disk", 512);
		assert_string_equal(mount(&disk)->label, "NEWLABEL");
		test_disk_free(&disk);
		shell_run("rm -f disk && mkfs.fat -F %u -s 1 -C disk %u", bits, bits == 32 ? 40000 : bits == 16 ? 4096 : 1900);
		test_disk_load(&disk, "disk", 512);
		assert_string_equal(mount(&disk)->label, "");
		test_disk_free(&disk);
	}
}

static bool stop_at_once(void *context, const struct fs_entry *entry)
{
	(void)entry;
	++*(unsigned *)context;
	return false;
}

static void what_is_not_there_is_named(void **state)
{
	struct test_disk disk;
	struct file *file;
	struct fs *fs;
	char path[FS_PATH_MAX + 2];
	unsigned visits = 0;

	(void)state;
	shell_run("rm -f disk && mkfs.fat -F 16 -s 1 -C disk 4096 && mcopy -i disk -s tree/* ::");
	test_disk_load(&disk, "disk", 512);
	fs = mount(&disk);
	assert_status(ERR_NOT_FOUND, fs_open(fs, "/loader/entry/a.conf", &arena, &file, &err), &err);
	assert_trail(&err, "there is no entry");
	assert_string_equal(err.frame[0].subject, "entry");
	assert_status(ERR_NOT_FOUND, fs_open(fs, "/loader/loader.con", &arena, &file, &err), &err);
	assert_status(ERR_NOT_FOUND, fs_open(fs, "/loader/loader.conf2", &arena, &file, &err), &err);
	assert_status(ERR_NOT_FOUND, fs_open(fs, "/loader/../XEN.GZ", &arena, &file, &err), &err);
	assert_status(ERR_NOT_FOUND, fs_open(fs, "/loader/./loader.conf", &arena, &file, &err), &err);
	assert_status(ERR_NOT_FOUND, fs_open(fs, "/XEN.GZ/x", &arena, &file, &err), &err);
	assert_trail(&err, "not a directory");
	assert_status(ERR_UNSUPPORTED, fs_open(fs, "/loader/", &arena, &file, &err), &err);
	assert_trail(&err, "/loader/ is a directory");
	assert_status(ERR_UNSUPPORTED, fs_open(fs, "", &arena, &file, &err), &err);
	assert_status(ERR_NOT_FOUND, fs_list(fs, "/none", stop_at_once, &visits, &err), &err);
	assert_status(ERR_UNSUPPORTED, fs_list(fs, "/XEN.GZ", stop_at_once, &visits, &err), &err);
	assert_int_equal(visits, 0);
	assert_ok(fs_list(fs, "/", stop_at_once, &visits, &err), &err);
	assert_int_equal(visits, 1);
	memset(path, 'a', sizeof(path));
	path[FS_PATH_MAX + 1] = '\0';
	assert_status(ERR_TOO_BIG, fs_open(fs, path, &arena, &file, &err), &err);
	path[FS_PATH_MAX] = '\0';
	assert_status(ERR_NOT_FOUND, fs_open(fs, path, &arena, &file, &err), &err);
	/* Slashes do not count, nor does case, and the 8.3 alias of a long name is a name. */
	assert_ok(fs_open(fs, "loader//LOADER.conf/", &arena, &file, &err), &err);
	assert_int_equal(file->bytes, 40);
	assert_ok(fs_open(fs, "//loader/entries/012345~1.con", &arena, &file, &err), &err);
	test_disk_free(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(label_and_id),
		cmocka_unit_test(what_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
