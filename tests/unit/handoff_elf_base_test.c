/* SPDX-License-Identifier: MIT */
/* Position-independent kernels of our own hand-off: their addresses, fixed and random, and their relocated bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kernel-handoff/paging/page_walk.h"
#include "support_handoff.h"
#include "support_pie.h"

#include <mkboot/handoff.h>

enum { MIB = 1 << 20, V1_BYTES = sizeof(struct mkboot_request) };

static const uint64_t gib = 1ull << 30, upper = 0xFFFFFFFF80000000;

static struct bench bench;
static uint8_t image[ELF_IMAGE_MAX];

static void make(uint64_t ram_bytes, uint64_t base)
{
	bench_init(&bench, ram_bytes, "elf", image, pie_make(image, base));
}

/* Both halves of the seed that count: which virtual and which physical slot, modulo their numbers. */
static void set_seed(uint64_t virtual_slot, uint64_t physical_slot)
{
	bench.machine.has_random_seed = true;
	put_le64(bench.machine.random_seed, virtual_slot);
	put_le64(bench.machine.random_seed + 8, physical_slot);
}

static struct mkboot_handoff plan(void)
{
	struct mkboot_handoff handoff;

	assert_ok(bench_plan(&bench), &bench.err);
	bench_read(&bench, bench.plan.registers.di, &handoff, sizeof handoff);
	return handoff;
}

/* The kernel of pie_make(), linked at `base`, lies at these addresses, and everything in plan and hand-off says so. */
static void assert_at(const struct mkboot_handoff *handoff, uint64_t base, uint64_t virt, uint64_t phys)
{
	const struct place *text = bench_place(&bench, "segment 0"), *data = bench_place(&bench, "segment 1");
	struct page_walk walked;
	uint64_t word;

	assert_int_equal(text->start, phys);
	assert_int_equal(data->start, phys + PIE_DATA);
	assert_false(text->staged || data->staged);
	assert_int_equal(bench.plan.entry, virt + PIE_ENTRY);
	assert_int_equal(handoff->kernel_virtual, virt);
	assert_int_equal(handoff->kernel_physical, phys);
	assert_int_equal(handoff->kernel_offset, virt - base);
	assert_ok(page_walk(&bench.plan, virt + PIE_BYTES - 1, &walked, &bench.err), &bench.err);
	assert_true(walked.phys == phys + PIE_BYTES - 1 && walked.writable && !walked.executable);
	assert_ok(page_walk(&bench.plan, virt + PIE_ENTRY, &walked, &bench.err), &bench.err);
	assert_true(walked.phys == phys + PIE_ENTRY && !walked.writable && walked.executable);
	bench_read(&bench, phys + PIE_RELA_WORD, &word, 8);
	assert_int_equal(word, virt + PIE_TEXT + 0x123);
	bench_read(&bench, phys + PIE_RELR_WORD, &word, 8);
	assert_int_equal(word, virt + PIE_DATA + 0x456);
	bench_read(&bench, phys + PIE_BSS, &word, 8);
	assert_int_equal(word, 0);
}

static void fixed_addresses_are_always_the_same(void **state)
{
	static const uint64_t ram[] = { 16 * MIB, 512 * MIB, 6ull << 30 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct mkboot_handoff handoff;

		make(ram[i], 0);
		bench.request.settings.kaslr_off = true;
		set_seed(5, 5);
		handoff = plan();
		assert_at(&handoff, 0, upper, 2 * MIB);
		assert_int_equal(handoff.kernel_flags, 0);
		assert_int_equal(bench.plan.notes.count, 0); /* somebody wanted it so */
	}
}

static void without_a_seed_the_addresses_are_fixed_and_a_note_says_so(void **state)
{
	struct mkboot_handoff handoff;

	(void)state;
	make(64 * MIB, 0);
	handoff = plan();
	assert_at(&handoff, 0, upper, 2 * MIB);
	assert_int_equal(handoff.kernel_flags, 0);
	assert_int_equal(bench.plan.notes.count, 1);
	assert_string_equal(bench.plan.notes.note[0].text.what, "the kernel gets its fixed addresses, not random ones (KASLR): {s}");
	assert_string_equal(bench.plan.notes.note[0].text.subject, "there is no source of random numbers");
}

