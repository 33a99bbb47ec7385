/* SPDX-License-Identifier: MIT */
/*
 * Disks behind INT 13h: mostly 60 KiB a call into a buffer that starts at a 64 KiB line, then one copy to where the data belong.
 *
 * 60 KiB keeps a call below the 127 sectors of Phoenix EDD and whole pages in a row, which spares NVMe and AHCI firmware its own bounce
 * buffers. Only the boot disk is opened, and a disk that an entry names; nothing is probed, and nothing is ever written.
 */
#include "stage2/bios/disk.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/print.h"
#include "core/base/span.h"
#include "stage2/bios/bios.h"
#include "stage2/bios/memory-map.h"

enum {
	INT_DISK = 0x13,
	CALL_BYTES = 60 * 1024,
	PAGE_BYTES = 4096,
	DMA_LINE = 64 * 1024, /* no call crosses a multiple of it */
	CHS_SECTORS_MAX = 63,
	CHS_CYLINDERS = 1024,
	CHS_CYLINDERS_SURE = 1022, /* more, and it may be a larger disk: the last one or two are left out by some */
	PACKET_BYTES = 16,
	PARAMETERS_BYTES = 0x1A,
	STATUS_BAD_COMMAND = 0x01,
	FAILURES_BEFORE_CHS = 2, /* the first may be the disk's: it is reset in between */
	FIRST_HARD_DISK = 0x80,
};

/* Blocks of a disk whose size the firmware does not know: what AH=42h reaches everywhere. A read behind its end fails. */
static const uint64_t BLOCKS_UNKNOWN = 1ull << 32;

static struct {
	uint32_t phys, bytes;
} buffer = { .phys = LOW_DISK_BUFFER, .bytes = CALL_BYTES };

void bios_disk_place_buffer(uint32_t low_end, uint32_t stage2_end)
{
	uint32_t behind = (stage2_end + PAGE_BYTES - 1) & ~(uint32_t)(PAGE_BYTES - 1);
	uint32_t line = LOW_DISK_BUFFER - DMA_LINE, end = (uint32_t)min_u64(low_end, LOW_DISK_BUFFER);
	uint32_t usual_bytes = low_end > LOW_DISK_BUFFER ? (uint32_t)min_u64(low_end - LOW_DISK_BUFFER, CALL_BYTES) : 0;
	uint32_t other_bytes;

	behind = behind > line ? behind : line;
	other_bytes = end > behind ? (uint32_t)min_u64(end - behind, CALL_BYTES) : 0;
	buffer.phys = LOW_DISK_BUFFER;
	buffer.bytes = usual_bytes >= PAGE_BYTES ? usual_bytes : CALL_BYTES; /* less: whoever has said so does not know */
	if (other_bytes < PAGE_BYTES || other_bytes <= usual_bytes)
		return;
	buffer.phys = behind;
	buffer.bytes = other_bytes;
}

/* What has come of a call that was to read some blocks. */
struct outcome {
	bool failed;
	bool pretended;  /* it has failed, but the firmware does not say so */
	uint8_t status;  /* AH, if the firmware does */
	uint32_t blocks; /* that were read, if it has not */
};

static struct outcome outcome_of(const struct bios_registers *registers, uint32_t blocks)
{
	/* CF decides: AH may be 0 all the same. */
	return (struct outcome){ .failed = bios_failed(registers), .status = high_byte(registers->eax), .blocks = blocks };
}

/*
 * AH=42h. Call with DL=drive, DS:SI -> packet {u8 16, u8 0, u16 blocks, u16 offset, u16 segment, u64 lba}. Return: CF clear, or
 * AH=status. The packet is built anew for each call, because firmware may write the number of blocks that it has read into it. That is
 * believed when it is low: then the rest is read again.
 */
static struct outcome read_extended(const struct bios_disk *disk, uint64_t lba, uint32_t count)
{
	struct bios_registers registers = { .eax = 0x4200, .edx = disk->drive, .esi = LOW_FIRMWARE_BUFFER };
	uint8_t *packet = low_memory(LOW_FIRMWARE_BUFFER);
	uint32_t done;

	put_le16(packet, PACKET_BYTES);
	put_le16(packet + 2, (uint16_t)count);
	put_le16(packet + 4, 0);
	put_le16(packet + 6, (uint16_t)(buffer.phys >> 4));
	put_le64(packet + 8, lba);
	bios_call(INT_DISK, &registers);
	done = get_le16(packet + 2);
	return outcome_of(&registers, done > 0 && done < count ? done : count);
}

