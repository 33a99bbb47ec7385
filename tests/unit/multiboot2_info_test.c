/* SPDX-License-Identifier: MIT */
/* Multiboot2: consoles, modules and every tag of the boot information. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/version.h"
#include "support_multiboot2.h"
#include "support_video.h"

enum { MIB = 1 << 20, PAGE = 4096 };

static void consoles(void **state)
{
	static const struct {
		uint32_t flags;
		enum screen_kind screen;
		bool framebuffer;
		enum status expected;
	} cases[] = {
		{ 0, SCREEN_NONE, false, OK },
		{ 1, SCREEN_NONE, true, ERR_UNSUPPORTED },
		{ 3, SCREEN_TEXT, false, OK },
		{ 1, SCREEN_TEXT, false, ERR_UNSUPPORTED },
		{ 2, SCREEN_NONE, false, OK },
		{ 1, SCREEN_LINEAR, true, OK },
		{ 3, SCREEN_LINEAR, false, ERR_UNSUPPORTED },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		elf_begin(false);
		TAG(4, 0, cases[i].flags);
		if (cases[i].framebuffer)
			TAG(5, TAG_OPTIONAL, 0, 0, 0);
		header_finish();
		if (cases[i].screen == SCREEN_LINEAR)
			bench_use_uefi(&mb_bench);
		else
			mb_bench.machine.screen.kind = cases[i].screen;
		assert_status(cases[i].expected, bench_plan(&mb_bench), &mb_bench.err);
		if (cases[i].expected != OK)
			assert_trail(&mb_bench.err, "the flags tag at offset 0x1018 requires a console");
	}
}

/* What counts is the screen that the kernel will find, not the one that the loader has. */
static void the_wished_screen_is_set_and_described(void **state)
{
	static uint8_t content[1024];

	(void)state;
	elf_begin(false);
	TAG(4, 0, 1); /* a console is required, and text is not supported */
	TAG(5, 0, 800, 600, 32);
	header_finish();
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err); /* the machine shows nothing but text */
	assert_hint(&mb_bench.err, "EGA text");
	mb_bench.machine.video = &test_video;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_true(mb_bench.plan.video.set);
	assert_int_equal(mb_bench.plan.video.number, TEST_MODE_800);
	assert_int_equal(find_tag(7, 0, content, sizeof content), 776);
	assert_memory_equal(content, "\x15\x41\x00\xC0\x34\x12\x56\x00", 8); /* mode, interface */
	assert_memory_equal(content + 8, test_vbe.control, 512);
	assert_memory_equal(content + 520, test_vbe.mode_information, 256);
	assert_int_equal(find_tag(8, 0, content, sizeof content), 30);
	assert_int_equal(get_le64(content), TEST_FRAMEBUFFER);
	assert_int_equal(get_le32(content + 8), 3200);
	assert_int_equal(get_le32(content + 12), 800);
	assert_int_equal(get_le32(content + 16), 600);
	assert_memory_equal(content + 20, "\x20\x01\x00\x00\x10\x08\x08\x08\x00\x08", 10);

	mb_bench.request.settings.video = (struct video_setting){ .kind = VIDEO_KEEP }; /* the user's word counts more */
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the screen shows text");

	elf_begin(false); /* Xen: text will do, and a framebuffer of any size */
	TAG(4, TAG_OPTIONAL, 2);
	TAG(5, TAG_OPTIONAL, 0, 0, 0);
	header_finish();
	mb_bench.machine.video = &test_video;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_false(mb_bench.plan.video.set);
	assert_int_equal(find_tag(7, 0, content, sizeof content), -1);

	elf_begin(false); /* nothing but a framebuffer, of any size */
	TAG(5, TAG_OPTIONAL, 0, 0, 0);
	header_finish();
	mb_bench.machine.video = &test_video;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.video.number, TEST_MODE_1024);
	assert_int_equal(find_tag(7, 0, content, sizeof content), -1); /* the firmware does not tell */

	elf_begin(false); /* says nothing: text */
	header_finish();
	mb_bench.machine.video = &test_video;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_false(mb_bench.plan.video.set);
}

static void the_network_packet_is_passed_on(void **state)
{
	static uint8_t packet[301], content[sizeof packet];

	(void)state;
	for (unsigned i = 0; i < sizeof packet; i++)
		packet[i] = test_segment_byte(4, i);
	elf_begin(false);
	TAG(1, 0, 16); /* required, and understood: it need not be there */
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(find_tag(16, 0, content, sizeof content), -1);
	mb_bench.machine.dhcp_ack = span_of(packet, sizeof packet);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(find_tag(16, 0, content, sizeof content), sizeof packet);
	assert_memory_equal(content, packet, sizeof packet);
}

