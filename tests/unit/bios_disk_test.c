/* SPDX-License-Identifier: MIT */
/* INT 13h against firmware that behaves as the field's does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "stage2/bios/disk.h"
#include "support_bios.h"

enum { DRIVE = 0x80, SECTORS = 63 * 16 * 20, HEADS = 16, TRACK = 63 };

static struct {
	bool extensions, extended_read_missing, size_unknown, garbage_block_bytes, carry_without_status;
	uint32_t block_bytes;
	unsigned longest_read, resets;
	uint64_t bad_lba; /* UINT64_MAX: none */
} firmware;

static uint8_t content(uint64_t lba, unsigned offset)
{
	return (uint8_t)(lba * 7 + offset * 13 + lba / 256);
}

static bool transfer(uint64_t lba, unsigned count, uint32_t address)
{
	if (count > firmware.longest_read)
		firmware.longest_read = count;
	assert_true(address / 0x10000 == (address + count * firmware.block_bytes - 1) / 0x10000); /* no 64 KiB line is crossed */
	for (unsigned i = 0; i < count; i++, lba++) {
		if (lba == firmware.bad_lba)
			return false;
		for (unsigned at = 0; at < firmware.block_bytes; at++)
			fake_low[address + i * firmware.block_bytes + at] = content(lba, at);
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
	uint32_t address = get_le16(packet + 6) * 16u + get_le16(packet + 4);

	if (firmware.extended_read_missing)
		refuse(registers, 0x01);
	else if (!transfer(get_le64(packet + 8), get_le16(packet + 2), address))
		refuse(registers, 0x04);
	put_le16(packet + 2, 0xFFFF); /* the number of blocks that were read is not reliable */
}

static void read_by_chs(struct bios_registers *registers)
{
	uint32_t cylinder = high_byte(registers->ecx) | (registers->ecx & 0xC0) << 2;
	uint64_t lba = ((uint64_t)cylinder * HEADS + high_byte(registers->edx)) * TRACK + (registers->ecx & 63) - 1;

	assert_true((registers->ecx & 63) - 1 + low_byte(registers->eax) <= TRACK);
	if (!transfer(lba, low_byte(registers->eax), registers->es * 16u + (registers->ebx & 0xFFFF)))
		refuse(registers, 0x04);
}

static void parameters(struct bios_registers *registers)
{
	uint8_t *buffer = fake_low + registers->ds * 16 + (registers->esi & 0xFFFF);

	assert_int_equal(get_le16(buffer), 0x1A);
	put_le64(buffer + 0x10, firmware.size_unknown ? 0 : SECTORS);
	put_le16(buffer + 0x18, (uint16_t)(firmware.garbage_block_bytes ? 0x1FF : firmware.block_bytes));
	memset(buffer + 0x1A, 0xEE, 16); /* writes past the end */
	if (firmware.carry_without_status)
		refuse(registers, 0);
}

static void geometry(struct bios_registers *registers)
{
	uint32_t cylinders = SECTORS / HEADS / TRACK - 1;

	registers->ecx = (cylinders & 0xFF) << 8 | (cylinders >> 8) << 6 | TRACK;
	registers->edx = (HEADS - 1) << 8 | 1;
}

static void int13(struct bios_registers *registers)
{
	assert_int_equal(low_byte(registers->edx), DRIVE);
	registers->flags = 0;
	switch (high_byte(registers->eax)) {
	case 0x00:
		firmware.resets++;
		break;
	case 0x02:
		read_by_chs(registers);
		break;
	case 0x08:
		geometry(registers);
		break;
	case 0x41:
		if (!firmware.extensions)
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

static int reset(void **state)
{
	(void)state;
	fake_bios_reset();
	memset(&firmware, 0, sizeof firmware);
	firmware.extensions = true;
	firmware.block_bytes = 512;
	firmware.bad_lba = UINT64_MAX;
	fake_interrupt[0x13] = int13;
	return 0;
}

static void check_read(struct bios_disk *disk, uint64_t lba, uint32_t count)
{
	static uint8_t data[400 * 4096];
	struct err err;

	assert_int_equal(block_read(&disk->device, lba, count, data, &err), OK);
	for (uint32_t i = 0; i < count; i++) {
		for (unsigned at = 0; at < firmware.block_bytes; at++)
			assert_int_equal(data[i * firmware.block_bytes + at], content(lba + i, at));
	}
}

static struct bios_disk open_disk(void)
{
	struct bios_disk disk;
	struct err err;

	assert_int_equal(bios_disk_open(&disk, DRIVE, &err), OK);
	assert_int_equal(disk.device.blocks, SECTORS);
	assert_string_equal(disk.device.name, "disk 80h");
	disk.device.name = "disk 80h"; /* the copy's name would point into this frame */
	return disk;
}

static void reads_in_large_calls(void **state)
{
	struct bios_disk disk = open_disk();

	(void)state;
	check_read(&disk, 17, 400);
	assert_int_equal(firmware.longest_read, 120);
}

static void reads_blocks_of_4096_bytes(void **state)
{
	struct bios_disk disk;

	(void)state;
	firmware.block_bytes = 4096;
	disk = open_disk();
	assert_int_equal(disk.device.block_bytes, 4096);
	check_read(&disk, 3, 40);
	assert_int_equal(firmware.longest_read, 15);
}

static void reads_without_extensions(void **state)
{
	struct bios_disk disk;

	(void)state;
	firmware.extensions = false;
	disk = open_disk();
	check_read(&disk, 0, 1);
	check_read(&disk, 60, 300);
	check_read(&disk, 17000, 200);
}

static void falls_back_when_extensions_are_a_lie(void **state)
{
	struct bios_disk disk;

	(void)state;
	firmware.extended_read_missing = true;
	disk = open_disk();
	check_read(&disk, 60, 300);
	assert_true(disk.prefers_chs);
}

/* "No such function" once it has worked is an ordinary error: CHS would reach only the start of the disk. */
static void one_odd_status_does_not_cost_the_extensions(void **state)
{
	struct bios_disk disk = open_disk();
	static uint8_t data[512];
	struct err err;

	(void)state;
	check_read(&disk, 0, 8);
	firmware.extended_read_missing = true;
	assert_int_equal(block_read(&disk.device, 8, 1, data, &err), ERR_IO);
	firmware.extended_read_missing = false;
	check_read(&disk, SECTORS - 8, 8);
	assert_true(disk.extended);
}

static void does_not_read_beyond_the_reach_of_chs(void **state)
{
	struct bios_disk disk;
	static uint8_t data[512];
	struct err err;

	(void)state;
	firmware.extensions = false;
	disk = open_disk();
	disk.device.blocks = 1u << 24;
	assert_int_equal(block_read(&disk.device, 1024 * HEADS * TRACK, 1, data, &err), ERR_IO);
}

static void takes_the_size_from_the_geometry(void **state)
{
	(void)state;
	firmware.size_unknown = true;
	check_read(&(struct bios_disk[]){ open_disk() }[0], 0, 10);
}

static void distrusts_odd_block_sizes_and_bogus_carry(void **state)
{
	struct bios_disk disk;

	(void)state;
	firmware.garbage_block_bytes = firmware.carry_without_status = true;
	disk = open_disk();
	assert_int_equal(disk.device.block_bytes, 512);
}

static void names_the_bad_place(void **state)
{
	struct bios_disk disk = open_disk();
	struct block_retry retry;
	static uint8_t data[300 * 512];
	struct err err;

	(void)state;
	firmware.bad_lba = 1234;
	block_retry_init(&retry, &disk.device);
	assert_int_equal(block_read(&retry.device, 1100, 300, data, &err), ERR_IO);
	assert_true(firmware.resets > 0);
	for (unsigned i = 0; i < err.depth; i++) {
		if (strstr(err.frame[i].what, "LBA {a}") && err.frame[i].a == 1234)
			return;
	}
	fail_msg("the trail does not name LBA 1234");
}

/* What the firmware does not count is not even asked for: some hangs then. */
static void opens_only_disks_that_are_counted(void **state)
{
	struct bios_disk disk;
	struct err err;

	(void)state;
	fake_low[BDA_DISK_COUNT] = 1;
	assert_int_equal(bios_hard_disk_open(&disk, 0, &err), OK);
	assert_int_equal(disk.drive, DRIVE);
	check_read(&disk, 0, 8);
	fake_calls = 0;
	for (unsigned number = 1; number < 128; number++)
		assert_int_equal(bios_hard_disk_open(&disk, number, &err), ERR_NOT_FOUND);
	assert_int_equal(fake_calls, 0);
	assert_non_null(err.hint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_in_large_calls, reset),
		cmocka_unit_test_setup(reads_blocks_of_4096_bytes, reset),
		cmocka_unit_test_setup(reads_without_extensions, reset),
		cmocka_unit_test_setup(falls_back_when_extensions_are_a_lie, reset),
		cmocka_unit_test_setup(one_odd_status_does_not_cost_the_extensions, reset),
		cmocka_unit_test_setup(does_not_read_beyond_the_reach_of_chs, reset),
		cmocka_unit_test_setup(takes_the_size_from_the_geometry, reset),
		cmocka_unit_test_setup(distrusts_odd_block_sizes_and_bogus_carry, reset),
		cmocka_unit_test_setup(names_the_bad_place, reset),
		cmocka_unit_test_setup(opens_only_disks_that_are_counted, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
