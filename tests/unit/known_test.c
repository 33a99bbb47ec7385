/* SPDX-License-Identifier: MIT */
/* The table of magics: each format by the bytes that its own document names, and nothing by less. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/known.h"
#include "core/block/device_file.h"
#include "support_block.h"
#include "support_handoff.h" // bench_file

enum { FILE_BYTES = 256 * 1024 + 512, PLACES = 2 };

/* Bytes of no format: neither zeros nor text. */
enum { FILLER = 6 };

static uint8_t bytes[FILE_BYTES];

struct sample {
	const char *name, *help; /* help: a part of it */
	struct {
		size_t at, length;
		const char *bytes;
	} place[PLACES];
};

#define AT(at, text)                                                                                                                       \
	{                                                                                                                                  \
		at, sizeof text - 1, text                                                                                                  \
	}

static const char unpack[] = "unpack it first: ", raw[] = "qemu-img convert -O raw", fat[] = "FAT", take[] = "take the kernel out";

/* clang-format off */
static const struct sample packed[] = {
	{ "packed by xz", "xz -dc", { AT(0, "\xFD" "7zXZ\0") } },
	{ "packed by zstd", "zstd -dc", { AT(0, "\x28\xB5\x2F\xFD") } },
	{ "packed by zstd", "zstd -dc", { AT(0, "\x50\x2A\x4D\x18") } },
	{ "packed by zstd", "zstd -dc", { AT(0, "\x5F\x2A\x4D\x18") } },
	{ "packed by lz4", "lz4 -dc", { AT(0, "\x04\x22\x4D\x18") } },
	{ "packed by lz4", "lz4 -dc", { AT(0, "\x02\x21\x4C\x18") } },
	{ "packed by bzip2", "bzip2 -dc", { AT(0, "BZh9\x31\x41\x59\x26\x53\x59") } },
	{ "packed by bzip2", "bzip2 -dc", { AT(0, "BZh1\x17\x72\x45\x38\x50\x90") } },
	{ "packed by lzop", "lzop -dc", { AT(0, "\x89\x4C\x5A\x4F\x00\x0D\x0A\x1A\x0A") } },
	{ "packed by lzip", "lzip -dc", { AT(0, "LZIP\1") } },
	{ "packed by lzma", "--format=lzma", { AT(0, "\x5D\0\0\x80\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF") } },
	{ "packed by lzma", "--format=lzma", { AT(0, "\x5D\0\0\0\4\x12\x34\x56\x01\0\0\0\0") } },
	{ "packed by compress", "gzip -dc", { AT(0, "\x1F\x9D\x90") } },
	{ "packed by gzip", "gzip -dc", { AT(0, "\x1F\x8B\x08") } },
};

static const struct sample disks[] = {
	{ "a qcow2 image", raw, { AT(0, "QFI\xFB\0\0\0\2") } },
	{ "a qcow2 image", raw, { AT(0, "QFI\xFB\0\0\0\3") } },
	{ "a qcow image", raw, { AT(0, "QFI\xFB\0\0\0\1") } },
	{ "a VMDK image", raw, { AT(0, "KDMV\1\0\0\0") } },
	{ "the description of a VMDK image", raw, { AT(0, "# Disk DescriptorFile\nversion=1\n") } },
	{ "a VDI image", raw, { AT(0, "<<< Oracle VM VirtualBox Disk Image >>>\n"), AT(64, "\x7F\x10\xDA\xBE") } },
	{ "a VHDX image", raw, { AT(0, "vhdxfile") } },
	{ "a dynamic VHD image", raw, { AT(0, "conectix") } },
	{ "a Parallels image", raw, { AT(0, "WithoutFreeSpace") } },
	{ "a Parallels image", raw, { AT(0, "WithouFreSpacExt") } },
};

