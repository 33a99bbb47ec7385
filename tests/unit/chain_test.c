/* SPDX-License-Identifier: MIT */
/* The plan of a boot sector: memory, registers, the partition's entry, the BPB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "kernel-handoff/image/boot_sector.h"
#include "support_handoff.h"

enum { MIB = 1 << 20, SECTOR_AT = 0x7C00, ENTRY_AT = 0x7BE, GPT_ENTRY_BYTES = 128 };

static struct bench bench;
static struct boot_target target;
static uint8_t sector[BOOT_SECTOR_BYTES], loaded[BOOT_SECTOR_BYTES], gpt_entry[GPT_ENTRY_BYTES];

static int start(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof sector; i++)
		sector[i] = (uint8_t)(i * 31 + 5);
	put_le16(sector + 510, 0xAA55);
	bench_init(&bench, 64 * MIB, "chain", sector, sizeof sector);
	bench.memory.reservation[0].end = 0x600; /* as under a BIOS: the rest of the first page is the loader's */
	bench.memory.reservation[1].start = 0x600;
	bench.kernel.file.path = "disk 1";
	bench.request.kernel_path = "disk 1";
	target = (struct boot_target){ .bios_drive = 0x81, .block_count = 100000 };
	bench.request.target = &target;
	return 0;
}

static void plan_ok(void)
{
	assert_ok(bench_plan(&bench), &bench.err);
	bench_read(&bench, SECTOR_AT, loaded, sizeof loaded);
}

static void assert_changed_only(unsigned from, unsigned bytes, unsigned other)
{
	for (unsigned i = 0; i < sizeof sector; i++) {
		if ((i < from || i >= from + bytes) && i != other)
			assert_int_equal(loaded[i], sector[i]);
	}
}

static void assert_unchanged(void)
{
	plan_ok();
	assert_memory_equal(loaded, sector, sizeof sector);
}

static void choose_partition(void)
{
	target = (struct boot_target){ .bios_drive = 0x80, .partition = 2, .first_lba = 2048, .block_count = 20480, .type = 0x0C };
}

static void a_disk(void **state)
{
	const struct plan *plan = &bench.plan;
	uint8_t entry[16];

	(void)state;
	assert_unchanged();
	assert_int_equal(plan->mode, ENTRY_MODE_REAL);
	assert_int_equal(plan->entry, SECTOR_AT);
	assert_int_equal(plan->registers.dx, 0x81);
	assert_int_equal(plan->registers.sp, SECTOR_AT);
	assert_int_equal(plan->registers.ax, 0);
	assert_int_equal(plan->registers.di, 0);
	assert_true(plan->segments.cs == 0 && plan->segments.ds == 0 && plan->segments.es == 0 && plan->segments.ss == 0);
	assert_true(plan->segments.interrupts);
	bench_read(&bench, plan->registers.si, entry, sizeof entry); /* nothing lies in front of it */
	for (unsigned i = 0; i < sizeof entry; i++)
		assert_int_equal(entry[i], 0);
	assert_false(plan->video.set);
}

static void the_plug_and_play_structure(void **state)
{
	(void)state;
	bench.machine.pnp_phys = 0xF6540;
	plan_ok();
	assert_int_equal(bench.plan.segments.es, 0xF000);
	assert_int_equal(bench.plan.registers.di, 0x6540);
}

static void an_mbr_partition(void **state)
{
	/* LBA 2048 is cylinder 0, head 32, sector 33; LBA 22527 is 1, 102, 37: 255 heads, 63 sectors. */
	static const uint8_t expected[16] = { 0x80, 32, 33, 0, 0x0C, 102, 37, 1, 0, 8, 0, 0, 0, 0x50, 0, 0 };
	uint8_t entry[16];

	(void)state;
	choose_partition();
	plan_ok();
	assert_int_equal(bench.plan.registers.si, ENTRY_AT);
	assert_int_equal(bench.plan.registers.bp, ENTRY_AT);
	assert_int_equal(bench.plan.registers.dx, 0x80);
	bench_read(&bench, ENTRY_AT, entry, sizeof entry);
	assert_memory_equal(entry, expected, sizeof entry);
	assert_int_equal(bench_place(&bench, "partition entry")->bytes, 16);

	target.first_lba = 0x10000000; /* beyond the reach of CHS */
	plan_ok();
	bench_read(&bench, ENTRY_AT, entry, sizeof entry);
	assert_memory_equal(entry + 1, ((uint8_t[]){ 0xFE, 0xFF, 0xFF }), 3);
	assert_memory_equal(entry + 5, ((uint8_t[]){ 0xFE, 0xFF, 0xFF }), 3);

	target.first_lba = 1023ull * 255 * 63; /* its last cylinder */
	target.block_count = 1;
	plan_ok();
	bench_read(&bench, ENTRY_AT, entry, sizeof entry);
	assert_memory_equal(entry + 1, ((uint8_t[]){ 0, 0xC1, 0xFF }), 3);
}

