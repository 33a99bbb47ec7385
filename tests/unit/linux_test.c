/* SPDX-License-Identifier: MIT */
/* The Linux boot protocol: the entry, where kernel and initrds go, kernels that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kernel-handoff/paging/page_walk.h"
#include "core/base/span.h"
#include "support_linux.h"

enum { MIB = 1 << 20, PAGE = 4096 };

static void check_kernel(uint64_t at)
{
	const struct place *place = bench_place(&linux_bench, "kernel");
	uint8_t bytes[LINUX_KERNEL_BYTES];

	assert_int_equal(place->start, at);
	assert_int_equal(place->file_offset, LINUX_SETUP_BYTES);
	bench_read(&linux_bench, at, bytes, sizeof bytes);
	assert_memory_equal(bytes, linux_image + LINUX_SETUP_BYTES, sizeof bytes);
}

static void modern_kernels_enter_in_64_bits(void **state)
{
	struct page_walk walked;
	const struct entry_registers *registers = &linux_bench.plan.registers;

	(void)state;
	linux_start(0x020F, 6ull << 30);
	linux_plan_ok();
	check_kernel(0x1000000);
	assert_int_equal(linux_bench.plan.mode, ENTRY_MODE_LONG);
	assert_int_equal(linux_bench.plan.entry, 0x1000200);
	assert_true(registers->si % PAGE == 0 && registers->si >= MIB && registers->si < 1ull << 32);
	assert_true(registers->ax == 0 && registers->bx == 0 && registers->bp == 0 && registers->di == 0);
	assert_int_equal(bench_place(&linux_bench, "page tables")->bytes, 6 * PAGE);
	for (unsigned i = 0; i < 5; i++) {
		uint64_t at = (const uint64_t[]){ 0, 0x1000200, registers->si, linux_bench.plan.trampoline, 0xFFFFF000 }[i];

		assert_ok(page_walk(&linux_bench.plan, at, &walked, &linux_bench.err), &linux_bench.err);
		assert_true(walked.phys == at && walked.writable && walked.executable);
	}
	linux_bench.machine.cpu_gigabyte_pages = true;
	linux_plan_ok();
	assert_int_equal(bench_place(&linux_bench, "page tables")->bytes, 2 * PAGE);
	/* All of init_size is kept free of everything else. */
	for (unsigned i = 1; i < linux_bench.plan.count; i++)
		assert_true(linux_bench.plan.place[i].start >= 0x1800000);
}

static void older_versions_do_without(void **state)
{
	(void)state;
	linux_start(0x020D, 64 * MIB);
	linux_bench.machine.rsdp_phys = 0xF5A20;
	linux_plan_ok();
	assert_int_equal(get_le64(linux_params + 0x70), 0); /* from 2.14 on */
	assert_int_equal(linux_bench.plan.mode, ENTRY_MODE_LONG);

	linux_start(0x020B, 64 * MIB); /* xloadflags came with 2.12 */
	linux_plan_ok();
	check_kernel(0x1000000);
	assert_int_equal(linux_bench.plan.mode, ENTRY_MODE_PROTECTED);
	assert_int_equal(linux_bench.plan.entry, 0x1000000);

	linux_start(0x0209, 64 * MIB); /* pref_address with 2.10 */
	linux_plan_ok();
	check_kernel(0x100000);
	linux_start(0x0202, 64 * MIB);
	put_le16(linux_image + 0x1F6, 0xFFFF); /* these two bytes mean something else */
	linux_plan_ok();
	check_kernel(0x100000);
	assert_int_equal(linux_bench.plan.entry, 0x100000);
	put_le32(linux_image + 0x214, 0x100010); /* 32-bit entry inside the kernel */
	linux_plan_ok();
	assert_int_equal(linux_bench.plan.entry, 0x100010);
}

