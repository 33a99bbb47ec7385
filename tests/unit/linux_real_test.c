/* SPDX-License-Identifier: MIT */
/* The 16-bit boot protocol of Linux: which images need it, where their parts go, what their header is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "kernel-handoff/image/bzimage.h"
#include "support_linux.h"

enum { MIB = 1 << 20, TRADITIONAL = 0x90000, ANYWHERE = 0x10000, HEAD_BYTES = 1024 };

static uint8_t setup[HEAD_BYTES];

static uint8_t *at(unsigned offset)
{
	return linux_image + offset;
}

/* The real-mode part as the kernel will find it; all of it but the header has to be as in the file. */
static void plan_setup(uint64_t base)
{
	uint8_t rest[LINUX_SETUP_BYTES - HEAD_BYTES + 64];

	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
	bench_read(&linux_bench, base, setup, sizeof setup);
	bench_read(&linux_bench, base + HEAD_BYTES, rest, sizeof rest);
	assert_memory_equal(rest, linux_image + HEAD_BYTES, LINUX_SETUP_BYTES - HEAD_BYTES);
	for (size_t i = LINUX_SETUP_BYTES - HEAD_BYTES; i < sizeof rest; i++)
		assert_int_equal(rest[i], 0); /* the heap begins clean */
}

static void check_kernel(uint64_t start)
{
	uint8_t bytes[LINUX_KERNEL_BYTES];

	bench_read(&linux_bench, start, bytes, sizeof bytes);
	assert_memory_equal(bytes, linux_image + LINUX_SETUP_BYTES, sizeof bytes);
}

static void check_entry(uint64_t base, uint16_t stack)
{
	const struct plan *plan = &linux_bench.plan;
	const struct entry_segments *segments = &plan->segments;
	uint16_t segment = (uint16_t)(base >> 4);

	assert_int_equal(plan->mode, ENTRY_MODE_REAL);
	assert_int_equal(plan->entry, base + 0x200);
	assert_int_equal(segments->cs, segment + 0x20);
	assert_true(segments->ds == segment && segments->es == segment && segments->ss == segment);
	assert_true(segments->fs == segment && segments->gs == segment);
	assert_false(segments->interrupts);
	assert_int_equal(plan->registers.sp, stack);
	assert_true(plan->trampoline < MIB && plan->trampoline != 0);
}

static void check_command_line(uint64_t where)
{
	char line[sizeof "console=com1 quiet"];

	bench_read(&linux_bench, where, line, sizeof line);
	assert_string_equal(line, "console=com1 quiet");
}

static void a_zimage_lies_below_1_mib(void **state)
{
	(void)state;
	linux_start(0x0200, 64 * MIB);
	*at(0x211) = 0;
	put_le32(at(0x214), 0x1000);
	plan_setup(TRADITIONAL);
	check_kernel(0x10000);
	check_entry(TRADITIONAL, 0x9800);
	check_command_line(TRADITIONAL + 0x9800);
	assert_int_equal(get_le16(setup + 0x20), 0xA33F);
	assert_int_equal(get_le16(setup + 0x22), 0x9800);
	assert_int_equal(get_le16(setup + 0x212), 0x9800 + sizeof "console=com1 quiet");
	assert_int_equal(setup[0x210], 0xFF);
	assert_int_equal(setup[0x211], 0); /* 2.00 knows no heap... */
	assert_int_equal(get_le16(setup + 0x224), 0);
	assert_int_equal(get_le32(setup + 0x228), 0); /* ...and no pointer to its command line */
	assert_true(bench_place(&linux_bench, "rest of the real-mode part")->start + 0x9400 == TRADITIONAL + 0x9800);

	linux_start(0x0206, 64 * MIB); /* a newer one has the pointer, and lies there all the same */
	*at(0x211) = 0;
	put_le32(at(0x238), 4096);
	plan_setup(TRADITIONAL);
	check_kernel(0x10000);
	assert_int_equal(get_le32(setup + 0x228), TRADITIONAL + 0x9800);
	assert_int_equal(get_le16(setup + 0x20), get_le16(at(0x20)));
	assert_int_equal(setup[0x211], 0x80);
}