static const struct sample volumes[] = {
	{ "encrypted by LUKS 1", fat, { AT(0, "LUKS\xBA\xBE\0\1") } },
	{ "encrypted by LUKS", fat, { AT(0, "LUKS\xBA\xBE\0\2") } },
	{ "encrypted by BitLocker", fat, { AT(3, "-FVE-FS-") } },
	{ "a physical volume of LVM", fat, { AT(512, "LABELONE"), AT(512 + 24, "LVM2 001") } },
	{ "a physical volume of LVM", fat, { AT(0, "LABELONE"), AT(24, "LVM2 001") } },
	{ "a member of a Linux RAID (metadata 1.2)", fat, { AT(4096, "\xFC\x4E\x2B\xA9\1\0\0\0") } },
	{ "a member of a Linux RAID (metadata 1.1)", fat, { AT(0, "\xFC\x4E\x2B\xA9\1\0\0\0") } },
	{ "a member of a Linux RAID (metadata 1.0)", fat, { AT(FILE_BYTES - 512 - 8 * 1024, "\xFC\x4E\x2B\xA9\1\0\0\0") } },
	{ "a member of a Linux RAID (metadata 0.90)", fat, { AT(256 * 1024 - 64 * 1024, "\xFC\x4E\x2B\xA9\0\0\0\0\x5A\0\0\0") } },
	{ "a device of bcachefs", fat, { AT(4096 + 24, "\xC6\x85\x73\xF6\x4E\x1A\x45\xCA\x82\x65\xF5\x7F\x48\xBA\x6D\x81") } },
	{ "a device of a ZFS pool", fat, { AT(16384, "\1\1\0\0\0\0\0\0\0\0\0\1\0\0\0\x24\0\0\0\x20\0\0\0\7version\0") } },
	{ "an ext4 file system", fat, { AT(1024 + 0x38, "\x53\xEF"), AT(1024 + 0x5C, "\x3C\0\0\0\xC2\x02\0\0") } },
	{ "an ext3 file system", fat, { AT(1024 + 0x38, "\x53\xEF"), AT(1024 + 0x5C, "\x3C\0\0\0\2\0\0\0") } },
	{ "an ext2 file system", fat, { AT(1024 + 0x38, "\x53\xEF"), AT(1024 + 0x5C, "\x38\0\0\0\2\0\0\0") } },
	{ "an XFS file system", fat, { AT(0, "XFSB") } },
	{ "a btrfs file system", fat, { AT(64 * 1024 + 64, "_BHRfS_M") } },
	{ "a squashfs image", fat, { AT(0, "hsqs") } },
	{ "an EROFS image", fat, { AT(1024, "\xE2\xE1\xF5\xE0") } },
	{ "an NTFS file system", fat, { AT(0, "\xEB\x52\x90NTFS    ") } },
	{ "an exFAT file system", fat, { AT(0, "\xEB\x76\x90" "EXFAT   ") } },
	{ "an f2fs file system", fat, { AT(1024, "\x10\x20\xF5\xF2") } },
	{ "an APFS container", fat, { AT(32, "NXSB") } },
	{ "an HFS+ file system", fat, { AT(1024, "H+\0\4") } },
	{ "swap space", fat, { AT(4096 - 10, "SWAPSPACE2") } },
	{ "an ISO 9660 image", take, { AT(32 * 1024, "\1CD001\1") } },
	{ "a UDF file system", fat, { AT(32 * 1024, "\0BEA01") } },
};

static const struct sample others[] = {
	{ "a cpio archive", "initrd", { AT(0, "070701") } },
	{ "a cpio archive", "initrd", { AT(0, "070702") } },
	{ "a cpio archive", "initrd", { AT(0, "070707") } },
	{ "a cpio archive", "initrd", { AT(0, "\xC7\x71") } },
	{ "a tar archive", take, { AT(257, "ustar\0" "00") } },
	{ "a zip archive", take, { AT(0, "PK\3\4") } },
	{ "a 7z archive", take, { AT(0, "7z\xBC\xAF\x27\x1C") } },
	{ "a Debian package", "dpkg-deb -x", { AT(0, "!<arch>\ndebian-binary   ") } },
	{ "an RPM package", take, { AT(0, "\xED\xAB\xEE\xDB") } },
	{ "a static library", "link", { AT(0, "!<arch>\n/               ") } },
	{ "an image for U-Boot (uImage)", take, { AT(0, "\x27\x05\x19\x56") } },
	{ "a Mach-O program", "ELF", { AT(0, "\xCF\xFA\xED\xFE") } },
	{ "a script", "own file", { AT(0, "#!/bin/sh\n") } },
	{ "a disk with a GPT", "own file", { AT(512, "EFI PART"), AT(510, "\x55\xAA") } },
	{ "a disk with a GPT", "own file", { AT(4096, "EFI PART"), AT(510, "\x55\xAA") } },
	{ "a boot sector, or a disk that begins with one", "--chain", { AT(510, "\x55\xAA") } },
};
/* clang-format on */