static void check_module(unsigned number, uint32_t *start, uint32_t bytes, const char *text)
{
	uint8_t content[128];

	assert_int_equal(find_tag(3, number, content, sizeof content), 8 + (int)strlen(text) + 1);
	*start = get_le32(content);
	assert_int_equal(get_le32(content + 4) - *start, bytes);
	assert_int_equal(*start % PAGE, 0);
	assert_string_equal((const char *)content + 8, text);
}

static void modules_are_aligned_and_whole(void **state)
{
	static uint8_t data[3 * PAGE + 5];
	uint32_t start;
	uint8_t got[sizeof data];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = test_segment_byte(9, i);
	elf_begin(false);
	header_finish();
	bench_add_module(&mb_bench, "/vmlinuz", "console=hvc0 root=/dev/sda2", data, sizeof data);
	bench_add_module(&mb_bench, "/empty", "", data, 0);
	bench_add_module(&mb_bench, "/initrd.gz", "", data, 1);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	check_module(0, &start, sizeof data, "/vmlinuz console=hvc0 root=/dev/sda2");
	bench_read(&mb_bench, start, got, sizeof got);
	assert_memory_equal(got, data, sizeof data);
	check_module(1, &start, 0, "/empty");
	assert_int_equal(start, 0);
	check_module(2, &start, 1, "/initrd.gz");
	assert_true(start >= MIB);
	assert_int_equal(find_tag(3, 3, got, sizeof got), -1);
	mb_bench.module_file[0].file.bytes = 100 * MIB;
	assert_status(ERR_NO_MEMORY, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "module 1 /vmlinuz");
}

/* All facts that the machine can have, each in its tag. */
static void information_is_complete(void **state)
{
	static uint8_t rsdp[36], smbios[77], content[8192];
	struct memory_range *extra;

	(void)state;
	for (unsigned i = 0; i < sizeof rsdp; i++)
		rsdp[i] = (uint8_t)(i + 1);
	for (unsigned i = 0; i < sizeof smbios; i++)
		smbios[i] = (uint8_t)(200 - i);
	elf_begin(true);
	header_finish();
	mb_bench.machine.rsdp = span_of(rsdp, sizeof rsdp);
	mb_bench.machine.smbios_tables = span_of(smbios, sizeof smbios);
	mb_bench.machine.smbios_major = 2;
	mb_bench.machine.smbios_minor = 8;
	mb_bench.machine.apm = some_apm;
	extra = &mb_bench.memory.map.range[mb_bench.memory.map.count++];
	*extra = (struct memory_range){ 5ull << 32, 6ull << 32, 12, 1 }; /* an old NVDIMM */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	check_state();

	assert_int_equal(find_tag(1, 0, content, sizeof content), 32);
	assert_string_equal((char *)content, "/boot/kernel console=com1 quiet");
	assert_int_equal(find_tag(2, 0, content, sizeof content), sizeof "mkboot " MKBOOT_VERSION);
	assert_string_equal((char *)content, "mkboot " MKBOOT_VERSION);
	assert_int_equal(find_tag(4, 0, content, sizeof content), 8);
	assert_int_equal(get_le32(content), 639);
	assert_int_equal(get_le32(content + 4), (63 * MIB - 0x20000) / 1024);
	assert_int_equal(find_tag(5, 0, content, sizeof content), 12);
	assert_int_equal(get_le32(content), 0x80);
	assert_int_equal(get_le32(content + 4), 1); /* counted from 0 here */
	assert_int_equal(get_le32(content + 8), 0xFFFFFFFF);
	assert_int_equal(find_tag(6, 0, content, sizeof content), 8 + 24 * (int)mb_bench.memory.map.count);
	assert_int_equal(get_le32(content), 24);
	assert_int_equal(get_le32(content + 4), 0);
	for (unsigned i = 0; i < mb_bench.memory.map.count; i++) {
		const struct memory_range *range = &mb_bench.memory.map.range[i];
		const uint8_t *at = content + 8 + 24 * i;

		assert_int_equal(get_le64(at), range->start);
		assert_int_equal(get_le64(at + 8), range->end - range->start);
		assert_int_equal(get_le32(at + 16), bench_type_for_kernel(range));
		assert_int_equal(get_le32(at + 20), 0);
	}
	assert_int_equal(find_tag(8, 0, content, sizeof content), 24);
	assert_int_equal(get_le64(content), 0xB8000);
	assert_int_equal(get_le32(content + 8), 160);
	assert_int_equal(get_le32(content + 12), 80);
	assert_int_equal(get_le32(content + 16), 25);
	assert_memory_equal(content + 20, "\x10\x02\x00\x00", 4);
	assert_int_equal(find_tag(10, 0, content, sizeof content), 20);
	assert_memory_equal(content, "\x02\x01\x01\x00\xEF\xCD\xAB\x89\x04\x00\x02\x00\x03\x00\x05\x00\x06\x00\x07\x00", 20);
	assert_int_equal(find_tag(13, 0, content, sizeof content), 8 + sizeof smbios);
	assert_memory_equal(content, "\x02\x08\0\0\0\0\0\0", 8);
	assert_memory_equal(content + 8, smbios, sizeof smbios);
	assert_int_equal(find_tag(14, 0, content, sizeof content), 20);
	assert_memory_equal(content, rsdp, 20);
	assert_int_equal(find_tag(15, 0, content, sizeof content), 36);
	assert_memory_equal(content, rsdp, 36);
	assert_int_equal(find_tag(21, 0, content, sizeof content), 4);
	assert_int_equal(get_le32(content), 0x200000);
	for (uint32_t type = 11; type <= 20; type++) {
		if (type < 13 || type > 15) /* what exists under EFI and with a network only; Xen refuses to start if it finds 12 */
			assert_int_equal(find_tag(type, 0, content, sizeof content), -1);
	}
}

