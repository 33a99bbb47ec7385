/* SPDX-License-Identifier: MIT */
/* A disk in memory that can fail as told and tells how it was read, and asserts that print an error's trail. */
#include "support_block.h"

#include "core/base/print.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_to_fail(const struct test_disk *disk, uint64_t lba, uint32_t count)
{
	if (disk->fail_at != 0 && (disk->reads == disk->fail_at || (disk->fail_for_good && disk->reads > disk->fail_at)))
		return true;
	if (disk->bad_lba != NO_LBA && lba <= (uint64_t)disk->bad_lba && (uint64_t)disk->bad_lba < lba + count)
		return true;
	return disk->count_max != 0 && count > disk->count_max;
}

static enum status test_disk_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct test_disk *disk = (struct test_disk *)device;

	assert_true(count > 0);
	assert_true(lba + count <= device->blocks);
	disk->reads++;
	disk->blocks_read += count;
	if (count > disk->longest)
		disk->longest = count;
	if (is_to_fail(disk, lba, count)) {
		memset(to, 0x5A, (size_t)count * device->block_bytes); /* half a transfer may have happened */
		return err_set(err, ERR_IO, "the disk failed to read {b} blocks at LBA {a}", NULL, lba, count);
	}
	memcpy(to, disk->data + lba * device->block_bytes, (size_t)count * device->block_bytes);
	return OK;
}

static void test_disk_reset(struct block_device *device)
{
	((struct test_disk *)device)->resets++;
}

static const struct block_ops test_disk_ops = { .read = test_disk_read, .reset = test_disk_reset };

static void set_up(struct test_disk *disk, uint64_t bytes, uint32_t block_bytes, int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE;
	void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	assert_ptr_not_equal(data, MAP_FAILED);
	*disk = (struct test_disk){
		.device = { .ops = &test_disk_ops, .name = "test disk", .blocks = bytes / block_bytes, .block_bytes = block_bytes },
		.data = data,
		.bytes = bytes,
		.bad_lba = NO_LBA,
	};
}

void test_disk_init(struct test_disk *disk, uint64_t bytes, uint32_t block_bytes)
{
	set_up(disk, bytes, block_bytes, -1);
}

void test_disk_load(struct test_disk *disk, const char *path, uint32_t block_bytes)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &info), 0);
	set_up(disk, (uint64_t)info.st_size, block_bytes, fd);
	close(fd);
}

void test_disk_free(struct test_disk *disk)
{
	munmap(disk->data, disk->bytes);
}

static void format_trail(const struct err *err, char *text, size_t bytes)
{
	struct text_buffer buffer;

	text_buffer_init(&buffer, text, bytes);
	err_print(&buffer.sink, err);
}

void assert_status_at(enum status expected, enum status got, const struct err *err, const char *file, int line)
{
	char trail[1024] = "";

	if (got == expected)
		return;
	if (got != OK && err != NULL)
		format_trail(err, trail, sizeof(trail));
	print_error("status \"%s\" expected, got \"%s\": %s\n", status_name(expected), status_name(got), trail);
	_fail(file, line);
}

void assert_trail_at(const struct err *err, const char *part, const char *file, int line)
{
	char trail[1024];

	format_trail(err, trail, sizeof(trail));
	if (strstr(trail, part) != NULL)
		return;
	print_error("\"%s\" expected in the trail, which is: %s\n", part, trail);
	_fail(file, line);
}

void assert_hint_at(const struct err *err, const char *part, const char *file, int line)
{
	if (err->hint != NULL && strstr(err->hint, part) != NULL)
		return;
	print_error("\"%s\" expected in the hint, which is: %s\n", part, err->hint != NULL ? err->hint : "none");
	_fail(file, line);
}