static void a_seed_makes_the_addresses_random(void **state)
{
	enum { SLOTS = 512 }; /* of 2 MiB in 1 GiB; the kernel is shorter than one */
	struct mkboot_handoff handoff, again;

	(void)state;
	make(64 * MIB, 0);
	for (unsigned slot = 0; slot <= SLOTS; slot += 64) {
		set_seed(slot, 3);
		handoff = plan();
		assert_at(&handoff, 0, upper + (uint64_t)(slot % SLOTS) * 2 * MIB, 8 * MIB);
		assert_int_equal(handoff.kernel_flags, MKBOOT_KERNEL_RANDOM);
		assert_int_equal(bench.plan.notes.count, 0);
	}
	set_seed(SLOTS - 1, 0);
	handoff = plan();
	assert_at(&handoff, 0, upper + gib - 2 * MIB, 2 * MIB);
	/* RAM ends 128 KiB below 64 MiB, which is after the kernel's end in the last of 31 blocks of 2 MiB. */
	set_seed(0, 30);
	handoff = plan();
	assert_at(&handoff, 0, upper, 62 * MIB);
	set_seed(0, 31);
	handoff = plan();
	assert_at(&handoff, 0, upper, 2 * MIB);
	/* The same seed, the same plan. */
	set_seed(0x123456789ABCDEF, 0xFEDCBA987654321);
	handoff = plan();
	again = plan();
	assert_memory_equal(&handoff, &again, sizeof handoff);
}

/* Every physical slot of a machine with RAM on both sides of a hole: whatever is drawn, the kernel is in free RAM below 4 GiB. */
static void every_random_block_is_free_memory(void **state)
{
	(void)state;
	make(6 * gib, 0);
	for (unsigned slot = 0; slot < 1600; slot += 37) {
		const struct place *text;

		set_seed(slot * 7, slot);
		(void)plan();
		text = bench_place(&bench, "segment 0");
		assert_int_equal(text->start % (2 * MIB), 0);
		assert_true(text->start >= 2 * MIB && text->start + PIE_BYTES <= 3 * gib);
	}
}

static void a_kernel_of_the_upper_half_stays_there(void **state)
{
	static const uint64_t base = 0xFFFFFFFF90000000, low_end = 0xFFFF800000000000;
	struct mkboot_handoff handoff;

	(void)state;
	make(64 * MIB, base);
	bench.request.settings.kaslr_off = true;
	handoff = plan();
	assert_at(&handoff, base, base, 2 * MIB);
	bench.request.settings.kaslr_off = false;
	set_seed(511, 0);
	handoff = plan();
	assert_at(&handoff, base, base + gib - 2 * MIB, 2 * MIB);
	make(64 * MIB, low_end);
	set_seed(1, 0);
	handoff = plan();
	assert_at(&handoff, low_end, low_end + 2 * MIB, 2 * MIB);
}

static void the_last_addresses_are_left_free(void **state)
{
	static const uint64_t base = 0xFFFFFFFFFF800000; /* 8 MiB before the end */
	struct mkboot_handoff handoff;

	(void)state;
	make(64 * MIB, base);
	set_seed(2, 0);
	handoff = plan();
	assert_at(&handoff, base, base + 4 * MIB, 2 * MIB);
	set_seed(3, 0); /* there are three */
	handoff = plan();
	assert_at(&handoff, base, base, 2 * MIB);
	make(64 * MIB, base + 4 * MIB);
	set_seed(1, 0);
	handoff = plan();
	assert_at(&handoff, base + 4 * MIB, base + 4 * MIB, 2 * MIB);
	assert_string_equal(bench.plan.notes.note[0].text.subject, "it fills all of the addresses that it may have");
	pie_note(&(struct mkboot_request){ .version = 1, .bytes = V1_BYTES, .required = MKBOOT_REQUEST_RANDOM }, V1_BYTES);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "it fills all of the addresses that it may have");
}

/* Linked at 1 MiB and a page: the distance to the next lower 2 MiB is kept, in both address spaces. */
static void an_odd_base_keeps_its_place_in_its_block(void **state)
{
	static const uint64_t base = MIB + 0x1000;
	struct mkboot_handoff handoff;

	(void)state;
	make(64 * MIB, base);
	set_seed(3, 4);
	handoff = plan();
	assert_at(&handoff, base, upper + 6 * MIB + base, 10 * MIB + base);
}

static void requested_alignment_and_window_are_kept(void **state)
{
	struct mkboot_request request = { .version = 1, .bytes = sizeof request, .base_align_mib = 16, .base_window_mib = 64 };
	struct mkboot_handoff handoff;

	(void)state;
	make(128 * MIB, 0);
	pie_note(&request, sizeof request);
	set_seed(3, 2);
	handoff = plan();
	assert_at(&handoff, 0, upper + 48 * MIB, 48 * MIB);
	set_seed(4, 0);
	handoff = plan();
	assert_at(&handoff, 0, upper, 16 * MIB);
	bench.request.settings.kaslr_off = true;
	handoff = plan();
	assert_at(&handoff, 0, upper, 16 * MIB);
}

