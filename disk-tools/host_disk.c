/* SPDX-License-Identifier: MIT */
/* Block reads by pread. */
#include "disk-tools/host_disk.h"

#include "core/base/known.h"
#include "disk-tools/host_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h> // BLKSSZGET
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR_BYTES = 512, LARGE_SECTOR_BYTES = 4096 };

bool read_fully(int fd, void *to, size_t bytes, uint64_t offset)
{
	while (bytes > 0) {
		ssize_t got = pread(fd, to, bytes, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got == 0 ? EIO : errno;
			return false;
		}
		to = (char *)to + got;
		bytes -= (size_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

bool write_fully(int fd, const void *from, size_t bytes, uint64_t offset)
{
	while (bytes > 0) {
		ssize_t put = pwrite(fd, from, bytes, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			errno = put == 0 ? ENOSPC : errno;
			return false;
		}
		from = (const char *)from + put;
		bytes -= (size_t)put;
		offset += (uint64_t)put;
	}
	return true;
}

static enum status disk_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct host_disk *disk = (struct host_disk *)device;

	if (!read_fully(disk->fd, to, (size_t)count * device->block_bytes, lba * device->block_bytes))
		return err_set(err, ERR_IO, "cannot read {b} sectors at LBA {a} of {s}", device->name, lba, count);
	return OK;
}

static const struct block_ops disk_ops = { .read = disk_read };

/* By the header of a GPT, which is in sector 1. */
static bool has_gpt(int fd, unsigned sector_bytes)
{
	char signature[8];

	return read_fully(fd, signature, sizeof signature, sector_bytes) && memcmp(signature, "EFI PART", sizeof signature) == 0;
}

static uint32_t find_sector_bytes(int fd, const struct stat *status)
{
	int bytes = 0;

	if (S_ISBLK(status->st_mode) && ioctl(fd, BLKSSZGET, &bytes) == 0 && bytes >= (int)BLOCK_BYTES_MIN && bytes <= (int)BLOCK_BYTES_MAX)
		return (uint32_t)bytes;
	return !has_gpt(fd, SECTOR_BYTES) && has_gpt(fd, LARGE_SECTOR_BYTES) ? LARGE_SECTOR_BYTES : SECTOR_BYTES;
}

enum exit_code host_disk_init(struct host_disk *disk, int fd, const char *path)
{
	struct stat status;
	off_t end;

	if (fstat(fd, &status) != 0)
		return fail_errno(EXIT_IO, "cannot read", path, errno);
	if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
		return fail(EXIT_BAD_INPUT, "cannot read", path, "it is neither a file nor a disk");
	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return fail_errno(EXIT_IO, "cannot read", path, errno);
	if (end < SECTOR_BYTES)
		return fail(EXIT_BAD_INPUT, "not a disk image", path, "it has only %lld bytes", (long long)end);
	disk->fd = fd;
	disk->bytes = (uint64_t)end;
	disk->device = (struct block_device){ .ops = &disk_ops, .name = path };
	host_disk_set_sector_bytes(disk, find_sector_bytes(fd, &status));
	return EXIT_OK;
}

void host_disk_set_sector_bytes(struct host_disk *disk, uint32_t sector_bytes)
{
	disk->device.block_bytes = sector_bytes;
	disk->device.blocks = disk->bytes / sector_bytes;
}

/* Refuses what holds a disk in some other form, and names it. The data of a fixed VHD are those of the disk, with a footer behind them. */
static enum exit_code check_format(struct host_disk *disk)
{
	enum { VHD_FOOTER_BYTES = 512, VHD_TYPE_AT = 60, VHD_TYPE_FIXED = 2 };
	const char *path = disk->device.name;
	uint8_t footer[VHD_FOOTER_BYTES];
	const struct known *known;
	struct host_file file;

	host_file_init(&file, disk->fd, path, disk->bytes);
	known = known_find(&file.file, KNOWN_PACKED | KNOWN_DISK);
	if (known != NULL) {
		fail(EXIT_BAD_INPUT, "not a raw disk image", path, "it is %s", known->name);
		hint("%s", known->help);
		return EXIT_BAD_INPUT;
	}
	if (disk->bytes < 2 * VHD_FOOTER_BYTES || !read_fully(disk->fd, footer, sizeof footer, disk->bytes - sizeof footer) ||
	    memcmp(footer, "conectix", 8) != 0 || footer[VHD_TYPE_AT + 3] != VHD_TYPE_FIXED)
		return EXIT_OK;
	disk->bytes -= VHD_FOOTER_BYTES;
	host_disk_set_sector_bytes(disk, disk->device.block_bytes);
	warn("%s is a fixed VHD image: read as a raw one, without the %u bytes of its footer", path, VHD_FOOTER_BYTES);
	return EXIT_OK;
}

enum exit_code host_disk_open(struct host_disk *disk, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum exit_code code;

	if (fd < 0)
		return fail_errno(errno == ENOENT ? EXIT_BAD_INPUT : EXIT_IO, "cannot open", path, errno);
	code = host_disk_init(disk, fd, path);
	if (code == EXIT_OK)
		code = check_format(disk);
	if (code != EXIT_OK)
		close(fd);
	return code;
}

void host_disk_close(struct host_disk *disk)
{
	close(disk->fd);
}
