/* SPDX-License-Identifier: MIT */
/* Making and checking the boot sector and the copies of stage 2. */
#include "disk-tools/stage2_copy.h"

#include "core/hash/crc32.h"
#include "disk-tools/host_disk.h" // read_fully, write_fully

#include <errno.h>
#include <string.h>

extern const uint8_t payload_mbr[], payload_stage2[], payload_stage2_end[];

static const char mbr_mark[] = "MKBOOT  "; /* at MBR_BPB_OFFSET, where others keep the maker's name */

struct span stage1_code(void)
{
	return span_of(payload_mbr, MBR_BYTES);
}

struct span stage2_image(void)
{
	return span_of(payload_stage2, (size_t)(payload_stage2_end - payload_stage2));
}

enum exit_code stage1_write(int fd, const char *path, uint64_t copy_a_lba, uint64_t copy_b_lba)
{
	uint8_t code[MBR_CODE_BYTES];

	memcpy(code, payload_mbr, sizeof code);
	put_le64(code + MBR_COPY_A_LBA_OFFSET, copy_a_lba);
	put_le64(code + MBR_COPY_B_LBA_OFFSET, copy_b_lba);
	if (!write_fully(fd, code, sizeof code, 0))
		return fail_errno(EXIT_IO, "cannot write the boot sector", path, errno);
	return EXIT_OK;
}

enum exit_code stage1_mark_active(int fd, const char *path)
{
	static const uint8_t active = 0x80;

	if (!write_fully(fd, &active, 1, MBR_TABLE_OFFSET))
		return fail_errno(EXIT_IO, "cannot write the boot sector", path, errno);
	return EXIT_OK;
}

/* The sum of the little-endian u32 of the first block. */
static uint32_t block_sum(const uint8_t *block)
{
	uint32_t sum = 0;

	for (unsigned at = 0; at < LAYOUT_SECTOR_BYTES; at += 4)
		sum += get_le32(block + at);
	return sum;
}

static uint32_t rest_crc(const uint8_t *copy, size_t bytes)
{
	return crc32_update(0, copy + LAYOUT_SECTOR_BYTES, bytes - LAYOUT_SECTOR_BYTES);
}

enum exit_code stage2_copy_write(int fd, const char *path, uint64_t lba, uint32_t sequence)
{
	static uint8_t copy[STAGE2_MAX_BYTES];
	size_t bytes = stage2_image().bytes;

	memcpy(copy, payload_stage2, bytes);
	put_le32(copy + STAGE2_SEQUENCE_OFFSET, sequence);
	put_le32(copy + STAGE2_CRC_OFFSET, rest_crc(copy, bytes));
	put_le32(copy + STAGE2_SUM_OFFSET, 0);
	put_le32(copy + STAGE2_SUM_OFFSET, 0u - block_sum(copy));
	if (!write_fully(fd, copy, bytes, lba * LAYOUT_SECTOR_BYTES))
		return fail_errno(EXIT_IO, "cannot write a copy of stage 2", path, errno);
	return EXIT_OK;
}

enum stage1_state stage1_inspect(struct span sector, uint64_t *copy_a_lba, uint64_t *copy_b_lba)
{
	uint16_t signature = 0;
	bool same;

	if (!span_le16(sector, MBR_SIGNATURE_OFFSET, &signature) || signature != MBR_SIGNATURE)
		return STAGE1_ABSENT;
	/* The BPB area is anyone's: firmware and partitioning tools may have changed it. */
	same = memcmp(sector.data, payload_mbr, MBR_BPB_OFFSET) == 0 &&
	       memcmp(sector.data + MBR_BPB_END, payload_mbr + MBR_BPB_END, MBR_COPY_A_LBA_OFFSET - MBR_BPB_END) == 0;
	if (!same && memcmp(sector.data + MBR_BPB_OFFSET, mbr_mark, sizeof mbr_mark - 1) != 0)
		return STAGE1_ABSENT;
	*copy_a_lba = get_le64(sector.data + MBR_COPY_A_LBA_OFFSET);
	*copy_b_lba = get_le64(sector.data + MBR_COPY_B_LBA_OFFSET);
	return same ? STAGE1_OURS : STAGE1_OTHER;
}

static struct stage2_copy damaged(struct stage2_copy copy, const char *damage)
{
	copy.state = STAGE2_DAMAGED;
	copy.damage = damage;
	return copy;
}

struct stage2_copy stage2_copy_inspect(struct span bytes)
{
	struct stage2_copy copy = { .state = STAGE2_ABSENT };
	uint32_t format;

	if (bytes.bytes < LAYOUT_SECTOR_BYTES ||
	    !span_equal(span_part(bytes, STAGE2_MAGIC_OFFSET, STAGE2_MAGIC_BYTES), STAGE2_MAGIC, STAGE2_MAGIC_BYTES))
		return copy;
	format = get_le32(bytes.data + STAGE2_FORMAT_OFFSET);
	copy.length = get_le32(bytes.data + STAGE2_LENGTH_OFFSET);
	copy.crc = get_le32(bytes.data + STAGE2_CRC_OFFSET);
	copy.sequence = get_le32(bytes.data + STAGE2_SEQUENCE_OFFSET);
	memcpy(copy.version, bytes.data + STAGE2_VERSION_OFFSET, STAGE2_VERSION_BYTES);
	if (block_sum(bytes.data) != 0)
		return damaged(copy, "the sum of its first sector is wrong");
	if (format != STAGE2_FORMAT)
		return damaged(copy, "its format is not known to this version of mkboot");
	if (copy.length <= LAYOUT_SECTOR_BYTES || copy.length % LAYOUT_SECTOR_BYTES != 0 || copy.length > STAGE2_MAX_BYTES)
		return damaged(copy, "its length is not possible");
	if (copy.length > bytes.bytes)
		return damaged(copy, "it does not end within the disk");
	if (rest_crc(bytes.data, copy.length) != copy.crc)
		return damaged(copy, "the CRC is wrong");
	copy.state = STAGE2_GOOD;
	return copy;
}

const char *stage1_state_name(enum stage1_state state)
{
	static const char *const names[] = { [STAGE1_ABSENT] = "absent", [STAGE1_OTHER] = "other version", [STAGE1_OURS] = "ok" };

	return names[state];
}

const char *stage2_state_name(enum stage2_state state)
{
	static const char *const names[] = { [STAGE2_ABSENT] = "absent", [STAGE2_DAMAGED] = "damaged", [STAGE2_GOOD] = "ok" };

	return names[state];
}
