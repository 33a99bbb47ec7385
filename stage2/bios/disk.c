/* SPDX-License-Identifier: MIT */
/*
 * Disks behind INT 13h: 60 KiB a call into a buffer that starts at a 64 KiB line, then one copy to where the data belong.
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
	CHS_SECTORS_MAX = 63,
	CHS_CYLINDERS = 1024,
	PACKET_BYTES = 16,
	PARAMETERS_BYTES = 0x1A,
	STATUS_BAD_COMMAND = 0x01,
	FIRST_HARD_DISK = 0x80,
};

/*
 * AH=42h. Call with DL=drive, DS:SI -> packet {u8 16, u8 0, u16 blocks, u16 offset, u16 segment, u64 lba}. Return: CF clear, or
 * AH=status. The packet is built anew for each call, because firmware may write the number of blocks into it.
 */
static uint8_t read_extended(const struct bios_disk *disk, uint64_t lba, uint32_t count)
{
	struct bios_registers registers = { .eax = 0x4200, .edx = disk->drive, .esi = LOW_FIRMWARE_BUFFER };
	uint8_t *packet = low_memory(LOW_FIRMWARE_BUFFER);

	put_le16(packet, PACKET_BYTES);
	put_le16(packet + 2, (uint16_t)count);
	put_le16(packet + 4, 0);
	put_le16(packet + 6, LOW_DISK_BUFFER >> 4);
	put_le64(packet + 8, lba);
	bios_call(INT_DISK, &registers);
	return bios_failed(&registers) ? high_byte(registers.eax) : 0;
}

/* AH=02h. Call with AL=sectors, CX=cylinder and sector, DH=head, DL=drive, ES:BX -> buffer. Return: CF clear, or AH=status. */
static uint8_t read_chs(const struct bios_disk *disk, uint64_t lba, uint32_t count)
{
	uint64_t track = lba / disk->sectors_per_track;
	uint32_t sector = (uint32_t)(lba % disk->sectors_per_track) + 1;
	uint32_t head = (uint32_t)(track % disk->heads);
	uint32_t cylinder = (uint32_t)(track / disk->heads);
	struct bios_registers registers = {
		.eax = 0x0200 | count,
		.ecx = (cylinder & 0xFF) << 8 | (cylinder >> 2 & 0xC0) | sector,
		.edx = head << 8 | disk->drive,
		.es = LOW_DISK_BUFFER >> 4,
	};

	bios_call(INT_DISK, &registers);
	return bios_failed(&registers) ? high_byte(registers.eax) : 0;
}

/* Blocks that one call may read from here on. */
static uint32_t call_blocks(const struct bios_disk *disk, uint64_t lba, uint32_t count)
{
	uint32_t limit = CALL_BYTES / disk->device.block_bytes;

	if (!disk->extended && disk->sectors_per_track != 0)
		limit = disk->sectors_per_track - (uint32_t)(lba % disk->sectors_per_track);
	return count < limit ? count : limit;
}

static bool chs_reaches(const struct bios_disk *disk, uint64_t lba)
{
	return disk->sectors_per_track != 0 && disk->device.block_bytes == 512 &&
	       lba < (uint64_t)CHS_CYLINDERS * disk->heads * disk->sectors_per_track;
}

static enum status disk_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct bios_disk *disk = (struct bios_disk *)device;
	uint8_t *at = to;

	while (count > 0) {
		uint32_t blocks = call_blocks(disk, lba, count);
		uint32_t bytes = blocks * device->block_bytes;
		uint8_t status;

		if (!disk->extended && !chs_reaches(disk, lba))
			return err_set(err, ERR_IO, "LBA {a} of {s} is beyond what this firmware can read", device->name, lba, 0);
		status = disk->extended ? read_extended(disk, lba, blocks) : read_chs(disk, lba, blocks);
		if (status == STATUS_BAD_COMMAND && disk->extended && !disk->proven && chs_reaches(disk, lba)) {
			disk->extended = false; /* claims AH=42h and has it not */
			continue;
		}
		if (status != 0) {
			err_set(err, ERR_IO, "INT 13h failed with status {a:x} while reading {b} blocks", NULL, status, blocks);
			return err_add(err, "cannot read {s} at LBA {a}", device->name, lba, 0);
		}
		disk->proven = true;
		memcpy(at, low_memory(LOW_DISK_BUFFER), bytes);
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
	uint8_t *buffer = low_memory(LOW_FIRMWARE_BUFFER);
	uint32_t bytes;

	memset(buffer, 0, PARAMETERS_BYTES); /* more is there: some firmware writes past the length that it was given */
	put_le16(buffer, PARAMETERS_BYTES);
	bios_call(INT_DISK, &registers);
	if (bios_failed(&registers) && high_byte(registers.eax) != 0)
		return;
	disk->device.blocks = get_le64(buffer + 0x10);
	bytes = get_le16(buffer + 0x18);
	if (is_power_of_two(bytes) && bytes >= BLOCK_BYTES_MIN && bytes <= BLOCK_BYTES_MAX)
		disk->device.block_bytes = bytes;
}

/*
 * AH=08h. Call with DL=drive, ES:DI=0:0. Return: CL bits 0..5 = sectors a track, CH and CL bits 6..7 = highest cylinder, DH = highest
 * head. CF may be set with AH=0, which means nothing; no sectors a track means no drive.
 */
static void read_geometry(struct bios_disk *disk)
{
	struct bios_registers registers = { .eax = 0x0800, .edx = disk->drive };
	uint32_t cylinders;

	bios_call(INT_DISK, &registers);
	if (bios_failed(&registers) && high_byte(registers.eax) != 0)
		return;
	disk->sectors_per_track = registers.ecx & CHS_SECTORS_MAX;
	disk->heads = high_byte(registers.edx) + 1u;
	cylinders = (high_byte(registers.ecx) | (registers.ecx & 0xC0) << 2) + 1;
	if (disk->device.blocks == 0)
		disk->device.blocks = (uint64_t)cylinders * disk->heads * disk->sectors_per_track;
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
	read_geometry(disk);
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
	(void)err_set(err, ERR_NOT_FOUND, "there is no disk {a}: the BIOS knows {b}", NULL, number, count);
	return err_hint(err, "disks count from 0, in the order of the BIOS; the one that it boots from is mostly the first");
}