static void old_kernels_lie_at_their_one_place(void **state)
{
	static const uint8_t initrd[] = "initrd";

	(void)state;
	linux_start(0x0201, 2048ull * MIB);
	bench_add_module(&linux_bench, "/initrd", "", initrd, sizeof initrd);
	plan_setup(TRADITIONAL);
	check_kernel(0x100000);
	check_entry(TRADITIONAL, 0x9800);
	assert_int_equal(setup[0x211], 0x81);
	assert_int_equal(get_le16(setup + 0x224), 0x9600);
	assert_int_equal(get_le32(setup + 0x21C), sizeof initrd);
	assert_int_equal(get_le32(setup + 0x218), 0x38000000 - 4096); /* below 896 MiB */
	assert_true(bench_place(&linux_bench, "initrd 1")->start == get_le32(setup + 0x218));
}

static void kernels_before_2_00_have_next_to_no_header(void **state)
{
	(void)state;
	linux_start(0, 64 * MIB);
	memset(at(0x202), 0xCC, 0x2C0 - 0x202); /* code */
	plan_setup(TRADITIONAL);
	check_kernel(0x10000);
	check_entry(TRADITIONAL, 0x9800);
	assert_int_equal(get_le16(setup + 0x20), 0xA33F);
	assert_memory_equal(setup + 0x200, at(0x200), HEAD_BYTES - 0x200);

	bench_add_module(&linux_bench, "/initrd", "", linux_image, 10);
	assert_status(ERR_UNSUPPORTED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "takes no initrd");
	linux_bench.request.module_count = 0;
	linux_bench.kernel.file.bytes -= 32; /* what is not as long as it says is none of them */
	assert_status(ERR_UNSUPPORTED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "no setup header");
	put_le16(at(0x1F4), 0);
	assert_status(ERR_UNSUPPORTED, bench_plan(&linux_bench), &linux_bench.err);
}

/* As iPXE's .lkrn: nothing at all to enter in 32 bits. */
static void an_image_without_32_bit_entry(void **state)
{
	(void)state;
	linux_start(0x0207, 64 * MIB);
	put_le32(at(0x214), 0);
	plan_setup(ANYWHERE);
	check_kernel(0x100000);
	check_entry(ANYWHERE, 0xE000);
	check_command_line(ANYWHERE + 0xE000);
	assert_int_equal(get_le32(setup + 0x228), ANYWHERE + 0xE000);
	assert_int_equal(get_le16(setup + 0x224), 0xDE00);
	assert_int_equal(setup[0x211], 0x81);
	assert_true(get_le32(setup + 0x218) == 0 && get_le32(setup + 0x21C) == 0);
}

/* As memdisk: its header tells of no kernel, and its initrd is a disk. */
static void an_image_without_32_bit_code(void **state)
{
	static const uint8_t disk[512];

	(void)state;
	linux_start(0x0203, 64 * MIB);
	put_le32(at(0x1F4), 0);
	put_le32(at(0x22C), 0xFFFFFFFF);
	bench_add_module(&linux_bench, "/disk.img", "", disk, sizeof disk);
	plan_setup(ANYWHERE);
	check_entry(ANYWHERE, 0xE000);
	assert_int_equal(get_le32(setup + 0x21C), 512);
	put_le16(at(0x1F4), 1); /* a kernel */
	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
	assert_int_equal(linux_bench.plan.mode, ENTRY_MODE_PROTECTED);
}