/* AH=02h. Call with AL=sectors, CX=cylinder and sector, DH=head, DL=drive, ES:BX -> buffer. Return: CF clear, or AH=status. */
static struct outcome read_chs(const struct bios_disk *disk, uint64_t lba, uint32_t count)
{
	uint64_t track = lba / disk->sectors_per_track;
	uint32_t sector = (uint32_t)(lba % disk->sectors_per_track) + 1;
	uint32_t head = (uint32_t)(track % disk->heads);
	uint32_t cylinder = (uint32_t)(track / disk->heads);
	struct bios_registers registers = {
		.eax = 0x0200 | count,
		.ecx = (cylinder & 0xFF) << 8 | (cylinder >> 2 & 0xC0) | sector,
		.edx = head << 8 | disk->drive,
		.es = (uint16_t)(buffer.phys >> 4),
	};

	bios_call(INT_DISK, &registers);
	return outcome_of(&registers, count);
}

/*
 * AH=08h. Call with DL=drive, ES:DI=0:0. Return: CL bits 0..5 = sectors a track, CH and CL bits 6..7 = highest cylinder, DH = highest
 * head. CF may be set with AH=0, which means nothing; no sectors a track means no drive. Some firmware hangs, so it is asked only when
 * there is no other way. Returns the number of cylinders.
 */
static uint32_t read_geometry(struct bios_disk *disk)
{
	struct bios_registers registers = { .eax = 0x0800, .edx = disk->drive };

	disk->geometry_known = true;
	bios_call(INT_DISK, &registers);
	if (bios_failed(&registers) && high_byte(registers.eax) != 0)
		return 0;
	disk->sectors_per_track = registers.ecx & CHS_SECTORS_MAX;
	disk->heads = high_byte(registers.edx) + 1u;
	return (high_byte(registers.ecx) | (registers.ecx & 0xC0) << 2) + 1;
}

static bool chs_reaches(struct bios_disk *disk, uint64_t lba)
{
	if (!disk->geometry_known)
		(void)read_geometry(disk);
	return disk->sectors_per_track != 0 && disk->device.block_bytes == 512 &&
	       lba < (uint64_t)CHS_CYLINDERS * disk->heads * disk->sectors_per_track;
}

/* Blocks that one call may read from here on. */
static uint32_t call_blocks(const struct bios_disk *disk, uint64_t lba, uint32_t count, bool by_chs)
{
	uint64_t limit = buffer.bytes / disk->device.block_bytes;

	if (by_chs)
		limit = min_u64(limit, disk->sectors_per_track - lba % disk->sectors_per_track);
	return (uint32_t)min_u64(count, limit);
}

/* One call. A mark at the end of the buffer, never the same, tells when the firmware only says that it has read. */
static struct outcome read_call(const struct bios_disk *disk, uint64_t lba, uint32_t count, bool by_chs)
{
	static uint64_t mark;
	uint8_t *last = (uint8_t *)low_memory(buffer.phys) + (size_t)count * disk->device.block_bytes - sizeof mark;
	struct outcome outcome;

	mark += 0x9E3779B97F4A7C15;
	put_le64(last, mark);
	outcome = by_chs ? read_chs(disk, lba, count) : read_extended(disk, lba, count);
	if (!outcome.failed && outcome.blocks == count && get_le64(last) == mark)
		outcome = (struct outcome){ .failed = true, .pretended = true };
	return outcome;
}

static enum status call_failed(const struct bios_disk *disk, uint64_t lba, uint32_t count, const struct outcome *outcome, struct err *err)
{
	if (outcome->pretended)
		(void)err_set(err, ERR_IO, "INT 13h says that it has read {a} blocks, but it has not", NULL, count, 0);
	else
		(void)err_set(err, ERR_IO, "INT 13h failed with status {a:x} while reading {b} blocks", NULL, outcome->status, count);
	return err_add(err, "cannot read {s} at LBA {a}", disk->device.name, lba, 0);
}

/*
 * Whether to try AH=02h in place of a read by AH=42h that has failed. Not once AH=42h has worked: an error is the disk's then, and a
 * geometry that nobody has tested could only hide it behind wrong data.
 */
static bool tries_chs(struct bios_disk *disk, uint64_t lba, uint8_t status)
{
	if (disk->proven)
		return false;
	disk->failures++;
	return (status == STATUS_BAD_COMMAND || disk->failures >= FAILURES_BEFORE_CHS) && chs_reaches(disk, lba);
}

/* Reads some blocks into the buffer: *blocks, at most `count`. */
static enum status read_piece(struct bios_disk *disk, uint64_t lba, uint32_t count, uint32_t *blocks, struct err *err)
{
	bool by_chs = (!disk->extended || disk->prefers_chs) && chs_reaches(disk, lba);
	uint32_t wanted = call_blocks(disk, lba, count, by_chs);
	struct outcome outcome;

