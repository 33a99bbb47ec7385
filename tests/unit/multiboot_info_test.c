/* SPDX-License-Identifier: MIT */
/* Multiboot 1: every field of the boot information, and the screen that a kernel asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/version.h"
#include "support_multiboot.h"
#include "support_video.h"

enum { MIB = 1 << 20, PAGE = 4096, INFORMATION_BYTES = 120 };
enum { VIDEO = 4, ADDRESSES = 1 << 16, LINEAR = 0, TEXT = 1 };

/* Bits of the first field. */
enum {
	HAS_MEMORY = 1 << 0,
	HAS_BOOT_DEVICE = 1 << 1,
	HAS_COMMAND_LINE = 1 << 2,
	HAS_MODULES = 1 << 3,
	HAS_ELF_SECTIONS = 1 << 5,
	HAS_MAP = 1 << 6,
	HAS_LOADER_NAME = 1 << 9,
	HAS_APM = 1 << 10,
	HAS_VBE = 1 << 11,
	HAS_FRAMEBUFFER = 1 << 12,
};
enum { ALWAYS = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MODULES | HAS_MAP | HAS_LOADER_NAME };

static void begin(void)
{
	multiboot_elf(false, 3, NULL, 0);
}

static void modules_are_aligned_and_whole(void **state)
{
	static uint8_t data[3 * PAGE + 5];
	static const char *const text[] = { "/vmlinuz console=hvc0 root=/dev/sda2", "/empty", "/initrd.gz" };
	static const uint32_t bytes[] = { sizeof data, 0, 1 };
	uint8_t got[sizeof data];
	uint32_t list;

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = test_segment_byte(9, i);
	begin();
	bench_add_module(&mb_bench, "/vmlinuz", "console=hvc0 root=/dev/sda2", data, bytes[0]);
	bench_add_module(&mb_bench, "/empty", "", data, bytes[1]);
	bench_add_module(&mb_bench, "/initrd.gz", "", data, bytes[2]);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(info_field(20), 3);
	list = info_field(24);
	for (unsigned i = 0; i < 3; i++) {
		uint8_t entry[16];
		uint32_t start;

		bench_read(&mb_bench, list + 16 * i, entry, sizeof entry);
		start = get_le32(entry);
		assert_int_equal(get_le32(entry + 4) - start, bytes[i]);
		assert_int_equal(start % PAGE, 0);
		assert_true(bytes[i] == 0 ? start == 0 : start >= MIB);
		info_assert_text(get_le32(entry + 8), text[i]);
		assert_int_equal(get_le32(entry + 12), 0);
		bench_read(&mb_bench, start, got, bytes[i]);
		assert_memory_equal(got, data, bytes[i]);
	}
	mb_bench.module_file[0].file.bytes = 100 * MIB;
	assert_status(ERR_NO_MEMORY, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "module 1 /vmlinuz");
}