static void kernels_move_only_if_they_can(void **state)
{
	(void)state;
	linux_start(0x020F, 64 * MIB);
	linux_image[0x234] = 0;
	linux_plan_ok();
	check_kernel(0x1000000); /* it would move itself there anyway */

	linux_start(0x020F, 64 * MIB);
	put_le64(linux_image + 0x258, 0x9F0000);
	put_le32(linux_image + 0x230, 0x10000);
	linux_image[0x235] = 16;
	linux_bench.memory.map.range[3].end = 0xA00000;
	linux_bench.memory.map.range[4] = (struct memory_range){ 0xB10000, 0x4000000, MEMORY_RAM, 1 };
	linux_plan_ok();
	check_kernel(0xB10000); /* the next place that is large enough */
	assert_int_equal(linux_bench.plan.entry, 0xB10200);
	put_le32(linux_image + 0x230, 0x4000000); /* nothing so well aligned: the least that the kernel can do with */
	linux_image[0x235] = 17;
	linux_plan_ok();
	check_kernel(0xB20000);
	assert_int_equal(get_le32(linux_params + 0x230), 0x20000);
	linux_image[0x235] = 0;
	assert_status(ERR_NO_MEMORY, bench_plan(&linux_bench), &linux_bench.err);
	linux_image[0x234] = 0;
	assert_status(ERR_DENIED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "cannot be moved");

	linux_start(0x020F, 22 * MIB); /* the kernel fits, what it needs to start does not */
	assert_status(ERR_NO_MEMORY, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "this kernel takes memory from 0x1000000 on only: no ");
	linux_image[0x234] = 0;
	assert_status(ERR_DENIED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "kernel's working memory: ");
	assert_hint(&linux_bench.err, "give the machine more memory");

	linux_start(0x020F, 64 * MIB); /* the loader is in the way: a relocatable kernel goes elsewhere, another one is staged */
	linux_bench.memory.reservation[1] =
		(struct memory_reservation){ .start = 0x1004000, .end = 0x1005000, .what = "the loader", .transient = true };
	linux_plan_ok();
	check_kernel(0x1200000);
	assert_false(bench_place(&linux_bench, "kernel")->staged);
	linux_image[0x234] = 0;
	linux_plan_ok();
	check_kernel(0x1000000);
	assert_true(bench_place(&linux_bench, "kernel")->staged);
}

static void initrds_are_joined(void **state)
{
	static const uint8_t data[] = "0123456789";
	uint8_t got[20];
	uint64_t at;

	(void)state;
	linux_start(0x020F, 64 * MIB);
	bench_add_module(&linux_bench, "/a", "", data, 5);
	bench_add_module(&linux_bench, "/none", "", data, 0);
	bench_add_module(&linux_bench, "/b", "", data, 4);
	bench_add_module(&linux_bench, "/c", "", data, 7);
	bench_add_module(&linux_bench, "/none", "", data, 0);
	linux_plan_ok();
	at = get_le32(linux_params + 0x218);
	assert_int_equal(get_le32(linux_params + 0x21C), 8 + 4 + 7);
	bench_read(&linux_bench, at, got, 19);
	assert_memory_equal(got,
			    "01234\0\0\0"
			    "0123"
			    "0123456",
			    19);
	assert_int_equal(bench_place(&linux_bench, "initrd 4 /c")->bytes, 7);

	/* The highest address that the kernel takes, and no higher. */
	put_le32(linux_image + 0x22C, 0x2000000 - 1);
	linux_plan_ok();
	assert_int_equal(get_le32(linux_params + 0x218), 0x2000000 - PAGE);
	put_le32(linux_image + 0x22C, 0x200000 - 1);
	linux_bench.module_file[3].file.bytes = 2 * MIB;
	assert_status(ERR_NO_MEMORY, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "initrd");
	linux_bench.module_file[3].file.bytes = (1ull << 46) - 12; /* the end of what a kernel can have, with the others */
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "all the initrds with /c");
	linux_bench.module_file[3].file.bytes = UINT64_MAX;
	assert_status(ERR_TOO_BIG, bench_plan(&linux_bench), &linux_bench.err);

	linux_start(0x0202, 6ull << 30); /* no field yet: below 896 MiB */
	bench_add_module(&linux_bench, "/a", "", data, 5);
	linux_plan_ok();
	assert_int_equal(get_le32(linux_params + 0x218), 0x38000000 - PAGE);
}

/* The highest address of an initrd, exclusive, after the plan has succeeded; both ends are told in two halves each. */
static uint64_t initrd_end(uint64_t *start)
{
	*start = get_le32(linux_params + 0x218) | (uint64_t)get_le32(linux_params + 0xC0) << 32;
	return *start + (get_le32(linux_params + 0x21C) | (uint64_t)get_le32(linux_params + 0xC4) << 32);
}