static void what_is_not_known_is_left_out(void **state)
{
	static uint8_t rsdp[20], content[8192];

	(void)state;
	elf_begin(true);
	header_finish();
	mb_bench.machine.bios_drive = BIOS_DRIVE_NONE;
	mb_bench.machine.screen.kind = SCREEN_NONE;
	mb_bench.machine.rsdp = span_of(rsdp, sizeof rsdp);
	mb_bench.request.options = "";
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(find_tag(1, 0, content, sizeof content), 13);
	assert_string_equal((char *)content, "/boot/kernel");
	assert_int_equal(find_tag(14, 0, content, sizeof content), 20);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(find_tag((const uint32_t[]){ 3, 5, 8, 9, 10, 13, 15 }[i], 0, content, sizeof content), -1);
	mb_bench.machine.bios_drive = 0x81;
	mb_bench.machine.boot_partition = 0;
	mb_bench.machine.screen = (struct screen){ .kind = SCREEN_LINEAR,
						   .phys = 0xE0000000,
						   .pitch_bytes = 4096,
						   .width = 1024,
						   .height = 768,
						   .bits_per_pixel = 32,
						   .red = { 16, 8 },
						   .green = { 8, 7 },
						   .blue = { 0, 6 } };
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(find_tag(5, 0, content, sizeof content), 12);
	assert_int_equal(get_le32(content + 4), 0xFFFFFFFF);
	assert_int_equal(find_tag(8, 0, content, sizeof content), 30);
	assert_memory_equal(content + 20, "\x20\x01\x00\x00\x10\x08\x08\x07\x00\x06", 10);
}

enum { SECTIONS = 6, SYMBOLS_BYTES = 0x40, SECTION_BYTES = 64 };
enum { SECTION_TEXT = 1, SECTION_SYMBOLS, SECTION_DEBUG, SECTION_STRINGS, SECTION_OUTSIDE };

static size_t symbols_at, headers_at;

static void put_section(unsigned index, uint32_t type, uint64_t address, uint64_t offset, uint64_t bytes)
{
	uint8_t *header = mb_image + headers_at + SECTION_BYTES * index;

	put_le32(header + 4, type);
	put_le64(header + 16, address);
	put_le64(header + 24, offset);
	put_le64(header + 32, bytes);
}

