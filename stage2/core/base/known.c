/* SPDX-License-Identifier: MIT */
/* The table of magics. Offsets are those of the formats' own documents; for volumes util-linux's libblkid has the same. */
#include "core/base/known.h"

#include "core/base/checked.h"
#include "core/base/memory.h"

#include <stdbool.h>
#include <stddef.h>

enum { MAGIC_BYTES_MAX = 20 /* no row has more */, MAGICS_MAX = 2, STEP_BYTES = 512, ZEROS_BYTES = 64 * 1024 };

/* What an offset counts from. Some formats keep their superblock near the end, at a round place. */
enum origin { FROM_START, FROM_LAST_64K, FROM_LAST_8K };

struct magic {
	uint32_t offset;
	uint8_t origin; /* enum origin */
	uint8_t length;
	uint8_t mask; /* of the first byte: the bits that count */
	const char *bytes;
};

struct row {
	struct known known;
	struct magic magic[MAGICS_MAX]; /* all of them; length 0: not used */
};

static const char use_fat[] = "kernels and entries have to be on a FAT volume: the EFI system partition, or one of the type XBOOTLDR";
static const char convert[] = "make a raw image of it: qemu-img convert -O raw IMAGE disk.img";
static const char not_kernel[] = "name the kernel's own file";
static const char unpack_archive[] = "take the kernel out of the archive first";
static const char is_initrd[] =
	"that is what an initrd is: name it by the key initrd (mkboot create --initrd), and the kernel by its own key";
static const char take_from_iso[] = "take the kernel out of it, and make an image for it: xorriso -osirrox on -indev ISO -extract /PATH "
				    "KERNEL, then mkboot create";
static const char use_chain[] = "a boot sector is started from a disk or partition, by the key chain (mkboot create --chain)";
static const char copy_again[] = "copy the file again";

/* clang-format off */
#define MAGIC(origin, offset, bytes)   { offset, origin, sizeof bytes - 1, 0xFF, bytes }
#define AT(offset, bytes)              MAGIC(FROM_START, offset, bytes)
#define AT_MASKED(offset, bytes, mask) { offset, FROM_START, sizeof bytes - 1, mask, bytes }

#define ROW(kind, name, help, ...)      { { kind, name, help }, { __VA_ARGS__ } }
#define PACKED(name, command, ...)      ROW(KNOWN_PACKED, "packed by " name, "unpack it first: " command " FILE > UNPACKED", __VA_ARGS__)
#define DISK(name, ...)                 ROW(KNOWN_DISK, name, convert, __VA_ARGS__)
#define VOLUME(name, ...)               ROW(KNOWN_VOLUME, name, use_fat, __VA_ARGS__)
#define OTHER(name, help, ...)          ROW(KNOWN_FILE, name, help, __VA_ARGS__)