static void information_is_complete(void **state)
{
	uint8_t bytes[24];
	uint32_t at;

	(void)state;
	begin();
	mb_bench.machine.apm = some_apm;
	mb_bench.memory.map.range[mb_bench.memory.map.count++] = (struct memory_range){ 5ull << 32, 6ull << 32, 12, 1 }; /* an old NVDIMM */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	multiboot_check_state();
	assert_int_equal(info_field(0), ALWAYS | HAS_BOOT_DEVICE | HAS_APM | HAS_FRAMEBUFFER);
	assert_int_equal(info_field(4), 639);
	assert_int_equal(info_field(8), (63 * MIB - 0x20000) / 1024);
	assert_int_equal(info_field(12), 0x8001FFFF); /* the second partition of the first disk */
	info_assert_text(info_field(16), "/boot/kernel console=com1 quiet");
	assert_int_equal(info_field(20), 0);
	for (unsigned field = 28; field < 44; field += 4)
		assert_int_equal(info_field(field), 0);
	assert_int_equal(info_field(44), 24 * mb_bench.memory.map.count);
	at = info_field(48);
	assert_int_equal(at % 4, 0);
	for (unsigned i = 0; i < mb_bench.memory.map.count; i++) {
		const struct memory_range *range = &mb_bench.memory.map.range[i];

		bench_read(&mb_bench, at + 24 * i, bytes, sizeof bytes);
		assert_int_equal(get_le32(bytes), 20);
		assert_int_equal(get_le64(bytes + 4), range->start);
		assert_int_equal(get_le64(bytes + 12), range->end - range->start);
		assert_int_equal(get_le32(bytes + 20), bench_type_for_kernel(range));
	}
	for (unsigned field = 52; field < 64; field += 4) /* drives and configuration table: nobody has them */
		assert_int_equal(info_field(field), 0);
	info_assert_text(info_field(64), "mkboot " MKBOOT_VERSION);
	bench_read(&mb_bench, info_field(68), bytes, 20);
	assert_memory_equal(bytes, "\x02\x01\x01\x00\xEF\xCD\xAB\x89\x04\x00\x02\x00\x03\x00\x05\x00\x06\x00\x07\x00", 20);
	for (unsigned field = 72; field < 88; field += 4) /* VBE */
		assert_int_equal(info_field(field), 0);
	bench_read(&mb_bench, mb_bench.plan.registers.bx + 88, bytes, 24);
	assert_memory_equal(bytes, "\x00\x80\x0B\0\0\0\0\0\xA0\0\0\0\x50\0\0\0\x19\0\0\0\x10\x02\0\0", 24); /* 80 x 25 characters */
}

static void what_is_not_known_is_left_out(void **state)
{
	(void)state;
	begin();
	mb_bench.machine.bios_drive = BIOS_DRIVE_NONE;
	mb_bench.machine.screen.kind = SCREEN_NONE;
	mb_bench.request.options = "";
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(info_field(0), ALWAYS);
	assert_int_equal(info_field(12), 0);
	for (unsigned field = 68; field < INFORMATION_BYTES; field += 4)
		assert_int_equal(info_field(field), 0);
	info_assert_text(info_field(16), "/boot/kernel");
	mb_bench.machine.bios_drive = 0x81;
	for (unsigned i = 0; i < 4; i++) { /* numbers that the byte has no room for are as unknown */
		static const uint32_t partition[] = { 0, 1, 255, 256 }, field[] = { 0x81FFFFFF, 0x8100FFFF, 0x81FEFFFF, 0x81FFFFFF };

		mb_bench.machine.boot_partition = partition[i];
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		assert_int_equal(info_field(12), field[i]);
	}
}

/* A kernel that asks for pixels gets them, and is told all about them. */
static void the_wished_screen_is_described(void **state)
{
	uint8_t bytes[512];

	(void)state;
	multiboot_elf(false, VIDEO, FIELDS(1, 2, 3, 4, 5, LINEAR, 800, 600, 32)); /* the address fields do not count */
	mb_bench.machine.video = &test_video;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_true(mb_bench.plan.video.set);
	assert_int_equal(mb_bench.plan.video.number, TEST_MODE_800);
	assert_int_equal(info_field(0), ALWAYS | HAS_BOOT_DEVICE | HAS_VBE | HAS_FRAMEBUFFER);
	bench_read(&mb_bench, info_field(72), bytes, 512);
	assert_memory_equal(bytes, test_vbe.control, 512);
	bench_read(&mb_bench, info_field(76), bytes, 256);
	assert_memory_equal(bytes, test_vbe.mode_information, 256);
	bench_read(&mb_bench, mb_bench.plan.registers.bx + 80, bytes, 40);
	assert_memory_equal(bytes, "\x15\x41\x00\xC0\x34\x12\x56\x00", 8); /* mode, interface */
	assert_int_equal(get_le64(bytes + 8), TEST_FRAMEBUFFER);
	assert_int_equal(get_le32(bytes + 16), 3200);
	assert_int_equal(get_le32(bytes + 20), 800);
	assert_int_equal(get_le32(bytes + 24), 600);
	assert_memory_equal(bytes + 28, "\x20\x01\x00\x00\x10\x08\x08\x08\x00\x08", 10);

	/* Without a size: whatever there is. */
	multiboot_elf(false, VIDEO, FIELDS(0, 0, 0, 0, 0, LINEAR, 0, 0, 0));
	mb_bench.machine.video = &test_video;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.video.number, TEST_MODE_1024);

	/* The user's word counts more. */
	mb_bench.request.settings.video = (struct video_setting){ .kind = VIDEO_KEEP };
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_false(mb_bench.plan.video.set);
	assert_int_equal(info_field(0), ALWAYS | HAS_BOOT_DEVICE | HAS_FRAMEBUFFER);
}

