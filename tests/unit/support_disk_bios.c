/* SPDX-License-Identifier: MIT */
/* INT 13h for the host, with the faults of real ones. */
#include "support_disk_bios.h"

#include <string.h>

struct disk_bios disk_bios;

static uint8_t content(uint64_t lba, unsigned offset)
{
	return (uint8_t)(lba * 7 + offset * 13 + lba / 256);
}

static bool transfer(uint64_t lba, unsigned count, uint32_t address, bool extended)
{
	uint32_t end = address + count * disk_bios.block_bytes;

	if (count > disk_bios.longest_read)
		disk_bios.longest_read = count;
	assert_true(address / 0x10000 == (end - 1) / 0x10000); /* no 64 KiB line is crossed */
	if (address < disk_bios.lowest)
		disk_bios.lowest = address;
	if (end > disk_bios.highest)
		disk_bios.highest = end;
	for (unsigned i = 0; i < count; i++, lba++) {
		if (lba == disk_bios.bad_lba && (extended || !disk_bios.bad_by_extended_only))
			return false;
		for (unsigned at = 0; at < disk_bios.block_bytes; at++)
			fake_low[address + i * disk_bios.block_bytes + at] = content(lba, at);
	}
	return true;
}

static void refuse(struct bios_registers *registers, uint8_t status)
{
	registers->flags = FLAG_CARRY;
	registers->eax = (uint32_t)status << 8;
}

static void read_by_packet(struct bios_registers *registers)
{
	uint8_t *packet = fake_low + registers->ds * 16 + (registers->esi & 0xFFFF);
	uint32_t address = get_le16(packet + 6) * 16u + get_le16(packet + 4), count = get_le16(packet + 2);
	bool is_cut = (disk_bios.extended_read == EXTENDED_SHORT || disk_bios.extended_read == EXTENDED_SILENT) && count > disk_bios.most;
	uint32_t done = is_cut ? disk_bios.most : count;

	disk_bios.extended_calls++;
	if (disk_bios.extended_read == EXTENDED_PRETENDS)
		return;
	if (disk_bios.extended_read == EXTENDED_FAILS &&
	    (disk_bios.extended_works_after == 0 || disk_bios.resets < disk_bios.extended_works_after))
		refuse(registers, disk_bios.status);
	else if (!transfer(get_le64(packet + 8), done, address, true))
		refuse(registers, 0x04);
	/* Otherwise the number of blocks that were read is not reliable. */
	put_le16(packet + 2, is_cut && disk_bios.extended_read == EXTENDED_SHORT ? (uint16_t)done : 0xFFFF);
}

static void read_by_chs(struct bios_registers *registers)
{
	uint32_t cylinder = high_byte(registers->ecx) | (registers->ecx & 0xC0) << 2;
	uint64_t lba = ((uint64_t)cylinder * DISK_BIOS_HEADS + high_byte(registers->edx)) * DISK_BIOS_TRACK + (registers->ecx & 63) - 1;

	disk_bios.chs_calls++;
	if (disk_bios.chs_fails) {
		refuse(registers, 0);
		return;
	}
	assert_true((registers->ecx & 63) - 1 + low_byte(registers->eax) <= DISK_BIOS_TRACK);
	if (!transfer(lba, low_byte(registers->eax), registers->es * 16u + (registers->ebx & 0xFFFF), false))
		refuse(registers, 0x04);
}

static void parameters(struct bios_registers *registers)
{
	uint8_t *buffer = fake_low + registers->ds * 16 + (registers->esi & 0xFFFF);

	assert_int_equal(get_le16(buffer), 0x1A);
	put_le64(buffer + 0x10, disk_bios.size_unknown ? 0 : DISK_BIOS_SECTORS);
	put_le16(buffer + 0x18, (uint16_t)(disk_bios.garbage_block_bytes ? 0x1FF : disk_bios.block_bytes));
	memset(buffer + 0x1A, 0xEE, 16); /* writes past the end */
	if (disk_bios.carry_without_status)
		refuse(registers, 0);
}

static void geometry(struct bios_registers *registers)
{
	uint32_t cylinders = disk_bios.geometry_saturated ? 1023 : DISK_BIOS_SECTORS / DISK_BIOS_HEADS / DISK_BIOS_TRACK - 1;

	disk_bios.geometry_calls++;
	if (disk_bios.geometry_missing) {
		refuse(registers, 0x07);
		return;
	}
	registers->ecx = (cylinders & 0xFF) << 8 | (cylinders >> 8) << 6 | DISK_BIOS_TRACK;
	registers->edx = (DISK_BIOS_HEADS - 1) << 8 | 1;
}

static void int13(struct bios_registers *registers)
{
	assert_int_equal(low_byte(registers->edx), DISK_BIOS_DRIVE);
	registers->flags = 0;
	switch (high_byte(registers->eax)) {
	case 0x00:
		disk_bios.resets++;
		break;
	case 0x02:
		read_by_chs(registers);
		break;
	case 0x08:
		geometry(registers);
		break;
	case 0x41:
		if (!disk_bios.extensions)
			refuse(registers, 0x01);
		registers->ebx = 0xAA55;
		registers->ecx = 1;
		registers->edx = 0x1234; /* known to be lost */
		break;
	case 0x42:
		read_by_packet(registers);
		break;
	case 0x48:
		parameters(registers);
		break;
	default:
		fail_msg("INT 13h AH=%02x must not be called", high_byte(registers->eax)); /* above all no write */
	}
}

int disk_bios_reset(void **state)
{
	(void)state;
	fake_bios_reset();
	memset(&disk_bios, 0, sizeof disk_bios);
	disk_bios.extensions = true;
	disk_bios.block_bytes = 512;
	disk_bios.bad_lba = UINT64_MAX;
	disk_bios.status = 0x01;
	disk_bios.lowest = UINT32_MAX;
	fake_interrupt[0x13] = int13;
	bios_disk_place_buffer(0x9FC00, 0x40000);
	return 0;
}

void disk_bios_check_read(struct block_device *device, uint64_t lba, uint32_t count)
{
	static uint8_t data[400 * 4096];
	struct err err;

	assert_int_equal(block_read(device, lba, count, data, &err), OK);
	for (uint32_t i = 0; i < count; i++) {
		for (unsigned at = 0; at < disk_bios.block_bytes; at++)
			assert_int_equal(data[i * disk_bios.block_bytes + at], content(lba + i, at));
	}
}

struct bios_disk disk_bios_open(void)
{
	struct bios_disk disk;
	struct err err;

	assert_int_equal(bios_disk_open(&disk, DISK_BIOS_DRIVE, &err), OK);
	assert_int_equal(disk.device.blocks, DISK_BIOS_SECTORS);
	assert_string_equal(disk.device.name, "disk 80h");
	disk.device.name = "disk 80h"; /* the copy's name would point into this frame */
	return disk;
}
