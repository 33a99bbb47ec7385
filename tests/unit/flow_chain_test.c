/* SPDX-License-Identifier: MIT */
/* Entries with `chain`: which sector of which disk is started, and what is said when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/span.h"
#include "flow/flow.h"
#include "support_image.h"
#include "support_platform.h"
#include "support_shell.h"

enum { SECTOR_AT = 0x7C00, ENTRY_AT = 0x7BE, SECOND_LBA = 20480, LOGICAL_LBA = 43008, SECTOR_BYTES = 512 };

static struct fake_platform *fake;
static struct test_disk second_disk;

/* The boot volume is partition 1 of disk.img; another volume, whose boot sector has the bytes "VOL2", is partition 2 and 5. */
static void make_disk(const char *chain, const char *table)
{
	image_begin();
	image_kernel("kernel", 0);
	image_entry("a", "title The way out\nelf /kernel\n");
	image_entry("b", chain);
	image_make("one.img");
	image_begin();
	image_make("two.img");
	shell_run("printf VOL2 | dd of=two.img bs=1 seek=128 conv=notrunc && rm -f disk.img && truncate -s 40M disk.img");
	shell_run("printf '%s' | sfdisk -q disk.img", table);
	shell_run("dd if=one.img of=disk.img bs=1M seek=1 conv=notrunc && dd if=two.img of=disk.img bs=1M seek=10 conv=notrunc");
	shell_run("dd if=two.img of=disk.img bs=1M seek=21 conv=notrunc");
}

static const char mbr[] = "label: dos\\nstart=1MiB, size=8MiB, type=ea\\nstart=10MiB, size=8MiB, type=6\\nstart=20MiB, type=5\\n"
			  "start=21MiB, size=8MiB, type=c\\n";
static const char gpt[] = "label: gpt\\nstart=1MiB, size=8MiB, type=U\\nstart=10MiB, size=8MiB, name=second\\n";

static void open_machine(void)
{
	fake = fake_platform_new("disk.img");
	fake->platform.machine.pnp_phys = 0xF6540;
}

static void open_second_disk(uint32_t block_bytes)
{
	test_disk_load(&second_disk, "disk.img", block_bytes);
	fake->second_disk = &second_disk;
}

static int tear_down(void **state)
{
	(void)state;
	if (fake->second_disk)
		test_disk_free(&second_disk);
	fake_platform_free(fake);
	return 0;
}

/* Boots; the boot sector must have been started. */
static void boot_chain(uint8_t drive)
{
	boot_run(&fake->platform);
	if (fake->jumps != 1 || strcmp(fake->plan.protocol, "chain") != 0)
		fail_msg("no boot sector was started; said: %s", fake->console_bytes);
	assert_null(fake->wrong);
	assert_int_equal(fake->plan.mode, ENTRY_MODE_REAL);
	assert_int_equal(fake->plan.entry, SECTOR_AT);
	assert_int_equal(fake->plan.registers.dx, drive);
	assert_int_equal(fake->plan.segments.es, 0xF000);
	assert_int_equal(fake->plan.registers.di, 0x6540);
}

static void assert_volume(uint32_t lba, uint8_t type)
{
	assert_memory_equal(fake->ram + SECTOR_AT + 128, "VOL2", 4);
	assert_int_equal(get_le32(fake->ram + SECTOR_AT + 0x1C), lba);
	assert_int_equal(fake->ram[ENTRY_AT], 0x80);
	assert_int_equal(fake->ram[ENTRY_AT + 4], type);
	assert_int_equal(get_le32(fake->ram + ENTRY_AT + 8), lba);
}

/* Boots; the boot sector could not be started, and the next entry was. */
static void boot_way_out(const char *trail)
{
	boot_run(&fake->platform);
	assert_console_has(fake, "mkboot: error: cannot start b.conf: ");
	assert_console_has(fake, trail);
	assert_console_has(fake, "\nmkboot: starting The way out (a.conf)\n");
	assert_int_equal(fake->jumps, 1);
	assert_string_equal(fake->plan.protocol, "elf");
}

static void partition_of_an_mbr(void **state)
{
	(void)state;
	make_disk("chain partition 2\n", mbr);
	open_machine();
	boot_chain(0x80);
	assert_volume(SECOND_LBA, 6);
	assert_int_equal(get_le32(fake->ram + ENTRY_AT + 12), 16384);
}

static void logical_partition(void **state)
{
	(void)state;
	make_disk("chain partition 5\n", mbr);
	open_machine();
	boot_chain(0x80);
	assert_volume(LOGICAL_LBA, 0x0C);
}

static void check_gpt_entry(const uint8_t *on_disk)
{
	boot_chain(0x80);
	assert_volume(SECOND_LBA, 0xED);
	assert_int_equal(fake->plan.registers.ax, 0x54504721);
	assert_int_equal(get_le32(fake->ram + ENTRY_AT + 16), 128);
	assert_memory_equal(fake->ram + ENTRY_AT + 20, on_disk, 128);
	assert_memory_equal(fake->ram + ENTRY_AT + 20 + 56, "s\0e\0c\0o\0n\0d\0", 12); /* the name, all of it */
}

static void partition_of_a_gpt(void **state)
{
	uint8_t entry[128];

	(void)state;
	make_disk("chain partition 2\n", gpt);
	open_machine();
	memcpy(entry, fake->disk.data + 2 * SECTOR_BYTES + 128, sizeof entry);
	check_gpt_entry(entry);
}

