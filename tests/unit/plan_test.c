/* SPDX-License-Identifier: MIT */
/* What plan_check() lets through and what not, and how places are added. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kernel-handoff/moves.h"
#include "kernel-handoff/paging/page_tables.h"
#include "support_handoff.h"
#include "support_video.h"

enum { MIB = 1 << 20, PAGE = 4096 };

static struct bench bench;
static struct memory_file file;
static uint8_t content[3 * PAGE];

static void start(void)
{
	bench_init(&bench, 64 * MIB, "elf", NULL, 0);
	bench.plan = (struct plan){ .protocol = "test", .kernel = "/kernel", .memory = &bench.memory, .entry = 0x200010 };
	arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
	memory_file_init(&file, "/kernel", content, sizeof content);
}

static enum status add(uint64_t at, uint64_t bytes, uint64_t file_bytes)
{
	struct place place = { .kind = PLACE_KERNEL, .what = "segment 1", .start = at, .bytes = bytes };

	place.file = file_bytes > 0 ? &file.file : NULL;
	place.file_bytes = file_bytes;
	return plan_add_fixed(&bench.plan, &place, &bench.err);
}

/* A sound plan in protected mode. */
static void start_sound(void)
{
	start();
	assert_ok(add(0x200000, 2 * PAGE, PAGE), &bench.err);
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
	assert_ok(plan_check(&bench.plan, &bench.err), &bench.err);
}

static void fixed_places_need_free_ram(void **state)
{
	(void)state;
	start();
	assert_ok(add(0x200000, 0x1000, 0), &bench.err);
	assert_false(bench.plan.place[0].staged);
	assert_status(ERR_DENIED, add(0x200FFF, 1, 0), &bench.err);
	assert_status(ERR_DENIED, add(0xA0000, 0x1000, 0), &bench.err); /* a hole */
	assert_status(ERR_DENIED, add(0x800, 0x10, 0), &bench.err);     /* the firmware's */
	assert_trail(&bench.err, "firmware");
	assert_status(ERR_DENIED, add(UINT64_MAX - 5, 10, 0), &bench.err);
	assert_ok(add(0x7000, 0x1000, 0), &bench.err); /* the loader's, for now */
	assert_true(bench.plan.place[1].staged);
	assert_int_equal(bench.plan.count, 2);
}