static void high_initrds_only_where_the_kernel_takes_them(void **state)
{
	static const uint8_t data[] = "0123456789";
	struct page_walk walked;
	uint64_t start;

	(void)state;
	linux_start(0x020F, 9ull << 30); /* 3 GiB below, 6 GiB above */
	linux_image[0x236] = 3;
	bench_add_module(&linux_bench, "/a", "", data, 5);
	bench_add_module(&linux_bench, "/b", "", data, 10);
	linux_plan_ok();
	assert_int_equal(initrd_end(&start), 0x7FFFF000 + 18); /* there is room, so it lies where any kernel takes it */
	assert_status(ERR_NOT_FOUND, page_walk(&linux_bench.plan, 1ull << 32, &walked, &linux_bench.err), &linux_bench.err);

	linux_bench.module_file[0].file.bytes = 0x140000001; /* 5 GiB: its size has two halves, too */
	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
	bench_read(&linux_bench, linux_bench.plan.registers.si, linux_params, sizeof linux_params);
	assert_int_equal(initrd_end(&start), (1ull << 32) + 0x140000004 + 10);
	assert_int_equal(start, 1ull << 32);
	assert_int_equal(bench_place(&linux_bench, "initrd 2")->start, (1ull << 32) + 0x140000004);
	for (unsigned i = 0; i < 2; i++) { /* mapped from its first to its last byte */
		uint64_t at = (const uint64_t[]){ start, start + 0x14000000D }[i];

		assert_ok(page_walk(&linux_bench.plan, at, &walked, &linux_bench.err), &linux_bench.err);
		assert_true(walked.phys == at && walked.writable);
	}
	linux_bench.module_file[0].file.bytes = 0x180000000; /* more than there is above, too */
	assert_status(ERR_NO_MEMORY, bench_plan(&linux_bench), &linux_bench.err);
	linux_bench.module_file[0].file.bytes = 0x140000001;
	for (unsigned i = 0; i < 2; i++) { /* a kernel that may not, and one that may but has no entry where it could */
		linux_image[0x236] = (const uint8_t[]){ 1, 2 }[i];
		assert_status(ERR_NO_MEMORY, bench_plan(&linux_bench), &linux_bench.err);
		assert_trail(&linux_bench.err, "takes its initrd below 0x80000000 only");
	}
	linux_start(0x020B, 9ull << 30); /* before 2.12 the flags are something else */
	linux_image[0x236] = 3;
	put_le32(linux_image + 0x22C, 0x100FFF);
	bench_add_module(&linux_bench, "/a", "", data, 5);
	linux_plan_ok();
	assert_int_equal(get_le32(linux_params + 0x218), 0x100000);
	put_le32(linux_image + 0x22C, 0x9FFFF); /* the first MiB is never used */
	assert_status(ERR_NO_MEMORY, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "takes its initrd below 0xa0000 only");
}

/* A kernel before 2.10 is loaded at 1 MiB, whatever its alignment, and moves up to it by itself. */
static void the_memory_that_a_kernel_takes_is_kept_free(void **state)
{
	static const uint8_t data[] = "0123456789";

	(void)state;
	linux_start(0x0209, 64 * MIB);
	bench_add_module(&linux_bench, "/a", "", data, 5);
	put_le32(linux_image + 0x230, 0x1000000);
	linux_plan_ok();
	check_kernel(0x100000);
	put_le32(linux_image + 0x22C, 0x1000000 + 3 * LINUX_KERNEL_BYTES - 1);
	assert_status(ERR_NO_MEMORY, bench_plan(&linux_bench), &linux_bench.err);
	put_le32(linux_image + 0x22C, 0x1000000 + 3 * LINUX_KERNEL_BYTES - 1 + 2 * PAGE);
	linux_plan_ok();
	assert_int_equal(get_le32(linux_params + 0x218), 0x1000000 + 3 * LINUX_KERNEL_BYTES + PAGE);
}