static void partition_of_a_damaged_gpt(void **state)
{
	uint8_t entry[128];

	(void)state;
	make_disk("chain partition 2\n", gpt);
	open_machine();
	memcpy(entry, fake->disk.data + 2 * SECTOR_BYTES + 128, sizeof entry);
	memset(fake->disk.data + SECTOR_BYTES, 0x55, 40 * SECTOR_BYTES / 2); /* header and array; the backups are good */
	check_gpt_entry(entry);
}

static void another_disk(void **state)
{
	(void)state;
	make_disk("chain disk 1\n", mbr);
	shell_run("printf '\\125\\252' | dd of=disk.img bs=1 seek=510 conv=notrunc");
	open_machine();
	open_second_disk(SECTOR_BYTES);
	boot_chain(0x81);
	assert_memory_equal(fake->ram + SECTOR_AT, second_disk.data, SECTOR_BYTES);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(fake->ram[ENTRY_AT + i], 0);
}

static void partition_of_another_disk(void **state)
{
	(void)state;
	make_disk("chain disk 1 partition 5\n", mbr);
	open_machine();
	open_second_disk(SECTOR_BYTES);
	second_disk.fail_at = 1; /* that is tried again */
	boot_chain(0x81);
	assert_volume(LOGICAL_LBA, 0x0C);
}

static void no_such_disk(void **state)
{
	(void)state;
	make_disk("chain disk 1 partition 2\n", mbr);
	open_machine();
	boot_way_out("boot sector of disk 1 partition 2: there is no disk 1\n");
}

static void nobody_knows_other_disks(void **state)
{
	static struct platform_ops ops;

	(void)state;
	make_disk("chain disk 1\n", mbr);
	open_machine();
	ops = *fake->platform.ops;
	ops.disk = NULL;
	fake->platform.ops = &ops;
	boot_way_out("what is on disk 1 of the machine is not known here\n");
}

static void no_such_partition(void **state)
{
	(void)state;
	make_disk("chain partition 3\n", gpt);
	open_machine();
	boot_way_out("has no partition 3\nmkboot: hint: partitions count from 1");
}

static void partition_outside_the_disk(void **state)
{
	(void)state;
	make_disk("chain partition 2\n", gpt);
	open_machine();
	fake->disk.device.blocks = SECOND_LBA + 100; /* the firmware sees less */
	boot_way_out("partition 2 does not lie on ");
	assert_console_has(fake, "mkboot: hint: the disk was cut short");
}

/* A circle of extended boot records costs the logical partitions behind it, and nothing else. */
static void circle_of_logical_partitions(void **state)
{
	enum { EBR_LBA = 40960, LINK_AT = 446 + 16 };
	const char *const entries[] = { "chain partition 2\n", "chain partition 5\n", "chain partition 6\n" };

	(void)state;
	for (unsigned i = 0; i < sizeof entries / sizeof *entries; i++) {
		uint8_t *link;

		make_disk(entries[i], mbr);
		open_machine();
		link = fake->disk.data + EBR_LBA * SECTOR_BYTES + LINK_AT;
		link[4] = 0x05;
		put_le32(link + 12, 100);
		if (i < 2)
			boot_chain(0x80);
		else
			boot_way_out("partition 6 was not found: the chain of logical partitions of ");
		assert_console_has(fake, "comes back to LBA 40960");
		if (i < 2)
			fake_platform_free(fake);
	}
}

static void no_table_on_the_disk(void **state)
{
	(void)state;
	make_disk("chain disk 1 partition 1\n", mbr);
	open_machine();
	test_disk_init(&second_disk, 1 << 20, SECTOR_BYTES);
	fake->second_disk = &second_disk;
	boot_way_out("has no partition table");
	assert_console_has(fake, "mkboot: hint: name the disk without a partition");
}

static void no_signature(void **state)
{
	(void)state;
	make_disk("chain partition 2\n", mbr);
	open_machine();
	fake->disk.data[SECOND_LBA * SECTOR_BYTES + 510] = 0;
	boot_way_out(
		"boot sector of partition 2: the sector does not end with 55h AAh: there is no boot code in it\nmkboot: hint: install");
}

static void unreadable_sector(void **state)
{
	(void)state;
	make_disk("chain partition 2\n", mbr);
	open_machine();
	fake->disk.bad_lba = SECOND_LBA;
	boot_way_out("boot sector of partition 2: ");
}

static void sectors_of_4096_bytes(void **state)
{
	(void)state;
	make_disk("chain disk 1\n", mbr);
	open_machine();
	open_second_disk(4096);
	boot_way_out("has sectors of 4096 bytes, and a boot sector has 512\n");
}

static void uefi_has_no_boot_sectors(void **state)
{
	(void)state;
	make_disk("chain partition 2\n", mbr);
	open_machine();
	fake->platform.machine.firmware = FIRMWARE_UEFI;
	boot_way_out("boot sector of partition 2: \"chain\" needs a BIOS, and this machine was started by UEFI\nmkboot: hint: UEFI starts "
		     "programs");
}

#define chain_test(function) cmocka_unit_test_teardown(function, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		chain_test(partition_of_an_mbr),
		chain_test(logical_partition),
		chain_test(partition_of_a_gpt),
		chain_test(partition_of_a_damaged_gpt),
		chain_test(another_disk),
		chain_test(partition_of_another_disk),
		chain_test(no_such_disk),
		chain_test(nobody_knows_other_disks),
		chain_test(no_such_partition),
		chain_test(partition_outside_the_disk),
		chain_test(circle_of_logical_partitions),
		chain_test(no_table_on_the_disk),
		chain_test(no_signature),
		chain_test(unreadable_sector),
		chain_test(sectors_of_4096_bytes),
		chain_test(uefi_has_no_boot_sectors),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
