/* SPDX-License-Identifier: MIT */
/* The setup header of a Linux kernel. */
#include "kernel-handoff/image/bzimage.h"

#include "core/base/checked.h"
#include "core/base/span.h"
#include "core/base/text.h"

enum {
	BOOT_FLAG = 0xAA55,
	JUMP_SHORT = 0xEB,
	JUMP_FORWARD_MAX = 0x7F,
	HEADER_MAGIC = 0x53726448 /* "HdrS" */,
	LOADED_HIGH = 1,
	SECTOR_BYTES = 512
};
enum { LOAD_ADDRESS = 0x100000, SETUP_SECTORS_DEFAULT = 4, PARAGRAPH_BYTES = 16 };
enum { COMMAND_LINE_DEFAULT = 255, ALIGN_MAX_SHIFT = 30 };
enum { SINCE_HEADER = 0x0200, SINCE_HEAP_END = 0x0201, SINCE_COMMAND_LINE = 0x0202, SINCE_LONG_SIZE = 0x0204 };
enum { SETUP_BYTES_MAX = 32 * 1024, ZIMAGE_BYTES_MAX = 512 * 1024 };

/* kernel_info, from 2.15 on: its head, which every version of it has. */
enum { KERNEL_INFO_MAGIC = 0x506F544C /* "LToP" */, KERNEL_INFO_SIZE = 4, KERNEL_INFO_TYPE_MAX = 12, KERNEL_INFO_BYTES = 16 };

#define SETUP_INDIRECT (1u << 31) /* beside a type: the data lies elsewhere */

static const uint32_t initrd_max_default = 0x37FFFFFF;

/* Offsets of the fields. */
enum {
	SETUP_SECTORS = 0x1F1,
	SYSTEM_SIZE = 0x1F4,
	BOOT_FLAG_AT = 0x1FE,
	JUMP = 0x200,
	JUMP_LENGTH = 0x201,
	MAGIC = 0x202,
	VERSION = 0x206,
	LOAD_FLAGS = 0x211,
	CODE32_START = 0x214,
	INITRD_MAX = 0x22C,
	KERNEL_ALIGN = 0x230,
	RELOCATABLE = 0x234,
	MIN_ALIGN = 0x235,
	FLAGS_64 = 0x236,
	COMMAND_LINE_SIZE = 0x238,
	PAYLOAD_OFFSET = 0x248,
	PAYLOAD_LENGTH = 0x24C,
	PREFERRED_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
	KERNEL_INFO_OFFSET = 0x268,
	SHORTEST_FILE = 0x22C,
};

/* A field, or `otherwise` if the kernel's version or the header's length does not have it. */
static uint64_t header_field(const struct bzimage *image, uint16_t since, unsigned at, unsigned bytes, uint64_t otherwise)
{
	uint64_t value = 0;

	if (image->version < since || at + bytes > LINUX_HEADER_START + image->header_bytes)
		return otherwise;
	for (unsigned i = bytes; i > 0; i--)
		value = value << 8 | image->header[at - LINUX_HEADER_START + i - 1];
	return value;
}

/* Where the fields of a version end that every image of it has. */
static unsigned fields_end(uint16_t version)
{
	return version >= SINCE_COMMAND_LINE ? 0x22C : version >= SINCE_HEAP_END ? 0x226 : 0x224;
}

/* Where the protected-mode part begins: behind the boot sector and the setup's sectors. */
static uint64_t kernel_offset(const struct bzimage *image)
{
	uint64_t sectors = header_field(image, 0, SETUP_SECTORS, 1, 0);

	return ((sectors != 0 ? sectors : SETUP_SECTORS_DEFAULT) + 1) * SECTOR_BYTES;
}

/* In paragraphs, as far as the version can tell: the field outgrew its 16 bits, and before 2.04 the others were used for something else. */
static uint64_t stated_size(const struct bzimage *image)
{
	return header_field(image, 0, SYSTEM_SIZE, image->version >= SINCE_LONG_SIZE ? 4 : 2, 0);
}

/*
 * Before 2.00 the signature of a boot sector is all there is. So the size has to be right as well: some file that only begins with a boot
 * sector is none, and neither is a newer kernel whose header was damaged.
 */
static bool is_before_2_00(const struct bzimage *image)
{
	uint64_t bytes = stated_size(image) * PARAGRAPH_BYTES, offset = kernel_offset(image);
	uint64_t rest = image->file->bytes > offset ? image->file->bytes - offset : 0;

	return bytes > 0 && bytes <= rest + (PARAGRAPH_BYTES - 1) && rest <= ZIMAGE_BYTES_MAX;
}

/* The header ends where the jump over it lands. What follows it is code, and belongs to no field. */
static enum status find_header_end(struct bzimage *image, uint64_t available, struct err *err)
{
	const char *path = image->file->path;
	uint64_t length = header_field(image, 0, JUMP_LENGTH, 1, 0);

