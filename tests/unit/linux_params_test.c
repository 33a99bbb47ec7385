/* SPDX-License-Identifier: MIT */
/* boot_params of the Linux boot protocol: header, command line, memory map, screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "support_linux.h"
#include "support_video.h"

enum { MIB = 1 << 20, PAGE = 4096 };

static void boot_params_are_filled(void **state)
{
	static const char data[] = "abcdefghi";

	(void)state;
	linux_start(0x020F, 64 * MIB);
	linux_bench.machine.rsdp_phys = 0xF5A20;
	bench_add_module(&linux_bench, "/initrd", "", data, 9);
	linux_plan_ok();
	assert_int_equal(linux_params[0x00], 3);
	assert_int_equal(linux_params[0x01], 7);
	assert_int_equal(linux_params[0x06], 3);
	assert_int_equal(linux_params[0x07], 80);
	assert_int_not_equal(linux_params[0x0A], 0x10); /* that would be "no EGA" */
	assert_int_equal(linux_params[0x0E], 25);
	assert_int_equal(linux_params[0x0F], 1);
	assert_int_equal(get_le16(linux_params + 0x10), 16);
	assert_int_equal(get_le64(linux_params + 0x70), 0xF5A20);
	assert_int_equal(linux_params[0x1E8], linux_bench.memory.map.count);
	assert_int_equal(linux_params[0x1EF], 0); /* the sentinel */
	for (unsigned i = 0; i < linux_bench.memory.map.count; i++) {
		assert_int_equal(get_le64(linux_params + 0x2D0 + 20 * i), linux_bench.memory.map.range[i].start);
		assert_int_equal(get_le64(linux_params + 0x2D8 + 20 * i),
				 linux_bench.memory.map.range[i].end - linux_bench.memory.map.range[i].start);
		assert_int_equal(get_le32(linux_params + 0x2E0 + 20 * i), bench_type_for_kernel(&linux_bench.memory.map.range[i]));
	}
	assert_int_equal(linux_params[0x1F1], LINUX_SETUP_SECTORS); /* the header as it was */
	assert_memory_equal(linux_params + 0x202, "HdrS", 4);
	assert_int_equal(get_le64(linux_params + 0x258), 0x1000000);
	assert_int_equal(linux_params[0x267], linux_image[0x267]);
	assert_int_equal(linux_params[0x268], 0); /* and nothing of what follows it */
	assert_int_equal(linux_params[0x210], 0xFF);
	assert_int_equal(get_le32(linux_params + 0x214), 0x1000000);
	assert_int_equal(get_le64(linux_params + 0x250), 0);

	uint32_t initrd = get_le32(linux_params + 0x218), command_line = get_le32(linux_params + 0x228);
	char text[32];

	assert_int_equal(get_le32(linux_params + 0x21C), 9);
	assert_true(initrd % PAGE == 0 && initrd >= MIB);
	bench_read(&linux_bench, initrd, text, 9);
	assert_memory_equal(text, data, 9);
	bench_read(&linux_bench, command_line, text, 19);
	assert_string_equal(text, "console=com1 quiet");
}

static void command_lines_have_limits(void **state)
{
	static char text[4096];

	(void)state;
	linux_start(0x020F, 64 * MIB);
	memset(text, 'x', 2047);
	linux_bench.request.options = text;
	linux_plan_ok();
	text[2047] = 'x';
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "2048 bytes, and this kernel takes 2047");
	linux_start(0x0205, 64 * MIB); /* 255 before the field came */
	linux_bench.request.options = text + 2048 - 255;
	linux_plan_ok();
	linux_bench.request.options--;
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);
}

static void long_maps_go_into_an_extension(void **state)
{
	uint8_t more[20];
	uint64_t at;

	(void)state;
	linux_start(0x020F, 64 * MIB);
	while (linux_bench.memory.map.count < 130) {
		uint64_t start_at = (8ull << 32) + linux_bench.memory.map.count * 2ull * MIB;

		linux_bench.memory.map.range[linux_bench.memory.map.count++] =
			(struct memory_range){ start_at, start_at + MIB, MEMORY_NVS, 1 };
	}
	linux_bench.memory.map.range[128].type = BENCH_FIRMWARE_TYPE;
	linux_plan_ok();
	assert_int_equal(linux_params[0x1E8], 128);
	at = get_le64(linux_params + 0x250);
	assert_true(at % 8 == 0 && at > linux_bench.plan.registers.si);
	bench_read(&linux_bench, at, more, 16);
	assert_int_equal(get_le64(more), 0);
	assert_int_equal(get_le32(more + 8), 1);
	assert_int_equal(get_le32(more + 12), 40);
	bench_read(&linux_bench, at + 16, more, 20);
	assert_int_equal(get_le32(more + 16), MEMORY_RESERVED);
	bench_read(&linux_bench, at + 16 + 20, more, 20);
	assert_int_equal(get_le64(more), linux_bench.memory.map.range[129].start);
	assert_int_equal(get_le32(more + 16), MEMORY_NVS);
	linux_image[0x207] = 2;
	linux_image[0x206] = 8; /* no setup_data before 2.09 */
	linux_plan_ok();
	assert_int_equal(get_le64(linux_params + 0x250), 0);
	assert_int_equal(linux_params[0x1E8], 128);
}

static void set_random_seed(void)
{
	linux_bench.machine.has_random_seed = true;
	for (unsigned i = 0; i < RANDOM_SEED_BYTES; i++)
		linux_bench.machine.random_seed[i] = (uint8_t)(0xA0 + i);
}