/* What lies above all RAM is there on a larger machine, up to where no machine has RAM. What is in a hole or somebody's is elsewhere. */
static void memory_that_is_missing_is_asked_for(void **state)
{
	static const struct {
		uint64_t ram, start, bytes;
		const char *hint;
	} cases[] = {
		{ 64 * MIB, 0x100000, 64 * MIB, "give the machine more memory: 256M would do" },       /* it begins in RAM */
		{ 64 * MIB, 64 * MIB - 0x20000, PAGE, "give the machine more memory: 128M would do" }, /* the firmware's, at the end */
		{ 64 * MIB, 0x100000, 180 * MIB, "--memory 256M" },
		{ 512 * MIB, 0x100000, 1024 * MIB, "--memory 2G" },
		{ 512 * MIB, 3000ull * MIB, PAGE, "give the machine more memory: 4G would do" },
		{ 512 * MIB, 3000ull * MIB, 9 * MIB, "--memory 3584M" },
		{ 512 * MIB, 3520ull * MIB, PAGE, "link the kernel at addresses" },
		{ 512 * MIB, 0xFEC00000, PAGE, "link the kernel at addresses" },
		{ 4096ull * MIB, 3072ull * MIB, PAGE, "link the kernel at addresses" }, /* there is RAM above the hole already */
		{ 64 * MIB, 0x9F000, 0x2000, "link the kernel at addresses" },          /* the hole below 1 MiB */
		{ 64 * MIB, 0x9F000, 128 * MIB, "link the kernel at addresses" },       /* that, and more than there is */
		{ 64 * MIB, 0, PAGE, "link the kernel at addresses" },                  /* the firmware's */
		{ 64 * MIB, 5ull << 30, PAGE, "link the kernel at addresses" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		start();
		bench_init(&bench, cases[i].ram, "elf", NULL, 0);
		bench.plan = (struct plan){ .protocol = "test", .kernel = "/kernel", .memory = &bench.memory };
		assert_status(ERR_DENIED, add(cases[i].start, cases[i].bytes, 0), &bench.err);
		assert_hint(&bench.err, cases[i].hint);
	}
}

static void a_plan_has_an_end(void **state)
{
	uint64_t at;
	struct place place = { .what = "one more", .bytes = 1 };

	(void)state;
	start();
	while (bench.plan.count < PLAN_PLACES_MAX)
		assert_ok(plan_add(&bench.plan, &place, &(struct memory_want){ 0 }, &at, &bench.err), &bench.err);
	assert_status(ERR_TOO_BIG, plan_add(&bench.plan, &place, &(struct memory_want){ 0 }, &at, &bench.err), &bench.err);
	assert_trail(&bench.err, "one more");
	assert_int_equal(bench.plan.count, PLAN_PLACES_MAX);
}

static void files_get_whole_pages(void **state)
{
	uint64_t at = 1, max = 32 * MIB;
	const struct place *place = bench.plan.place;

	(void)state;
	start();
	file.file.bytes = PAGE + 1;
	assert_ok(plan_add_file(&bench.plan, PLACE_MODULE, "module", &file.file, max, &at, &bench.err), &bench.err);
	assert_int_equal(at, max - 2 * PAGE);
	assert_true(place->start == at && place->bytes == 2 * PAGE && place->file_bytes == PAGE + 1 && place->kind == PLACE_MODULE);
	file.file.bytes = 0;
	assert_ok(plan_add_file(&bench.plan, PLACE_MODULE, "module", &file.file, max, &at, &bench.err), &bench.err);
	assert_int_equal(at, 0);
	assert_int_equal(bench.plan.count, 1);
	file.file.bytes = UINT64_MAX;
	assert_status(ERR_TOO_BIG, plan_add_file(&bench.plan, PLACE_MODULE, "module", &file.file, 0, &at, &bench.err), &bench.err);
	file.file.bytes = 100 * MIB;
	assert_status(ERR_NO_MEMORY, plan_add_file(&bench.plan, PLACE_MODULE, "module", &file.file, 0, &at, &bench.err), &bench.err);
}

static void spoil_overlap(struct plan *plan)
{
	plan->place[1] = plan->place[0];
	plan->place[1].start += PAGE - 1;
	plan->place[1].bytes = 1;
	plan->place[1].file_bytes = 0;
	plan->count = 2;
}

static void spoil_file_bytes(struct plan *plan)
{
	plan->place[0].file_bytes = plan->place[0].bytes + 1;
}

static void spoil_file_offset(struct plan *plan)
{
	plan->place[0].file_offset = sizeof content - PAGE + 1;
}

static void spoil_file_wrap(struct plan *plan)
{
	plan->place[0].file_offset = UINT64_MAX;
}

static void spoil_file_missing(struct plan *plan)
{
	plan->place[0].file = NULL;
}

static void spoil_unreserved(struct plan *plan)
{
	plan->place[0].bytes += 1;
}

static void spoil_hole(struct plan *plan)
{
	plan->place[0].start = 0xA0000;
}

static void spoil_wrap(struct plan *plan)
{
	plan->place[0].start = UINT64_MAX - 5;
}

static void spoil_transient(struct plan *plan)
{
	plan->place[0].start = 0x8000;
}

static void spoil_jump(struct plan *plan)
{
	plan->trampoline = plan->place[0].start + PAGE;
}

static void spoil_jump_reservation(struct plan *plan)
{
	plan->trampoline -= PAGE;
}

static void spoil_entry_before(struct plan *plan)
{
	plan->entry = plan->place[0].start - 1;
}

static void spoil_entry_behind(struct plan *plan)
{
	plan->entry = plan->place[0].start + plan->place[0].bytes;
}

static void spoil_entry_kind(struct plan *plan)
{
	plan->place[0].kind = PLACE_MODULE;
}

static void spoil_high(struct plan *plan)
{
	plan->memory->map.range[plan->memory->map.count - 1] = (struct memory_range){ 1ull << 32, 2ull << 32, MEMORY_RAM, 1 };
	plan->place[0].start = 1ull << 32;
}

static void spoil_screen(struct plan *plan, uint64_t phys)
{
	plan->video.screen = (struct screen){ TEST_SCREEN(phys, 1024, 768) };
}

static void spoil_screen_on_kernel(struct plan *plan)
{
	spoil_screen(plan, plan->place[0].start + plan->place[0].bytes - 1);
}

static void spoil_screen_on_jump(struct plan *plan)
{
	spoil_screen(plan, plan->trampoline + TRAMPOLINE_BYTES - 1);
}

static void spoil_screen_size(struct plan *plan)
{
	spoil_screen(plan, 0xE0000000);
	plan->video.screen.pitch_bytes = 4095;
}

static void unsound_plans_are_refused(void **state)
{
	static const struct {
		void (*spoil)(struct plan *plan);
		enum status expected;
	} cases[] = {
		{ spoil_overlap, ERR_DENIED },
		{ spoil_file_bytes, ERR_DENIED },
		{ spoil_file_offset, ERR_DENIED },
		{ spoil_file_wrap, ERR_DENIED },
		{ spoil_file_missing, ERR_DENIED },
		{ spoil_unreserved, ERR_DENIED },
		{ spoil_hole, ERR_DENIED },
		{ spoil_wrap, ERR_DENIED },
		{ spoil_transient, ERR_DENIED },
		{ spoil_jump, ERR_DENIED },
		{ spoil_jump_reservation, ERR_DENIED },
		{ spoil_entry_before, ERR_CORRUPT },
		{ spoil_entry_behind, ERR_CORRUPT },
		{ spoil_entry_kind, ERR_CORRUPT },
		{ spoil_high, ERR_DENIED },
		{ spoil_screen_on_kernel, ERR_DENIED },
		{ spoil_screen_on_jump, ERR_DENIED },
		{ spoil_screen_size, ERR_DENIED },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		start_sound();
		cases[i].spoil(&bench.plan);
		assert_status(cases[i].expected, plan_check(&bench.plan, &bench.err), &bench.err);
	}
}

static void screens_beside_the_kernel_are_sound(void **state)
{
	(void)state;
	start_sound();
	spoil_screen(&bench.plan, bench.plan.place[0].start + bench.plan.place[0].bytes);
	assert_ok(plan_check(&bench.plan, &bench.err), &bench.err);
	bench.plan.video.screen.pitch_bytes = 0;
	bench.plan.video.screen.kind = SCREEN_TEXT; /* not looked at */
	assert_ok(plan_check(&bench.plan, &bench.err), &bench.err);
	spoil_screen_on_kernel(&bench.plan);
	assert_status(ERR_DENIED, plan_check(&bench.plan, &bench.err), &bench.err);
	assert_trail(&bench.err, "segment 1");
	assert_non_null(bench.err.hint);
}

static void long_mode_is_walked(void **state)
{
	struct page_mapping mapping = { .virt = 0xFFFFFFFF80000000, .phys = 0x200000, .bytes = PAGE, .executable = true, .what = "text" };
	struct page_tables_want want = { .mapping = &mapping, .count = 1 };

	(void)state;
	start_sound();
	assert_ok(page_tables_add(&bench.plan, &want, &bench.arena, &bench.err), &bench.err);
	bench.plan.mode = ENTRY_MODE_LONG;
	bench.plan.entry = 0xFFFFFFFF80000FFF;
	assert_ok(plan_check(&bench.plan, &bench.err), &bench.err);
	bench.plan.entry = 0xFFFFFFFF80001000;
	assert_status(ERR_CORRUPT, plan_check(&bench.plan, &bench.err), &bench.err);
	bench.plan.entry = 0x00007FFF80000000 << 1; /* not canonical, the same bits for the walk */
	assert_status(ERR_CORRUPT, plan_check(&bench.plan, &bench.err), &bench.err);
	bench.plan.entry = 0x200010; /* one to one, but not executable */
	assert_status(ERR_DENIED, plan_check(&bench.plan, &bench.err), &bench.err);
	assert_trail(&bench.err, "not executable");
	bench.plan.entry = bench.plan.trampoline; /* executable, but not the kernel */
	assert_status(ERR_CORRUPT, plan_check(&bench.plan, &bench.err), &bench.err);
	bench.plan.entry = 0xFFFFFFFF80000000;
	bench.memory.reservation[bench.memory.count++] = (struct memory_reservation){ .start = 0x300000, .end = 0x302000, .what = "x" };
	bench.plan.trampoline = 0x300000; /* moved after the tables were made */
	assert_status(ERR_DENIED, plan_check(&bench.plan, &bench.err), &bench.err);
	assert_trail(&bench.err, "hide the trampoline");
}

/* One place on so many transient ranges, with a gap behind each: each is a move. */
static void start_with_moves(unsigned count)
{
	start();
	for (unsigned i = 0; i < count; i++)
		assert_ok(memory_reserve(&bench.memory, 0x300000 + 2 * PAGE * i, 0x300000 + 2 * PAGE * i + PAGE, "of the loader", true,
					 NULL, &bench.err),
			  &bench.err);
	assert_ok(add(0x200000, 4 * MIB, PAGE), &bench.err);
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
}

static void moves_are_counted(void **state)
{
	(void)state;
	start_with_moves(PLAN_MOVES_MAX);
	assert_ok(plan_check(&bench.plan, &bench.err), &bench.err);
	assert_ok(add(0x7000, PAGE, 0), &bench.err); /* on the loader itself */
	assert_status(ERR_TOO_BIG, plan_check(&bench.plan, &bench.err), &bench.err);
	assert_trail(&bench.err, "129 pieces");
	assert_non_null(bench.err.hint);
	start_with_moves(PLAN_MOVES_MAX + 1);
	assert_status(ERR_TOO_BIG, plan_check(&bench.plan, &bench.err), &bench.err);
}

static void real_mode_has_16_bits(void **state)
{
	struct plan *plan = &bench.plan;

	(void)state;
	start();
	plan->mode = ENTRY_MODE_REAL;
	assert_ok(add(0x90000, PAGE, PAGE), &bench.err);
	assert_ok(plan_add_trampoline(plan, &bench.err), &bench.err);
	assert_true(plan->trampoline + TRAMPOLINE_BYTES <= MIB);
	plan->entry = 0x90200;
	plan->segments.cs = 0x9020;
	plan->registers.sp = 0xFFFF;
	assert_ok(plan_check(plan, &bench.err), &bench.err);
	plan->segments.cs = 0x8021;
	assert_ok(plan_check(plan, &bench.err), &bench.err);
	plan->segments.cs = 0x8020; /* 64 KiB in front of it */
	assert_status(ERR_DENIED, plan_check(plan, &bench.err), &bench.err);
	plan->segments.cs = 0x9021; /* behind it */
	assert_status(ERR_DENIED, plan_check(plan, &bench.err), &bench.err);
	assert_trail(&bench.err, "0x90200 is not within 64 KiB of segment 0x9021");
	plan->segments.cs = 0x9020;
	plan->registers.sp = 0x10000;
	assert_status(ERR_DENIED, plan_check(plan, &bench.err), &bench.err);
	plan->registers.sp = 0;
	bench.memory.reservation[bench.memory.count++] = (struct memory_reservation){ .start = 2 * MIB, .end = 3 * MIB, .what = "x" };
	plan->trampoline = 2 * MIB;
	assert_status(ERR_DENIED, plan_check(plan, &bench.err), &bench.err);
	assert_trail(&bench.err, "out of the reach of real mode");
}

static void unknown_protocols_are_refused(void **state)
{
	(void)state;
	bench_init(&bench, 64 * MIB, "vax", content, sizeof content);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "vax");
	for (const struct boot_proto *const *proto = boot_protos; *proto != NULL; proto++) {
		if (strcmp((*proto)->name, "chain") == 0)
			continue; /* starts no kernel: chain_test */
		bench.request.protocol = (*proto)->name;
		bench.machine.firmware = (*proto)->firmware & FIRMWARE_BIOS ? FIRMWARE_BIOS : FIRMWARE_UEFI;
		/* Zeros are no kernel for anybody, and that is final: the entry has said what they are. */
		assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, "/boot/kernel");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_places_need_free_ram),
		cmocka_unit_test(memory_that_is_missing_is_asked_for),
		cmocka_unit_test(a_plan_has_an_end),
		cmocka_unit_test(files_get_whole_pages),
		cmocka_unit_test(unsound_plans_are_refused),
		cmocka_unit_test(long_mode_is_walked),
		cmocka_unit_test(unknown_protocols_are_refused),
		cmocka_unit_test(real_mode_has_16_bits),
		cmocka_unit_test(moves_are_counted),
		cmocka_unit_test(screens_beside_the_kernel_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