static enum status plan_required(bool kaslr_off, bool cpu_known, uint16_t type)
{
	const struct mkboot_request request = { .version = 1, .bytes = sizeof request, .required = MKBOOT_REQUEST_RANDOM };

	make(64 * MIB, 0xFFFFFFFF80200000);
	put_le16(image + 16, type);
	for (unsigned i = 0; i < PIE_SEGMENTS; i++)
		pie_set_header(i, 24, 2 * MIB + (i == 0 ? PIE_TEXT : PIE_DATA)); /* p_paddr */
	pie_note(&request, sizeof request);
	bench.request.settings.kaslr_off = kaslr_off;
	bench.machine.cpu.known = cpu_known;
	return bench_plan(&bench);
}

static void required_random_addresses_are_given_or_refused(void **state)
{
	(void)state;
	assert_status(ERR_UNSUPPORTED, plan_required(true, false, 3), &bench.err);
	assert_trail(&bench.err, "the kernel requires random addresses (KASLR) and cannot have them: the entry says \"kaslr off\"");
	assert_status(ERR_UNSUPPORTED, plan_required(false, true, 3), &bench.err);
	assert_trail(&bench.err, "there is no source of random numbers");
	assert_status(ERR_UNSUPPORTED, plan_required(false, true, 2), &bench.err);
	assert_trail(&bench.err, "it is linked for fixed ones (ET_EXEC)");
	assert_status(ERR_UNSUPPORTED, plan_required(false, false, 2), &bench.err);
	/* A machine that is not there may have one. */
	assert_ok(plan_required(false, false, 3), &bench.err);
	assert_int_equal(bench.plan.notes.count, 1);
	set_seed(1, 1);
	bench.machine.cpu.known = true;
	assert_int_equal(plan().kernel_flags, MKBOOT_KERNEL_RANDOM);
}

static void kernels_that_fit_nowhere_are_refused(void **state)
{
	static const uint64_t bases[] = { 2ull << 30, (2ull << 30) - 0x4000, 1ull << 46 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		make(64 * MIB, bases[i]);
		assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, "the file is position-independent, and linked from 0x");
		assert_hint(&bench.err, "link it at address 0, or in the upper half");
	}
	make(64 * MIB, 0); /* from the first address to the last one */
	pie_set_header(1, 16, 0ull - (PIE_BYTES - PIE_DATA));
	pie_set_header(2, 0, 0);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	make(64 * MIB, 0);
	pie_set_header(1, 40, 63 * MIB);
	set_seed(1, 1);
	assert_status(ERR_NO_MEMORY, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "bytes of free memory below 0x100000000 for the kernel");
}

static void bad_segments_are_refused_by_name(void **state)
{
	(void)state;
	make(64 * MIB, 0);
	pie_set_header(1, 16, 0x1000);
	pie_set_header(2, 0, 0);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "segment 0");
	assert_trail(&bench.err, "segment 1");
	make(64 * MIB, 0);
	pie_set_header(0, 0, 7ull << 32 | 1);
	assert_status(ERR_DENIED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "segment 0 is writable and executable");
	make(64 * MIB, 0);
	put_le64(image + 24, PIE_DATA);
	assert_status(ERR_DENIED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "is in segment 1, which is not executable");
	make(64 * MIB, 0);
	put_le64(image + 24, PIE_BYTES);
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "is in none of the 2 segments");
	make(64 * MIB, 0); /* the same segment twice: one mapping, two places */
	memcpy(image + 64, image + 64 + 56, 56);
	pie_set_header(2, 0, 0);
	put_le64(image + 24, PIE_DATA);
	assert_true(bench_plan(&bench) != OK);
	assert_trail(&bench.err, "segment");
}

static void faults_are_reported(void **state)
{
	(void)state;
	make(64 * MIB, 0);
	set_seed(1, 1);
	bench_fault_loop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_addresses_are_always_the_same),
		cmocka_unit_test(without_a_seed_the_addresses_are_fixed_and_a_note_says_so),
		cmocka_unit_test(a_seed_makes_the_addresses_random),
		cmocka_unit_test(every_random_block_is_free_memory),
		cmocka_unit_test(a_kernel_of_the_upper_half_stays_there),
		cmocka_unit_test(the_last_addresses_are_left_free),
		cmocka_unit_test(an_odd_base_keeps_its_place_in_its_block),
		cmocka_unit_test(requested_alignment_and_window_are_kept),
		cmocka_unit_test(required_random_addresses_are_given_or_refused),
		cmocka_unit_test(kernels_that_fit_nowhere_are_refused),
		cmocka_unit_test(bad_segments_are_refused_by_name),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