static void write_sample(const struct sample *sample, uint8_t filler)
{
	memset(bytes, filler, sizeof bytes);
	for (unsigned i = 0; i < PLACES; i++) {
		if (sample->place[i].length > 0)
			memcpy(bytes + sample->place[i].at, sample->place[i].bytes, sample->place[i].length);
	}
}

static const struct known *find(size_t length, unsigned kinds)
{
	struct memory_file file;

	memory_file_init(&file, "/file", bytes, length);
	return known_find(&file.file, kinds);
}

/* Each sample is found by its own kind and by all of them, on whatever ground, and not with one bit of its last byte changed. */
static void check_samples(const struct sample *sample, size_t count, enum known_kind kind)
{
	for (size_t i = 0; i < count; i++, sample++) {
		const struct known *known = NULL;

		for (unsigned filler = 0; filler <= FILLER; filler += FILLER) {
			write_sample(sample, (uint8_t)filler);
			known = find(FILE_BYTES, kind);
			if (known == NULL || find(FILE_BYTES, KNOWN_EVERY) != known)
				fail_msg("%s is not found on a ground of %x", sample->name, filler);
			assert_string_equal(known->name, sample->name);
			assert_int_equal(known->kind, kind);
			assert_non_null(strstr(known->help, sample->help));
		}
		for (size_t length = 0; length < sample->place[0].at + 2; length += length < 70 ? 1 : 509) {
			const struct known *shorter = find(length, kind & (KNOWN_PACKED | KNOWN_DISK));

			if (shorter != NULL)
				fail_msg("%s is found in %zu bytes", shorter->name, length);
		}
	}
}

#define CHECK(samples, kind) check_samples(samples, sizeof samples / sizeof samples[0], kind)

static void all_formats_have_their_names(void **state)
{
	(void)state;
	CHECK(packed, KNOWN_PACKED);
	CHECK(disks, KNOWN_DISK);
	CHECK(volumes, KNOWN_VOLUME);
	CHECK(others, KNOWN_FILE);
	write_sample(&packed[0], FILLER);
	assert_non_null(strstr(find(FILE_BYTES, KNOWN_EVERY)->help, unpack));
}

/* Of the first sample of each kind, no byte of the magic may be missing. */
static void a_part_of_a_magic_is_none(void **state)
{
	static const struct sample *const samples[] = { &packed[0], &disks[6], &volumes[4], &volumes[9], &others[5] };

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const struct sample *sample = samples[i];

		for (unsigned place = 0; place < PLACES; place++) {
			for (size_t at = 0; at < sample->place[place].length; at++) {
				write_sample(sample, FILLER);
				bytes[sample->place[place].at + at] ^= 0x20;
				const struct known *known = find(FILE_BYTES, KNOWN_EVERY);

				if (known != NULL && strcmp(known->name, sample->name) == 0)
					fail_msg("%s is found with byte %zu changed", sample->name, at);
			}
		}
	}
}

static void other_kinds_are_not_looked_for(void **state)
{
	(void)state;
	write_sample(&packed[0], FILLER);
	assert_null(find(FILE_BYTES, KNOWN_DISK | KNOWN_VOLUME | KNOWN_FILE));
	write_sample(&disks[0], FILLER);
	assert_null(find(FILE_BYTES, KNOWN_PACKED | KNOWN_VOLUME | KNOWN_FILE));
	write_sample(&others[4], FILLER);
	assert_null(find(FILE_BYTES, KNOWN_PACKED | KNOWN_DISK | KNOWN_VOLUME));
}