/* Section headers behind the segments; strings that leave the file, and so much else that is only for a debugger. */
static void begin_with_sections(void)
{
	elf_begin(true);
	header_finish();
	symbols_at = (mb_image_bytes + 7) & ~(size_t)7;
	headers_at = symbols_at + SYMBOLS_BYTES;
	for (size_t i = 0; i < SYMBOLS_BYTES; i++)
		mb_image[symbols_at + i] = test_segment_byte(7, i);
	put_le64(mb_image + 40, headers_at);
	put_le16(mb_image + 58, SECTION_BYTES);
	put_le16(mb_image + 60, SECTIONS);
	put_le16(mb_image + 62, SECTION_STRINGS);
	put_section(SECTION_TEXT, 1, 0xC0200000, 0x1000, SYMBOLS_BYTES);
	put_section(SECTION_SYMBOLS, 2, 0, symbols_at, SYMBOLS_BYTES - 8);
	put_section(SECTION_DEBUG, 1, 0, 0x1000, 0x2000);
	put_section(SECTION_STRINGS, 3, 0, symbols_at + SYMBOLS_BYTES - 8, 8);
	put_section(SECTION_OUTSIDE, 3, 0, symbols_at, ELF_IMAGE_MAX);
	mb_bench.kernel.file.bytes = headers_at + SECTIONS * SECTION_BYTES;
}

/* The address in a header of the tag. */
static uint64_t section_address(unsigned index)
{
	uint8_t content[12 + SECTIONS * SECTION_BYTES];

	assert_int_equal(find_tag(9, 0, content, sizeof content), sizeof content);
	assert_int_equal(get_le32(content), SECTIONS);
	assert_int_equal(get_le32(content + 4), SECTION_BYTES);
	assert_int_equal(get_le32(content + 8), SECTION_STRINGS);
	return get_le64(content + 12 + SECTION_BYTES * index + 16);
}

static void sections_are_loaded_for_the_tag(void **state)
{
	uint8_t content[SYMBOLS_BYTES];
	unsigned reads = 1;

	(void)state;
	begin_with_sections();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(section_address(SECTION_TEXT), 0xC0200000);
	assert_int_equal(section_address(SECTION_DEBUG), 0);
	assert_int_equal(section_address(SECTION_OUTSIDE), 0);
	bench_read(&mb_bench, section_address(SECTION_SYMBOLS), content, SYMBOLS_BYTES - 8);
	bench_read(&mb_bench, section_address(SECTION_STRINGS), content + SYMBOLS_BYTES - 8, 8);
	assert_memory_equal(content, mb_image + symbols_at, SYMBOLS_BYTES);
	while ((mb_bench.kernel.fail_at = reads, bench_plan(&mb_bench)) != OK) {
		assert_status(ERR_IO, mb_bench.err.code, &mb_bench.err);
		reads++;
	}
	assert_true(reads > 2 * SECTIONS);
}

/* Symbols are a convenience: a kernel boots without them when there is no memory, or no room in the plan, for all of them. */
static void sections_are_left_out_without_memory(void **state)
{
	unsigned places, reserved;

	(void)state;
	begin_with_sections();
	mb_bench.kernel.file.bytes = 100 * MIB; /* nothing reads what is not there */
	put_section(SECTION_STRINGS, 3, 0, 0, 90 * MIB);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	for (unsigned i = SECTION_SYMBOLS; i < SECTIONS; i++)
		assert_int_equal(section_address(i), 0);
	places = mb_bench.plan.count;
	reserved = mb_bench.memory.count;
	mb_bench.kernel.file.bytes = headers_at; /* no headers at all */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.count, places);
	assert_int_equal(mb_bench.memory.count, reserved);
}

/* The N-th allocation fails, for each N: either the boot does, or there is no tag of that kind. */
static void sections_are_left_out_without_working_memory(void **state)
{
	uint8_t content[12 + SECTIONS * SECTION_BYTES];
	unsigned failed = 0, without = 0, last = 0;

	(void)state;
	begin_with_sections();
	for (unsigned fail_at = 1; fail_at < 64; fail_at++) {
		mb_bench.arena.fail_at = fail_at;
		if (bench_plan(&mb_bench) != OK) {
			assert_status(ERR_NO_MEMORY, mb_bench.err.code, &mb_bench.err);
			failed++;
			last = fail_at;
		} else if (find_tag(9, 0, content, sizeof content) < 0) {
			without++;
			last = fail_at;
		}
	}
	assert_true(failed > 2 && last < 60);
	assert_int_equal(without, 2); /* the headers, and the tags with them */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(consoles),
		cmocka_unit_test(the_wished_screen_is_set_and_described),
		cmocka_unit_test(the_network_packet_is_passed_on),
		cmocka_unit_test(modules_are_aligned_and_whole),
		cmocka_unit_test(information_is_complete),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(sections_are_loaded_for_the_tag),
		cmocka_unit_test(sections_are_left_out_without_memory),
		cmocka_unit_test(sections_are_left_out_without_working_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