static void a_gpt_partition(void **state)
{
	uint8_t entry[20 + GPT_ENTRY_BYTES];

	(void)state;
	choose_partition();
	memset(gpt_entry, 0x5A, sizeof gpt_entry);
	target.gpt_entry = span_of(gpt_entry, sizeof gpt_entry);
	plan_ok();
	assert_int_equal(bench.plan.registers.ax, 0x54504721);
	bench_read(&bench, bench.plan.registers.si, entry, sizeof entry);
	assert_int_equal(entry[0], 0x80);
	assert_int_equal(entry[4], 0xED);
	assert_int_equal(get_le32(entry + 8), 2048);
	assert_int_equal(get_le32(entry + 12), 20480);
	assert_int_equal(get_le32(entry + 16), GPT_ENTRY_BYTES);
	assert_memory_equal(entry + 20, gpt_entry, sizeof gpt_entry);

	target.first_lba = 1ull << 32; /* what the old fields cannot say, the new entry does */
	target.block_count = 1ull << 33;
	plan_ok();
	bench_read(&bench, bench.plan.registers.si, entry, sizeof entry);
	assert_int_equal(get_le32(entry + 8), UINT32_MAX);
	assert_int_equal(get_le32(entry + 12), UINT32_MAX);
}

/* FAT16 with all fields as mkfs.fat writes them. */
static void make_fat(bool is_32)
{
	memset(sector, 0, 90);
	memcpy(sector, "\xEB\x3C\x90mkfs.fat", 11);
	put_le16(sector + 11, 512);
	sector[13] = 4;
	put_le16(sector + 14, is_32 ? 32 : 4);
	sector[16] = 2;
	put_le16(sector + 17, is_32 ? 0 : 512);
	sector[21] = 0xF8;
	put_le16(sector + 22, is_32 ? 0 : 32);
	put_le32(sector + 0x1C, 63);
	sector[is_32 ? 0x40 : 0x24] = 0;
	sector[is_32 ? 0x42 : 0x26] = 0x29;
}

static void the_bpb_is_corrected(void **state)
{
	(void)state;
	choose_partition();
	target.bios_drive = 0x81;
	make_fat(false);
	plan_ok();
	assert_int_equal(get_le32(loaded + 0x1C), 2048);
	assert_int_equal(loaded[0x24], 0x81);
	assert_changed_only(0x1C, 4, 0x24);

	make_fat(true);
	plan_ok();
	assert_int_equal(get_le32(loaded + 0x1C), 2048);
	assert_int_equal(loaded[0x40], 0x81);
	assert_changed_only(0x1C, 4, 0x40);

	make_fat(false); /* NTFS has next to nothing of a FAT's fields */
	memcpy(sector + 3, "NTFS    ", 8);
	memset(sector + 14, 0, 7);
	put_le16(sector + 22, 0);
	sector[0x26] = 0x80;
	plan_ok();
	assert_int_equal(get_le32(loaded + 0x1C), 2048);
	assert_int_equal(loaded[0x24], 0x81);
	assert_changed_only(0x1C, 4, 0x24);
}

/* Code that looks like a BPB in all but one field is left alone. */
static void what_is_no_bpb_stays(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
	} changes[] = {
		{ 0, 0x33 }, { 2, 0 }, { 11, 1 }, { 12, 8 }, { 13, 3 }, { 14, 0 }, { 16, 0 }, { 16, 3 }, { 21, 0xE0 }, { 0x26, 0 }
	};

	(void)state;
	choose_partition();
	assert_unchanged();
	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		make_fat(false);
		sector[changes[i].at] = changes[i].value;
		assert_unchanged();
	}
	make_fat(false);
	target.partition = 0; /* a volume on the whole disk knows its place */
	target.bios_drive = 0x81;
	assert_unchanged();
	choose_partition(); /* the field has no room for it */
	target.first_lba = 1ull << 32;
	assert_unchanged();
}

static void what_cannot_be_started(void **state)
{
	(void)state;
	put_le16(sector + 510, 0x55AA);
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "does not end with 55h AAh");
	assert_hint(&bench.err, "install");

	(void)start(NULL);
	target.bios_drive = 0x80;
	assert_status(ERR_DENIED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the one that the loader itself was started from");

	(void)start(NULL);
	bench_use_uefi(&bench);
	bench.request.kernel = NULL; /* nobody looks for it */
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "\"chain\" needs a BIOS");
	assert_hint(&bench.err, "key efi");
}

static void no_modes(const struct video_mode **mode, unsigned *count)
{
	(void)mode;
	(void)count;
	fail_msg("the firmware is asked for its modes");
}

static bool no_edid(uint8_t block[EDID_BYTES])
{
	(void)block;
	fail_msg("the display is asked for its modes");
	return false;
}

static void a_mode_of_the_screen_is_not_set(void **state)
{
	static const struct video_source source = { .modes = no_modes, .edid = no_edid };
	static const struct {
		enum video_kind kind;
		unsigned notes;
	} rows[] = { { VIDEO_MODE, 1 }, { VIDEO_NATIVE, 1 }, { VIDEO_TEXT, 0 }, { VIDEO_KEEP, 0 }, { VIDEO_UNSET, 0 } };

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)start(state);
		bench.machine.video = &source;
		bench.request.settings.video = (struct video_setting){ .kind = rows[i].kind, .width = 1024, .height = 768 };
		plan_ok();
		assert_false(bench.plan.video.set);
		assert_int_equal(bench.plan.notes.count, rows[i].notes);
	}
}

static void faults_are_reported(void **state)
{
	(void)state;
	bench_fault_loop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_disk, start),
		cmocka_unit_test_setup(the_plug_and_play_structure, start),
		cmocka_unit_test_setup(an_mbr_partition, start),
		cmocka_unit_test_setup(a_gpt_partition, start),
		cmocka_unit_test_setup(the_bpb_is_corrected, start),
		cmocka_unit_test_setup(what_is_no_bpb_stays, start),
		cmocka_unit_test_setup(what_cannot_be_started, start),
		cmocka_unit_test_setup(a_mode_of_the_screen_is_not_set, start),
		cmocka_unit_test_setup(faults_are_reported, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