/* Reads an element of the list, which must have this type and length, and returns where the next one is. */
static uint64_t read_element(uint64_t at, uint32_t type, uint32_t bytes)
{
	uint8_t header[16];

	assert_true(at % 8 == 0 && at > linux_bench.plan.registers.si);
	bench_read(&linux_bench, at, header, sizeof header);
	assert_int_equal(get_le32(header + 8), type);
	assert_int_equal(get_le32(header + 12), bytes);
	return get_le64(header);
}

static void a_random_seed_is_passed_on(void **state)
{
	uint8_t seed[RANDOM_SEED_BYTES];
	uint64_t at;

	(void)state;
	linux_start(0x0209, 64 * MIB);
	set_random_seed();
	linux_plan_ok();
	at = get_le64(linux_params + 0x250);
	assert_int_equal(read_element(at, 9, 32), 0);
	bench_read(&linux_bench, at + 16, seed, sizeof seed);
	assert_memory_equal(seed, linux_bench.machine.random_seed, sizeof seed);

	while (linux_bench.memory.map.count < 129) { /* behind a list of ranges */
		uint64_t start_at = (8ull << 32) + linux_bench.memory.map.count * 2ull * MIB;

		linux_bench.memory.map.range[linux_bench.memory.map.count++] =
			(struct memory_range){ start_at, start_at + MIB, MEMORY_NVS, 1 };
	}
	linux_plan_ok();
	at = read_element(get_le64(linux_params + 0x250), 1, 20);
	assert_int_equal(read_element(at, 9, 32), 0);

	linux_image[0x206] = 8; /* no list before 2.09 */
	linux_plan_ok();
	assert_int_equal(get_le64(linux_params + 0x250), 0);

	linux_start_with_info(0x400, 9); /* the kernel may say what it takes */
	set_random_seed();
	linux_plan_ok();
	(void)read_element(get_le64(linux_params + 0x250), 9, 32);
	linux_start_with_info(0x400, 8);
	set_random_seed();
	linux_plan_ok();
	assert_int_equal(get_le64(linux_params + 0x250), 0);
	linux_bench.machine.has_random_seed = false;
	linux_start_with_info(0x400, 9);
	linux_plan_ok();
	assert_int_equal(get_le64(linux_params + 0x250), 0);
}

/* What Linux is told of the screen is what the plan sets, not what there was. */
static const struct video_mode video_modes[] = {
	{ 0x118, { TEST_SCREEN(0xE0000000, 1024, 768) } },
	{ 0x115, { TEST_SCREEN(0x8E0000000, 800, 600) } },
};

static void list_modes(const struct video_mode **mode, unsigned *count)
{
	*mode = video_modes;
	*count = sizeof video_modes / sizeof *video_modes;
}

static bool tell_vbe(uint32_t number, struct vbe_information *information)
{
	*information = (struct vbe_information){ .mode = (uint16_t)number, .mode_information = { 0xBB, 0x01 } };
	return true;
}

static void the_screen_is_the_one_of_the_plan(void **state)
{
	static const struct video_source source = { .modes = list_modes, .vbe = tell_vbe };

	(void)state;
	linux_start(0x020F, 64 * MIB);
	linux_bench.machine.video = &source;
	linux_plan_ok(); /* Linux wishes for nothing */
	assert_false(linux_bench.plan.video.set);
	assert_int_equal(linux_params[0x0F], 1);
	linux_bench.request.settings.video = (struct video_setting){ VIDEO_MODE, 1024, 768, 0 };
	linux_plan_ok();
	assert_true(linux_bench.plan.video.set);
	assert_int_equal(linux_bench.plan.video.number, 0x118);
	assert_int_equal(linux_params[0x0F], 0x23);
	assert_int_equal(get_le16(linux_params + 0x12), 1024);
	assert_int_equal(get_le16(linux_params + 0x34), 0x01BB); /* attributes of the mode */
	assert_int_equal(get_le32(linux_params + 0x36), 0);      /* capabilities: the base has 32 bits */
	assert_int_equal(get_le32(linux_params + 0x3A), 0);
	linux_bench.request.settings.video = (struct video_setting){ VIDEO_MODE, 800, 600, 0 };
	linux_plan_ok();
	assert_int_equal(get_le32(linux_params + 0x18), 0xE0000000);
	assert_int_equal(get_le32(linux_params + 0x36), 2);
	assert_int_equal(get_le32(linux_params + 0x3A), 8);
}

static void linear_screens(void **state)
{
	(void)state;
	linux_start(0x020F, 64 * MIB);
	linux_bench.machine.screen = (struct screen){ SCREEN_LINEAR, 0xE0000000, 4096, 1024, 768, 32, .red = { 16, 8 }, .green = { 8, 7 } };
	linux_bench.machine.screen.blue.bits = 6;
	linux_bench.machine.screen.reserved.position = 24;
	linux_bench.machine.screen.reserved.bits = 5;
	linux_plan_ok();
	assert_int_equal(linux_params[0x0F], 0x23);
	assert_int_equal(get_le16(linux_params + 0x12), 1024);
	assert_int_equal(get_le16(linux_params + 0x14), 768);
	assert_int_equal(get_le16(linux_params + 0x16), 32);
	assert_int_equal(get_le32(linux_params + 0x18), 0xE0000000);
	assert_int_equal(get_le32(linux_params + 0x1C), 48);
	assert_int_equal(get_le16(linux_params + 0x24), 4096);
	assert_memory_equal(linux_params + 0x26, "\x08\x10\x07\x08\x06\x00\x05\x18", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_params_are_filled),
		cmocka_unit_test(command_lines_have_limits),
		cmocka_unit_test(long_maps_go_into_an_extension),
		cmocka_unit_test(a_random_seed_is_passed_on),
		cmocka_unit_test(the_screen_is_the_one_of_the_plan),
		cmocka_unit_test(linear_screens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