static void files_without_a_magic(void **state)
{
	static const char words[] = "title Gr\xC3\xBC\xC3\x9F"
				    "e\r\n\tlinux /vmlinuz\n";

	(void)state;
	memset(bytes, FILLER, sizeof bytes);
	assert_null(find(FILE_BYTES, KNOWN_EVERY));
	assert_string_equal(find(0, KNOWN_EVERY)->name, "empty");
	assert_null(find(0, KNOWN_PACKED | KNOWN_DISK));
	memset(bytes, 0, sizeof bytes);
	assert_string_equal(find(FILE_BYTES, KNOWN_EVERY)->name, "nothing but zeros at its start");
	assert_string_equal(find(1, KNOWN_EVERY)->name, "nothing but zeros at its start");
	assert_string_equal(find(FILE_BYTES, KNOWN_VOLUME | KNOWN_BLANK)->name, "nothing but zeros at its start");
	assert_non_null(strstr(find(FILE_BYTES, KNOWN_VOLUME | KNOWN_BLANK)->help, fat));
	assert_null(find(FILE_BYTES, KNOWN_EVERY & ~KNOWN_BLANK & ~KNOWN_FILE));
	bytes[60000] = 1;
	assert_null(find(FILE_BYTES, KNOWN_EVERY));
	memcpy(bytes, words, sizeof words - 1);
	assert_string_equal(find(sizeof words - 1, KNOWN_EVERY)->name, "a text file");
	assert_null(find(sizeof words, KNOWN_EVERY)); /* with the NUL */
	memset(bytes, 'a', sizeof bytes);
	assert_string_equal(find(FILE_BYTES, KNOWN_EVERY)->name, "a text file");
	bytes[511] = 0x1B;
	assert_null(find(FILE_BYTES, KNOWN_EVERY));
}

/* What cannot be read does not fit, and the rest is looked at all the same. */
static void reads_may_fail(void **state)
{
	struct bench_file file;

	(void)state;
	write_sample(&volumes[10], FILLER); /* ZFS: both places */
	bench_file_init(&file, "/file", bytes, sizeof bytes);
	assert_non_null(known_find(&file.file, KNOWN_EVERY));
	unsigned reads = file.reads;

	for (unsigned fail_at = 1; fail_at <= reads; fail_at++) {
		bench_file_init(&file, "/file", bytes, sizeof bytes);
		file.fail_at = fail_at;
		const struct known *known = known_find(&file.file, KNOWN_EVERY);

		if (known != NULL)
			assert_string_equal(known->name, "a device of a ZFS pool");
	}
}

struct memory_disk {
	struct block_device device;
	unsigned reads;
};

static enum status read_blocks(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	(void)err;
	((struct memory_disk *)device)->reads++;
	memcpy(to, bytes + lba * device->block_bytes, (size_t)count * device->block_bytes);
	return OK;
}

static void a_device_is_a_file(void **state)
{
	static const struct block_ops ops = { .read = read_blocks };
	static struct device_file view;
	static uint8_t part[10000];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	for (unsigned block_bytes = 512; block_bytes <= 4096; block_bytes *= 8) {
		struct memory_disk disk = { .device = { .ops = &ops, .name = "disk", .blocks = 64, .block_bytes = block_bytes } };

		device_file_init(&view, &disk.device);
		assert_int_equal(view.file.bytes, 64 * block_bytes);
		assert_string_equal(view.file.path, "disk");
		assert_ok(file_read(&view.file, 4095, 10000, part, &err), &err);
		assert_memory_equal(part, bytes + 4095, 10000);
		assert_ok(file_read(&view.file, 64 * block_bytes - 3, 3, part, &err), &err);
		assert_memory_equal(part, bytes + 64 * block_bytes - 3, 3);
		assert_status(ERR_CORRUPT, file_read(&view.file, 64 * block_bytes - 3, 4, part, &err), &err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_formats_have_their_names),
		cmocka_unit_test(a_part_of_a_magic_is_none),
		cmocka_unit_test(other_kinds_are_not_looked_for),
		cmocka_unit_test(files_without_a_magic),
		cmocka_unit_test(reads_may_fail),
		cmocka_unit_test(a_device_is_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