/* The first that fits counts: of formats that share a magic the special one comes first. */
static const struct row rows[] = {
	PACKED("xz", "xz -dc", AT(0, "\xFD" "7zXZ\0")),
	PACKED("zstd", "zstd -dc", AT(0, "\x28\xB5\x2F\xFD")),
	PACKED("zstd", "zstd -dc", AT_MASKED(0, "\x50\x2A\x4D\x18", 0xF0)), /* pzstd: begins with a frame to skip */
	PACKED("lz4", "lz4 -dc", AT(0, "\x04\x22\x4D\x18")),
	PACKED("lz4", "lz4 -dc", AT(0, "\x02\x21\x4C\x18")), /* the legacy frame, which Linux uses */
	PACKED("bzip2", "bzip2 -dc", AT(0, "BZh"), AT(4, "1AY&SY")),
	PACKED("bzip2", "bzip2 -dc", AT(0, "BZh"), AT(4, "\x17\x72\x45\x38\x50\x90")), /* of nothing */
	PACKED("lzop", "lzop -dc", AT(0, "\x89LZO\0\r\n\x1A\n")),
	PACKED("lzip", "lzip -dc", AT(0, "LZIP")),
	PACKED("lzma", "xz -dc --format=lzma", AT(0, "\x5D\0\0"), AT(5, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")),
	PACKED("lzma", "xz -dc --format=lzma", AT(0, "\x5D\0\0"), AT(10, "\0\0\0")),
	PACKED("compress", "gzip -dc", AT(0, "\x1F\x9D")),
	PACKED("gzip", "gzip -dc", AT(0, "\x1F\x8B")),

	DISK("a qcow2 image", AT(0, "QFI\xFB\0\0\0"), AT_MASKED(7, "\2", 0xFE)), /* versions 2 and 3 */
	DISK("a qcow image", AT(0, "QFI\xFB")),
	DISK("a VMDK image", AT(0, "KDMV")),
	DISK("the description of a VMDK image", AT(0, "# Disk Descriptor")),
	DISK("a VDI image", AT(64, "\x7F\x10\xDA\xBE")),
	DISK("a VHDX image", AT(0, "vhdxfile")),
	DISK("a dynamic VHD image", AT(0, "conectix")),
	DISK("a Parallels image", AT(0, "WithoutFreeSpace")),
	DISK("a Parallels image", AT(0, "WithouFreSpacExt")),

	/* Layers, which may hold any file system. */
	VOLUME("encrypted by LUKS 1", AT(0, "LUKS\xBA\xBE\0\1")),
	VOLUME("encrypted by LUKS", AT(0, "LUKS\xBA\xBE")),
	VOLUME("encrypted by BitLocker", AT(3, "-FVE-FS-")),
	VOLUME("a physical volume of LVM", AT(512, "LABELONE"), AT(536, "LVM2 001")),
	VOLUME("a physical volume of LVM", AT(0, "LABELONE"), AT(24, "LVM2 001")),
	VOLUME("a member of a Linux RAID (metadata 1.2)", AT(4096, "\xFC\x4E\x2B\xA9\1\0\0\0")),
	VOLUME("a member of a Linux RAID (metadata 1.1)", AT(0, "\xFC\x4E\x2B\xA9\1\0\0\0")),
	VOLUME("a device of bcachefs", AT(4120, "\xC6\x85\x73\xF6\x4E\x1A\x45\xCA\x82\x65\xF5\x7F\x48\xBA\x6D\x81")),
	VOLUME("a device of a ZFS pool", AT(16384, "\1\1\0\0\0\0\0\0\0\0\0\1"), AT(16408, "version")),

	VOLUME("an ext4 file system", AT(1080, "\x53\xEF"), AT_MASKED(1120, "\x40", 0x40)), /* extents */
	VOLUME("an ext3 file system", AT(1080, "\x53\xEF"), AT_MASKED(1116, "\x04", 0x04)), /* a journal */
	VOLUME("an ext2 file system", AT(1080, "\x53\xEF")),
	VOLUME("an XFS file system", AT(0, "XFSB")),
	VOLUME("a btrfs file system", AT(65600, "_BHRfS_M")),
	VOLUME("a squashfs image", AT(0, "hsqs")),
	VOLUME("an EROFS image", AT(1024, "\xE2\xE1\xF5\xE0")),
	VOLUME("an NTFS file system", AT(3, "NTFS    ")),
	VOLUME("an exFAT file system", AT(3, "EXFAT   ")),
	VOLUME("an f2fs file system", AT(1024, "\x10\x20\xF5\xF2")),
	VOLUME("an APFS container", AT(32, "NXSB")),
	VOLUME("an HFS+ file system", AT(1024, "H+\0\4")),
	VOLUME("swap space", AT(4086, "SWAPSPACE2")),
	ROW(KNOWN_VOLUME, "an ISO 9660 image", take_from_iso, AT(32769, "CD001")),
	VOLUME("a UDF file system", AT(32769, "BEA01")),
	/* RAID 1 has the file system at the start and its own data at the end; so file systems were looked for first. */
	VOLUME("a member of a Linux RAID (metadata 1.0)", MAGIC(FROM_LAST_8K, 0, "\xFC\x4E\x2B\xA9\1\0\0\0")),
	VOLUME("a member of a Linux RAID (metadata 0.90)", MAGIC(FROM_LAST_64K, 0, "\xFC\x4E\x2B\xA9\0\0\0\0")),

	OTHER("a cpio archive", is_initrd, AT(0, "070701")),
	OTHER("a cpio archive", is_initrd, AT(0, "070702")),
	OTHER("a cpio archive", is_initrd, AT(0, "070707")),
	OTHER("a cpio archive", is_initrd, AT(0, "\xC7\x71")),
	OTHER("a tar archive", unpack_archive, AT(257, "ustar")),
	OTHER("a zip archive", unpack_archive, AT(0, "PK\3\4")),
	OTHER("a 7z archive", unpack_archive, AT(0, "7z\xBC\xAF\x27\x1C")),
	OTHER("a Debian package", "take the kernel out first: dpkg-deb -x FILE FOLDER", AT(0, "!<arch>\n"), AT(8, "debian-binary")),
	OTHER("an RPM package", unpack_archive, AT(0, "\xED\xAB\xEE\xDB")),
	OTHER("a static library", "link it to a kernel", AT(0, "!<arch>\n")),
	OTHER("an image for U-Boot (uImage)", "take the kernel out first: dumpimage -o KERNEL FILE", AT(0, "\x27\x05\x19\x56")),
	OTHER("a Mach-O program", "link the kernel as ELF", AT(0, "\xCF\xFA\xED\xFE")),
	OTHER("a script", not_kernel, AT(0, "#!")),
	OTHER("a disk with a GPT", not_kernel, AT(512, "EFI PART")),
	OTHER("a disk with a GPT", not_kernel, AT(4096, "EFI PART")),
	OTHER("a boot sector, or a disk that begins with one", use_chain, AT(510, "\x55\xAA")),
};
/* clang-format on */

/* What has no magic. */
static const struct known no_bytes = { KNOWN_BLANK, "empty", copy_again };
static const struct known zeros = { KNOWN_BLANK, "nothing but zeros at its start", copy_again };
static const struct known unused = { KNOWN_BLANK, "nothing but zeros at its start", use_fat };
static const struct known text = { KNOWN_FILE, "a text file", not_kernel };

/* A place before the start wraps around, and is then none. */
static uint64_t find_place(const struct magic *magic, uint64_t bytes)
{
	static const uint64_t kib = 1024;

	switch ((enum origin)magic->origin) {
	case FROM_START:
		return magic->offset;
	case FROM_LAST_64K:
		return align_down(bytes, 64 * kib) - 64 * kib;
	case FROM_LAST_8K:
		return align_down(bytes - 8 * kib, 4 * kib);
	}
	return UINT64_MAX;
}

static bool fits_magic(struct file *file, const struct magic *magic)
{
	uint64_t place = find_place(magic, file->bytes), end;
	uint8_t bytes[MAGIC_BYTES_MAX];
	struct err ignored;

	if (magic->length == 0)
		return true;
	if (!checked_add(place, magic->length, &end) || end > file->bytes || file_read(file, place, magic->length, bytes, &ignored) != OK)
		return false;
	bytes[0] &= magic->mask;
	return memcmp(bytes, magic->bytes, magic->length) == 0;
}

static bool is_text(const uint8_t *bytes, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		if (bytes[i] == 0x7F || (bytes[i] < 0x20 && (bytes[i] < '\t' || bytes[i] > '\r')))
			return false;
	}
	return true;
}

/* As far as ZEROS_BYTES, or the file. */
static bool is_zero(struct file *file)
{
	uint64_t end = min_u64(file->bytes, ZEROS_BYTES);
	uint8_t bytes[STEP_BYTES];
	struct err ignored;

	for (uint64_t offset = 0; offset < end; offset += STEP_BYTES) {
		uint64_t count = min_u64(end - offset, STEP_BYTES);

		if (file_read(file, offset, count, bytes, &ignored) != OK)
			return false;
		for (uint64_t i = 0; i < count; i++) {
			if (bytes[i] != 0)
				return false;
		}
	}
	return true;
}

static const struct known *find_without_magic(struct file *file, unsigned kinds)
{
	uint64_t count = min_u64(file->bytes, STEP_BYTES);
	uint8_t start[STEP_BYTES];
	struct err ignored;

	if ((kinds & KNOWN_BLANK) != 0 && is_zero(file))
		return (kinds & KNOWN_FILE) == 0 ? &unused : count == 0 ? &no_bytes : &zeros;
	if ((kinds & KNOWN_FILE) == 0 || count == 0 || file_read(file, 0, count, start, &ignored) != OK)
		return NULL;
	return is_text(start, count) ? &text : NULL;
}

const struct known *known_find(struct file *file, unsigned kinds)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];

		if ((row->known.kind & kinds) != 0 && fits_magic(file, &row->magic[0]) && fits_magic(file, &row->magic[1]))
			return &row->known;
	}
	return find_without_magic(file, kinds);
}