	if (header_field(image, 0, JUMP, 1, 0) != JUMP_SHORT || length > JUMP_FORWARD_MAX)
		return err_set(err, ERR_CORRUPT, "{s}: there is no jump over the setup header at {a:x}", path, JUMP, 0);
	image->header_bytes = (unsigned)min_u64(available, MAGIC + length - LINUX_HEADER_START);
	if (LINUX_HEADER_START + image->header_bytes < fields_end(image->version))
		return err_set(err, ERR_CORRUPT, "{s}: the setup header ends at {a:x}, before its fields do", path,
			       LINUX_HEADER_START + image->header_bytes, 0);
	return OK;
}

static enum status read_header(struct file *file, struct bzimage *image, struct err *err)
{
	uint64_t available;

	*image = (struct bzimage){ .file = file };
	if (file->bytes < SHORTEST_FILE)
		return err_set(err, ERR_NOT_FOUND, "{s} is not a Linux kernel: it has {a} bytes", file->path, file->bytes, 0);
	available = min_u64(file->bytes, LINUX_HEADER_END_MAX) - LINUX_HEADER_START;
	if (file_read(file, LINUX_HEADER_START, available, image->header, err) != OK)
		return err->code;
	image->header_bytes = (unsigned)available;
	if (header_field(image, 0, BOOT_FLAG_AT, 2, 0) != BOOT_FLAG)
		return err_set(err, ERR_NOT_FOUND, "{s} is not a Linux kernel: it has no setup header", file->path, 0, 0);
	if (header_field(image, 0, MAGIC, 4, 0) != HEADER_MAGIC) {
		if (!is_before_2_00(image))
			return err_set(err, ERR_NOT_FOUND, "{s} is not a Linux kernel: it has no setup header", file->path, 0, 0);
		image->header_bytes = BOOT_FLAG_AT + 2 - LINUX_HEADER_START;
		return OK;
	}
	image->version = (uint16_t)header_field(image, 0, VERSION, 2, 0);
	if (image->version < SINCE_HEADER)
		return err_set(err, ERR_CORRUPT, "{s}: there is no version {a:x} of the Linux boot protocol", file->path, image->version,
			       0);
	return find_header_end(image, available, err);
}

/* Where the protected-mode part is, and whether all of it is. Signed kernels have a signature behind it, which does no harm. */
static enum status find_kernel(struct bzimage *image, struct err *err)
{
	const char *path = image->file->path;
	uint64_t stated = 0;

	image->kernel_offset = kernel_offset(image);
	if (image->kernel_offset > SETUP_BYTES_MAX + SECTOR_BYTES)
		return err_set(err, ERR_CORRUPT, "{s}: setup_sects is {a}, and real-mode code has at most {b} sectors", path,
			       image->kernel_offset / SECTOR_BYTES - 1, SETUP_BYTES_MAX / SECTOR_BYTES);
	/* Before 2.04 nothing can be told of a kernel that may be longer than its field can say. */
	if (image->version >= SINCE_LONG_SIZE || !image->loaded_high)
		stated = stated_size(image) * PARAGRAPH_BYTES;
	if (image->file->bytes <= image->kernel_offset || image->file->bytes - image->kernel_offset + (PARAGRAPH_BYTES - 1) < stated) {
		(void)err_set(err, ERR_CORRUPT, "the file has {a} bytes and its header says {b}", NULL, image->file->bytes,
			      image->kernel_offset + stated);
		return err_add(err, "the Linux kernel {s} is cut off", path, 0, 0);
	}
	image->kernel_bytes = image->file->bytes - image->kernel_offset;
	return OK;
}

/* The rule of bzimage.h. */
static const char *real_mode_reason(const struct bzimage *image)
{
	if (image->version < SINCE_COMMAND_LINE)
		return "its boot protocol is older than 2.02";
	if (!image->loaded_high)
		return "it is a zImage, which lies below 1 MiB";
	if (image->code32_start < LOAD_ADDRESS)
		return "its header names no 32-bit entry";
	return stated_size(image) == 0 ? "its header tells of no 32-bit code" : NULL;
}

static enum status check_real_mode_limits(struct bzimage *image, struct err *err)
{
	const char *path = image->file->path;

	if (image->kernel_offset > SETUP_BYTES_MAX)
		return err_set(err, ERR_CORRUPT, "{s}: the real-mode part has {a} bytes, and there is room for {b}", path,
			       image->kernel_offset, SETUP_BYTES_MAX);
	if (!image->loaded_high && image->kernel_bytes > ZIMAGE_BYTES_MAX)
		return err_set(err, ERR_TOO_BIG, "{s} is a zImage with {a} bytes to lie below 1 MiB, and there is room for {b}", path,
			       image->kernel_bytes, ZIMAGE_BYTES_MAX);
	return OK;
}