static void video_modes_of_the_command_line(void **state)
{
	static const struct {
		const char *options;
		uint16_t mode;
	} cases[] = {
		{ "vga=normal", 0xFFFF },
		{ "quiet vga=ext", 0xFFFE },
		{ "vga=ask root=/dev/fd0", 0xFFFD },
		{ "vga=791", 791 },
		{ "vga=0x317", 0x317 },
		{ "vga=0X31a quiet", 0x31A },
		{ "vga=017", 017 },
		{ "vga=0", 0 },
		{ "vga=1 vga=2", 2 },
		{ "novga=5", 0x1234 },
		{ "vga=normally", 0x1234 },
		{ "vga=65536", 0x1234 },
		{ "vga=0x", 0x1234 },
		{ "vga=", 0x1234 },
		{ "vga=12x", 0x1234 },
		{ "vga=3 vga=bad", 3 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		linux_start(0x0207, 64 * MIB);
		put_le32(at(0x214), 0);
		put_le16(at(0x1FA), 0x1234);
		linux_bench.request.options = cases[i].options;
		plan_setup(ANYWHERE);
		if (get_le16(setup + 0x1FA) != cases[i].mode)
			fail_msg("%s gives 0x%x", cases[i].options, get_le16(setup + 0x1FA));
		assert_int_equal(linux_bench.plan.notes.count, cases[i].mode == 0x1234 ? i != 9 : i == 15);
	}
}

/* The kernel sets its mode itself. */
static void no_mode_is_set_before(void **state)
{
	(void)state;
	linux_start(0x0207, 64 * MIB);
	put_le32(at(0x214), 0);
	linux_bench.request.settings.video = (struct video_setting){ .kind = VIDEO_MODE, .width = 1024, .height = 768 };
	plan_setup(ANYWHERE);
	assert_false(linux_bench.plan.video.set);
	assert_int_equal(linux_bench.plan.notes.count, 1);
}

static void limits_are_kept(void **state)
{
	static char options[0x2001];

	(void)state;
	linux_start(0x0207, 64 * MIB);
	put_le32(at(0x214), 0);
	memset(options, 'o', sizeof options - 1);
	linux_bench.request.options = options;
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "8192 bytes, and this kernel takes 2047");
	put_le32(at(0x238), 0x10000); /* what the kernel takes and what there is room for */
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "takes 8191");
	options[8191] = '\0';
	plan_setup(ANYWHERE);
	put_le16(at(0x206), 0x0201); /* 255 before 2.06 */
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "takes 255");
	options[255] = '\0';
	plan_setup(TRADITIONAL);

	linux_start(0x0207, 64 * MIB);
	*at(0x201) = 0x10;
	assert_status(ERR_CORRUPT, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "setup header ends");
	linux_start(0x0200, 64 * MIB); /* cut off: a zImage's size can be told before 2.04, too */
	*at(0x211) = 0;
	linux_bench.kernel.file.bytes -= 64;
	assert_status(ERR_CORRUPT, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "cut off");
}

/* A long real-mode part, and a zImage that does not fit: files that are longer than the bench's image. */
static void too_long_parts_are_refused(void **state)
{
	static uint8_t large[600 * 1024];

	(void)state;
	linux_start(0x0207, 64 * MIB);
	put_le32(at(0x214), 0);
	memcpy(large, linux_image, LINUX_SETUP_BYTES);
	linux_bench.kernel.data = large;
	linux_bench.kernel.file.bytes = sizeof large;
	large[0x1F1] = 63;
	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
	large[0x1F1] = 64;
	assert_status(ERR_CORRUPT, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "real-mode part has 33280 bytes");
	large[0x1F1] = 3;
	large[0x211] = 0;
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "zImage with");
}

static void machines_with_little_low_memory(void **state)
{
	(void)state;
	linux_start(0x0201, 64 * MIB);
	linux_bench.memory.map.range[0].end = 0x90000;
	assert_status(ERR_DENIED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "not RAM everywhere");
	linux_start(0x0207, 64 * MIB);
	put_le32(at(0x214), 0);
	linux_bench.memory.map.range[0].end = 0x90000;
	plan_setup(ANYWHERE);
}

static void machines_with_little_memory(void **state)
{
	(void)state;
	linux_start(0x0200, MIB + 64 * 1024);
	*at(0x211) = 0; /* a zImage: it has room, what it unpacks has none */
	put_le32(at(0x214), 0x1000);
	assert_status(ERR_DENIED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "kernel's working memory: there is not RAM everywhere from 0x100000 to ");
	assert_hint(&linux_bench.err, "give the machine more memory");
}

static void uefi_says_why_not(void **state)
{
	(void)state;
	linux_start(0x0207, 64 * MIB);
	put_le32(at(0x214), 0);
	bench_use_uefi(&linux_bench);
	assert_status(ERR_UNSUPPORTED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err,
		     "/boot/kernel can only be started in real mode, and UEFI has none: its header names no 32-bit entry");
	assert_hint(&linux_bench.err, "BIOS");
}

static void faults_are_reported(void **state)
{
	(void)state;
	linux_start(0x0201, 64 * MIB);
	bench_add_module(&linux_bench, "/initrd", "", linux_image, 100);
	bench_fault_loop(&linux_bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zimage_lies_below_1_mib),
		cmocka_unit_test(old_kernels_lie_at_their_one_place),
		cmocka_unit_test(kernels_before_2_00_have_next_to_no_header),
		cmocka_unit_test(an_image_without_32_bit_entry),
		cmocka_unit_test(an_image_without_32_bit_code),
		cmocka_unit_test(video_modes_of_the_command_line),
		cmocka_unit_test(no_mode_is_set_before),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(too_long_parts_are_refused),
		cmocka_unit_test(machines_with_little_low_memory),
		cmocka_unit_test(machines_with_little_memory),
		cmocka_unit_test(uefi_says_why_not),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