static void who_asks_for_text_or_nothing_gets_no_pixels(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		multiboot_elf(false, i == 0 ? 0u : VIDEO, FIELDS(0, 0, 0, 0, 0, TEXT, 800, 600, 32));
		mb_bench.machine.video = &test_video;
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		assert_false(mb_bench.plan.video.set);
		assert_int_equal(mb_bench.plan.video.screen.kind, SCREEN_TEXT);
	}
	/* What cannot be had is a note, and the kernel starts. */
	multiboot_elf(false, VIDEO, FIELDS(0, 0, 0, 0, 0, LINEAR, 800, 600, 32));
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.notes.count, 1);
	assert_int_equal(info_field(0) & HAS_FRAMEBUFFER, HAS_FRAMEBUFFER);
}

/* Section headers of an ELF32 file, and a string table that no segment loads. */
static void elf_sections_are_described(void **state)
{
	enum { SECTION_BYTES = 40, SECTIONS = 2 };
	uint8_t header[SECTION_BYTES], names[10];
	size_t headers_at;

	(void)state;
	begin();
	headers_at = (mb_image_bytes + 15) & ~(size_t)7;
	memcpy(mb_image + headers_at - 10, "\0.shstrtab", 10);
	memset(mb_image + headers_at, 0, SECTIONS * SECTION_BYTES);
	put_le32(mb_image + 32, (uint32_t)headers_at);
	put_le16(mb_image + 46, SECTION_BYTES);
	put_le16(mb_image + 48, SECTIONS);
	put_le16(mb_image + 50, 1);
	put_le32(mb_image + headers_at + SECTION_BYTES + 4, 3); /* strings */
	put_le32(mb_image + headers_at + SECTION_BYTES + 16, (uint32_t)headers_at - 10);
	put_le32(mb_image + headers_at + SECTION_BYTES + 20, 10);
	mb_bench.kernel.file.bytes = headers_at + SECTIONS * SECTION_BYTES;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(info_field(0), ALWAYS | HAS_BOOT_DEVICE | HAS_ELF_SECTIONS | HAS_FRAMEBUFFER);
	assert_int_equal(info_field(28), SECTIONS);
	assert_int_equal(info_field(32), SECTION_BYTES);
	assert_int_equal(info_field(40), 1);
	assert_int_equal(info_field(36) % 4, 0);
	bench_read(&mb_bench, info_field(36) + SECTION_BYTES, header, sizeof header);
	bench_read(&mb_bench, get_le32(header + 12), names, sizeof names);
	assert_memory_equal(names, "\0.shstrtab", 10);

	/* The kernel starts without them, too. */
	for (unsigned fail_at = 1, without = 0; without == 0; fail_at++) {
		assert_true(fail_at < 20);
		mb_bench.arena.fail_at = fail_at;
		if (bench_plan(&mb_bench) == OK)
			without += info_field(0) == (ALWAYS | HAS_BOOT_DEVICE | HAS_FRAMEBUFFER);
		else
			assert_status(ERR_NO_MEMORY, mb_bench.err.code, &mb_bench.err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_are_aligned_and_whole),
		cmocka_unit_test(information_is_complete),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(the_wished_screen_is_described),
		cmocka_unit_test(who_asks_for_text_or_nothing_gets_no_pixels),
		cmocka_unit_test(elf_sections_are_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