/* How a kernel may be moved. One that may not need not say anything, and one that says what cannot be is not moved. */
static void read_alignment(struct bzimage *image)
{
	uint64_t shift = header_field(image, 0x020A, MIN_ALIGN, 1, 0);
	uint32_t align = (uint32_t)header_field(image, 0x0205, KERNEL_ALIGN, 4, 0);

	image->relocatable = header_field(image, 0x0205, RELOCATABLE, 1, 0) != 0;
	image->kernel_align = image->min_align = 1;
	if (!image->relocatable)
		return;
	if (!is_power_of_two(align) || align > 1u << ALIGN_MAX_SHIFT || shift > ALIGN_MAX_SHIFT || 1u << shift > align) {
		image->departures |= DEPARTS_LINUX_ALIGNMENT;
		image->relocatable = false;
		return;
	}
	image->kernel_align = align;
	image->min_align = shift != 0 ? 1u << shift : align; /* 0: nothing less will do */
}

/* A kernel of 2.15 may say what it knows; older ones pass over what they do not know. */
static enum status read_kernel_info(struct bzimage *image, struct err *err)
{
	uint64_t offset = header_field(image, 0x020F, KERNEL_INFO_OFFSET, 4, 0);
	uint8_t info[KERNEL_INFO_BYTES] = { 0 };

	image->setup_data_type_max = UINT32_MAX;
	if (offset == 0)
		return OK;
	if (offset + sizeof info <= image->kernel_bytes &&
	    file_read(image->file, image->kernel_offset + offset, sizeof info, info, err) != OK)
		return err->code;
	if (get_le32(info) != KERNEL_INFO_MAGIC)
		image->departures |= DEPARTS_LINUX_INFO;
	else if (get_le32(info + KERNEL_INFO_SIZE) >= KERNEL_INFO_BYTES)
		image->setup_data_type_max = get_le32(info + KERNEL_INFO_TYPE_MAX) & ~SETUP_INDIRECT;
	return OK;
}

static enum status read_protected_mode(struct bzimage *image, struct err *err)
{
	if (image->preferred_address < LOAD_ADDRESS || image->preferred_address >= 1ull << 32) {
		image->departures |= DEPARTS_LINUX_ADDRESS;
		image->preferred_address = LOAD_ADDRESS;
	}
	read_alignment(image);
	return read_kernel_info(image, err);
}

enum status bzimage_open(struct file *file, struct bzimage *image, struct err *err)
{
	struct bzimage opened;
	uint64_t flags;

	if (read_header(file, &opened, err) != OK)
		return err->code;
	opened.loaded_high = (header_field(&opened, SINCE_HEADER, LOAD_FLAGS, 1, 0) & LOADED_HIGH) != 0;
	if (find_kernel(&opened, err) != OK)
		return err->code;
	flags = header_field(&opened, 0x020C, FLAGS_64, 2, 0);
	opened.has_64bit_entry = (flags & LINUX_FLAG_KERNEL_64) != 0;
	opened.takes_high_initrd = opened.has_64bit_entry && (flags & LINUX_FLAG_ABOVE_4G) != 0;
	opened.code32_start = (uint32_t)header_field(&opened, 0, CODE32_START, 4, 0);
	opened.initrd_end_max = header_field(&opened, 0x0203, INITRD_MAX, 4, initrd_max_default) + 1;
	opened.command_line_max = (uint32_t)header_field(&opened, 0x0206, COMMAND_LINE_SIZE, 4, COMMAND_LINE_DEFAULT);
	opened.preferred_address = header_field(&opened, 0x020A, PREFERRED_ADDRESS, 8, LOAD_ADDRESS);
	if (opened.preferred_address == 0)
		opened.preferred_address = LOAD_ADDRESS;
	opened.real_mode = real_mode_reason(&opened);
	/* Older kernels do not say how much room they unpack into; three times the packed size is what loaders have always left them. */
	opened.init_bytes = max_u64(header_field(&opened, 0x020A, INIT_SIZE, 4, 3 * opened.kernel_bytes), opened.kernel_bytes);
	if ((opened.real_mode != NULL ? check_real_mode_limits : read_protected_mode)(&opened, err) != OK)
		return err->code;
	*image = opened;
	return OK;
}

enum status bzimage_check_command_line(const char *options, uint64_t max, struct err *err)
{
	size_t length = text_length(options);

	if (length <= max)
		return OK;
	(void)err_set(err, ERR_TOO_BIG, "the command line has {a} bytes, and this kernel takes {b}", NULL, length, max);
	return err_hint(err, "shorten \"options\" in the entry");
}

enum status bzimage_payload(const struct bzimage *image, struct part_file *payload, struct err *err)
{
	uint64_t offset = header_field(image, 0x0208, PAYLOAD_OFFSET, 4, 0), bytes = header_field(image, 0x0208, PAYLOAD_LENGTH, 4, 0);

	if (bytes == 0)
		return err_set(err, ERR_UNSUPPORTED, "{s} does not say where its payload is", image->file->path, 0, 0);
	if (!file_has(image->file, image->kernel_offset + offset, bytes))
		return err_set(err, ERR_CORRUPT, "{s}: {a} bytes of payload at {b:x} are not in the kernel", image->file->path, bytes,
			       offset);
	part_file_init(payload, image->file, image->kernel_offset + offset, bytes);
	return OK;
}