static void cut_and_odd_files_are_refused(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		enum status expected;
		const char *trail;
	} changes[] = {
		{ 0x1FE, 0, ERR_UNSUPPORTED, "no setup header" },
		{ 0x207, 1, ERR_CORRUPT, "no version 0x10f" },
		{ 0x216, 0x20, ERR_CORRUPT, "outside the kernel" },
		{ 0x1F1, 65, ERR_CORRUPT, "setup_sects is 65, and real-mode code has at most 64 sectors" },
		{ 0x200, 0xE9, ERR_CORRUPT, "no jump over the setup header" },
		{ 0x201, 0x80, ERR_CORRUPT, "no jump over the setup header" },
		{ 0x201, 0x20, ERR_CORRUPT, "setup header ends" },
		{ 0x25B, 0xFF, ERR_DENIED, "not RAM everywhere" },
		{ 0x263, 0xFF, ERR_NO_MEMORY, "free memory" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		linux_start(0x020F, 64 * MIB);
		linux_image[0x236] = 0; /* by the 32-bit entry, so that a bad one shows */
		if (changes[i].expected == ERR_DENIED)
			linux_image[0x234] = 0;
		linux_image[changes[i].at] = changes[i].value;
		assert_status(changes[i].expected, bench_plan(&linux_bench), &linux_bench.err);
		assert_trail(&linux_bench.err, changes[i].trail);
	}
	linux_start(0x020F, 64 * MIB);
	for (size_t bytes = 0; bytes < LINUX_IMAGE_BYTES - 15; bytes++) {
		linux_bench.kernel.file.bytes = bytes;
		assert_true(bench_plan(&linux_bench) != OK);
		if (bytes > 0x300) {
			assert_status(ERR_CORRUPT, linux_bench.err.code, &linux_bench.err);
			assert_trail(&linux_bench.err, "cut off");
			assert_hint(&linux_bench.err, "copy the kernel again");
		}
	}
	linux_bench.kernel.file.bytes = LINUX_IMAGE_BYTES - 15; /* its length is told in units of 16 bytes */
	linux_plan_ok();
	linux_bench.kernel.file.bytes = LINUX_IMAGE_BYTES + 64; /* a signature */
	linux_plan_ok();
	assert_int_equal(bench_place(&linux_bench, "kernel")->bytes, LINUX_KERNEL_BYTES + 64);
	linux_image[0x1F1] = 0; /* the document's default: 4 */
	linux_bench.kernel.file.bytes = LINUX_IMAGE_BYTES + 64;
	put_le32(linux_image + 0x1F4, (LINUX_KERNEL_BYTES - 512) / 16);
	linux_plan_ok();
	assert_int_equal(bench_place(&linux_bench, "kernel")->file_offset, 5 * 512);
}

/* GRUB and QEMU look at none of these. */
static void fields_of_no_use_are_passed_over(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		const char *note;
	} changes[] = {
		{ 0x230, 1, "by an alignment that cannot be" },  { 0x233, 0x80, "by an alignment that cannot be" },
		{ 0x232, 0, "by an alignment that cannot be" },  { 0x235, 22, "by an alignment that cannot be" },
		{ 0x235, 99, "by an alignment that cannot be" }, { 0x265, 0x50, NULL }, /* handover_offset, which is for others */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		linux_start(0x020F, 64 * MIB);
		linux_image[changes[i].at] = changes[i].value;
		linux_plan_ok();
		check_kernel(0x1000000);
		bench_assert_note(&linux_bench, changes[i].note);
		if (changes[i].note != NULL) /* the kernel goes by it when it looks for its place: as GRUB tells it */
			assert_int_equal(get_le32(linux_params + 0x230), 1);
	}
	for (unsigned i = 0; i < 2; i++) { /* an address above 4 GiB, or below 1 MiB: as if there were none */
		linux_start(0x020F, 64 * MIB);
		put_le64(linux_image + 0x258, (const uint64_t[]){ 0x101000000, 0xFFFFF }[i]);
		linux_plan_ok();
		check_kernel(0x100000);
		bench_assert_note(&linux_bench, "prefers an address where no kernel can be");
	}
}

/* From 2.15 on the header points to a structure in the kernel. */
static void kernel_info_is_read(void **state)
{
	uint8_t *info = linux_image + LINUX_SETUP_BYTES + 0x1234;

	(void)state;
	linux_start_with_info(0x1234, 9);
	linux_plan_ok();
	bench_assert_note(&linux_bench, NULL);
	put_le32(linux_image + 0x268, LINUX_KERNEL_BYTES - 15);
	linux_plan_ok();
	bench_assert_note(&linux_bench, "/boot/kernel: no kernel_info is where the setup header says");
	put_le32(linux_image + 0x268, 0xFFFFFFF8);
	linux_plan_ok();
	bench_assert_note(&linux_bench, "no kernel_info");
	linux_start_with_info(0x1234, 9);
	info[3] = 'p';
	linux_plan_ok();
	bench_assert_note(&linux_bench, "no kernel_info");
	linux_image[0x206] = 0x0E; /* 2.14 has no such field */
	linux_plan_ok();
	bench_assert_note(&linux_bench, NULL);
}

static void faults_are_reported(void **state)
{
	(void)state;
	linux_start_with_info(0x1234, 9);
	bench_add_module(&linux_bench, "/initrd", "", linux_image, 100);
	bench_fault_loop(&linux_bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modern_kernels_enter_in_64_bits),
		cmocka_unit_test(older_versions_do_without),
		cmocka_unit_test(kernels_move_only_if_they_can),
		cmocka_unit_test(initrds_are_joined),
		cmocka_unit_test(high_initrds_only_where_the_kernel_takes_them),
		cmocka_unit_test(the_memory_that_a_kernel_takes_is_kept_free),
		cmocka_unit_test(kernel_info_is_read),
		cmocka_unit_test(fields_of_no_use_are_passed_over),
		cmocka_unit_test(cut_and_odd_files_are_refused),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