	if (!disk->extended && !by_chs)
		return err_set(err, ERR_IO, "LBA {a} of {s} is beyond what this firmware can read", disk->device.name, lba, 0);
	outcome = read_call(disk, lba, wanted, by_chs);
	if (!outcome.failed) {
		disk->proven = disk->proven || !by_chs;
	} else if (!by_chs && tries_chs(disk, lba, outcome.status)) {
		wanted = call_blocks(disk, lba, count, true);
		outcome = read_call(disk, lba, wanted, true);
		disk->prefers_chs = !outcome.failed;
	}
	*blocks = outcome.blocks;
	return outcome.failed ? call_failed(disk, lba, wanted, &outcome, err) : OK;
}

static enum status disk_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct bios_disk *disk = (struct bios_disk *)device;
	uint8_t *at = to;

	while (count > 0) {
		uint32_t blocks = 0;
		size_t bytes;

		if (read_piece(disk, lba, count, &blocks, err) != OK)
			return err->code;
		bytes = (size_t)blocks * device->block_bytes;
		memcpy(at, low_memory(buffer.phys), bytes);
		at += bytes;
		lba += blocks;
		count -= blocks;
	}
	return OK;
}

/* AH=00h, reset. Call with DL=drive. */
static void disk_reset(struct block_device *device)
{
	struct bios_registers registers = { .edx = ((struct bios_disk *)device)->drive };

	bios_call(INT_DISK, &registers);
}

static const struct block_ops bios_disk_ops = { .read = disk_read, .reset = disk_reset };

/* AH=41h. Call with BX=55AAh DL=drive. Return: CF clear, BX=AA55h, CX bit 0: AH=42h is there. */
static bool has_extensions(uint8_t drive)
{
	struct bios_registers registers = { .eax = 0x4100, .ebx = 0x55AA, .edx = drive };

	bios_call(INT_DISK, &registers);
	return !bios_failed(&registers) && (registers.ebx & 0xFFFF) == 0xAA55 && (registers.ecx & 1) != 0;
}

/*
 * AH=48h. Call with DL=drive, DS:SI -> buffer, u16 at 0 its length. Return: u64 at 10h = blocks, u16 at 18h = bytes of a block. CF may be
 * set with AH=0, which means nothing.
 */
static void read_parameters(struct bios_disk *disk)
{
	struct bios_registers registers = { .eax = 0x4800, .edx = disk->drive, .esi = LOW_FIRMWARE_BUFFER };
	uint8_t *answer = low_memory(LOW_FIRMWARE_BUFFER);
	uint32_t bytes;

	memset(answer, 0, PARAMETERS_BYTES); /* more is there: some firmware writes past the length that it was given */
	put_le16(answer, PARAMETERS_BYTES);
	bios_call(INT_DISK, &registers);
	if (bios_failed(&registers) && high_byte(registers.eax) != 0)
		return;
	disk->device.blocks = get_le64(answer + 0x10);
	bytes = get_le16(answer + 0x18);
	if (is_power_of_two(bytes) && bytes >= BLOCK_BYTES_MIN && bytes <= BLOCK_BYTES_MAX)
		disk->device.block_bytes = bytes;
}

/*
 * The size where AH=48h does not know it. A geometry of all cylinders says only that the disk is at least so large, and AH=42h reads behind
 * them.
 */
static uint64_t size_without_parameters(struct bios_disk *disk)
{
	uint32_t cylinders = read_geometry(disk);
	uint64_t blocks = (uint64_t)cylinders * disk->heads * disk->sectors_per_track;

	return disk->extended && (blocks == 0 || cylinders >= CHS_CYLINDERS_SURE) ? BLOCKS_UNKNOWN : blocks;
}

enum status bios_disk_open(struct bios_disk *disk, uint8_t drive, struct err *err)
{
	struct text_buffer name;

	*disk = (struct bios_disk){ .device = { .ops = &bios_disk_ops, .block_bytes = 512 }, .drive = drive };
	text_buffer_init(&name, disk->name, sizeof disk->name);
	print(&name.sink, "disk %xh", drive);
	disk->device.name = disk->name;
	disk->extended = has_extensions(drive);
	if (disk->extended)
		read_parameters(disk);
	if (disk->device.blocks == 0)
		disk->device.blocks = size_without_parameters(disk);
	if (disk->device.blocks == 0)
		return err_set(err, ERR_IO, "the firmware does not know the size of {s}", disk->name, 0, 0);
	return OK;
}

/* Some firmware hangs when it is asked for a drive that it does not have, so its own count comes first. */
enum status bios_hard_disk_open(struct bios_disk *disk, unsigned number, struct err *err)
{
	uint8_t count = *(const uint8_t *)low_memory(BDA_DISK_COUNT);

	if (number < count)
		return bios_disk_open(disk, (uint8_t)(FIRST_HARD_DISK + number), err);
	(void)err_set(err, ERR_NOT_FOUND, "there is no disk {a}: the BIOS counts {b} in all", NULL, number, count);
	return err_hint(err, "disks count from 0, in the order of the BIOS; the one that it boots from is mostly the first");
}
