/* SPDX-License-Identifier: MIT */
/* What kernels of our own hand-off ask for: the note, the screen, the stack, the processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_handoff.h"
#include "support_madt.h"
#include "support_pie.h"
#include "support_video.h"

#include <mkboot/handoff.h>

enum { MIB = 1 << 20, V1_BYTES = 40, BITS = 4 };

static struct bench bench;
static uint8_t image[ELF_IMAGE_MAX];
static struct test_madt table;

/* A kernel whose note has the first `note_bytes` of what is given. */
static void make(const void *request, size_t note_bytes)
{
	bench_init(&bench, 64 * MIB, "elf", image, pie_make(image, 0));
	bench.request.settings.kaslr_off = true;
	bench.machine.cpu.known = true;
	if (note_bytes > 0)
		pie_note(request, note_bytes);
}

static void make_request(struct mkboot_request request)
{
	request.version = MKBOOT_REQUEST_VERSION;
	request.bytes = sizeof request;
	make(&request, sizeof request);
}

static struct mkboot_handoff plan(void)
{
	struct mkboot_handoff handoff;

	assert_ok(bench_plan(&bench), &bench.err);
	bench_read(&bench, bench.plan.registers.di, &handoff, sizeof handoff);
	return handoff;
}

static void the_note_of_the_public_header_is_read(void **state)
{
	MKBOOT_NOTE(note, .stack_bytes = 0x10001);

	(void)state;
	assert_int_equal(sizeof note, 60);
	assert_int_equal(sizeof note.request, V1_BYTES);
	assert_int_equal(offsetof(struct mkboot_note, request), 20); /* 12 bytes, and the owner padded to 4 */
	make(&note.request, sizeof note.request);
	memcpy(image + 0x5000, &note, sizeof note);
	pie_set_header(PIE_NOTE_HEADER, 8, 0x5000);
	pie_set_header(PIE_NOTE_HEADER, 32, sizeof note);
	(void)plan();
	assert_int_equal(bench_place(&bench, "stack")->bytes, 0x11000);
}

static void the_stack_has_the_size_that_is_asked_for(void **state)
{
	static const struct {
		uint32_t wanted, got;
	} cases[] = { { 0, 16384 }, { 1, 16384 }, { 16385, 20480 }, { 1 << 20, 1 << 20 } };

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct place *stack;

		make_request((struct mkboot_request){ .stack_bytes = cases[i].wanted });
		(void)plan();
		stack = bench_place(&bench, "stack");
		assert_int_equal(stack->bytes, cases[i].got);
		assert_int_equal(bench.plan.registers.sp + 8, stack->start + stack->bytes);
	}
	make(NULL, 0);
	(void)plan();
	assert_int_equal(bench_place(&bench, "stack")->bytes, 16384);
	make_request((struct mkboot_request){ .stack_bytes = UINT32_MAX });
	assert_status(ERR_NO_MEMORY, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "for stack");
}

/* Fields are only ever added at the end, and `bytes` says where a request ends. */
static void short_and_long_requests_are_read(void **state)
{
	uint32_t words[20] = { 1, V1_BYTES, 0, 0, 0, 0, 0, 0x8000 };

	(void)state;
	memset(words + 10, 0xEE, sizeof words - V1_BYTES);
	make(words, sizeof words);
	(void)plan();
	assert_int_equal(bench_place(&bench, "stack")->bytes, 0x8000);
	words[0] = 7; /* a version of the future, with more fields and wishes that we do not know */
	words[1] = sizeof words;
	words[3] = ~0u << BITS;
	make(words, sizeof words);
	(void)plan();
	assert_int_equal(bench_place(&bench, "stack")->bytes, 0x8000);
	for (uint32_t bytes = 16; bytes <= V1_BYTES; bytes += 4) {
		words[1] = bytes;
		make(words, V1_BYTES); /* what the note has behind the request's end is not its */
		(void)plan();
		assert_int_equal(bench_place(&bench, "stack")->bytes, bytes < 32 ? 16384 : 0x8000);
		make(words, bytes);
		(void)plan();
		assert_int_equal(bench_place(&bench, "stack")->bytes, bytes < 32 ? 16384 : 0x8000);
	}
}

static void requests_that_cannot_be_are_refused(void **state)
{
	static const struct {
		uint32_t version, bytes;
		size_t note_bytes;
		const char *trail;
	} cases[] = {
		{ 0, V1_BYTES, V1_BYTES, "of version 0 and 40 bytes" },
		{ 1, 15, V1_BYTES, "of version 1 and 15 bytes" },
		{ 1, 0, V1_BYTES, "and 0 bytes" },
		{ 1, V1_BYTES, V1_BYTES - 1, "and 40 bytes" },
		{ 1, UINT32_MAX, V1_BYTES, "and 4294967295 bytes" },
		{ 1, V1_BYTES, 4, "of version 1 and 0 bytes" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mkboot_request request = { .version = cases[i].version, .bytes = cases[i].bytes };

		make(&request, cases[i].note_bytes);
		assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, "the note with the kernel's request to mkboot: it claims to be");
		assert_trail(&bench.err, cases[i].trail);
	}
	for (unsigned i = 0; i < 3; i++) {
		static const uint32_t aligns[] = { 1, 3, 2048 };

		make_request((struct mkboot_request){ .base_align_mib = aligns[i] });
		assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, "base_align_mib is");
	}
	make_request((struct mkboot_request){ .stack_bytes = 1 });
	pie_set_header(PIE_NOTE_HEADER, 32, 30);
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the notes of program header 3 cannot be read");
}

static void unknown_requirements_are_refused_by_name(void **state)
{
	struct mkboot_request request = { .version = 2, .bytes = sizeof request, .required = 1u << BITS | 1u << 31 | MKBOOT_REQUEST_TEXT };

	(void)state;
	make(&request, sizeof request);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "it is of version 2 and requires 0x80000010, which this loader does not know");
	assert_hint(&bench.err, "a newer version of mkboot");
}

/* --- the screen ----------------------------------------------------------------------------------------------------------------------- */

static const struct video_mode modes[] = {
	{ 0x111, { SCREEN_LINEAR, 0xE0000000, 1280, 640, 480, 16, 0, 0, 0, 0, { 11, 5 }, { 5, 6 }, { 0, 5 }, { 0, 0 } } },
	{ 0x118, { TEST_SCREEN(0x140000000, 1024, 768), .reserved = { 24, 8 } } },
};

static void list_modes(const struct video_mode **mode, unsigned *count)
{
	*mode = modes;
	*count = sizeof modes / sizeof *modes;
}

static const struct video_source video = { .modes = list_modes };

static void screens_are_chosen_and_handed_over(void **state)
{
	static const struct {
		struct mkboot_request request;
		struct video_setting setting;
		bool set;
		uint32_t width;
	} cases[] = {
		{ { .required = 0 }, { .kind = VIDEO_UNSET }, false, 80 },
		{ { .wanted = MKBOOT_REQUEST_TEXT | MKBOOT_REQUEST_LINEAR }, { .kind = VIDEO_UNSET }, false, 80 },
		{ { .wanted = MKBOOT_REQUEST_LINEAR }, { .kind = VIDEO_UNSET }, true, 1024 },
		{ { .required = MKBOOT_REQUEST_LINEAR }, { .kind = VIDEO_UNSET }, true, 1024 },
		{ { .required = MKBOOT_REQUEST_LINEAR, .screen_width = 800, .screen_height = 600 }, { .kind = VIDEO_UNSET }, true, 640 },
		{ { .required = MKBOOT_REQUEST_TEXT | MKBOOT_REQUEST_LINEAR }, { .kind = VIDEO_KEEP }, false, 80 },
		{ { .required = MKBOOT_REQUEST_TEXT }, { .kind = VIDEO_UNSET }, false, 80 },
		{ { .required = 0 }, { VIDEO_MODE, 640, 480, 0 }, true, 640 },
		{ { .wanted = MKBOOT_REQUEST_LINEAR }, { .kind = VIDEO_KEEP }, false, 80 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct video_mode *mode = &modes[cases[i].width == 1024];
		struct mkboot_screen screen;

		make_request(cases[i].request);
		bench.machine.video = &video;
		bench.request.settings.video = cases[i].setting;
		screen = plan().screen;
		assert_int_equal(bench.plan.video.set, cases[i].set);
		assert_int_equal(screen.width, cases[i].width);
		assert_int_equal(screen.kind, cases[i].set ? MKBOOT_SCREEN_LINEAR : MKBOOT_SCREEN_TEXT);
		if (!cases[i].set)
			continue;
		assert_int_equal(bench.plan.video.number, mode->number);
		assert_int_equal(screen.start, mode->screen.phys);
		assert_int_equal(screen.bits_per_pixel, mode->screen.bits_per_pixel);
		assert_int_equal(screen.pitch_bytes, mode->screen.pitch_bytes);
		assert_int_equal(screen.red_position, mode->screen.red.position);
		assert_int_equal(screen.green_bits, mode->screen.green.bits);
	}
}

static void a_required_screen_that_is_not_there_is_refused(void **state)
{
	static const struct {
		uint32_t required;
		enum screen_kind kind;
		enum video_kind setting;
		const char *trail;
	} cases[] = {
		{ MKBOOT_REQUEST_LINEAR, SCREEN_TEXT, VIDEO_UNSET,
		  "the kernel requires a screen of pixels (a linear framebuffer): the screen is one of text" },
		{ MKBOOT_REQUEST_LINEAR, SCREEN_NONE, VIDEO_UNSET, "(a linear framebuffer): there is no screen at all" },
		{ MKBOOT_REQUEST_TEXT, SCREEN_LINEAR, VIDEO_UNSET, "the kernel requires a screen of text: the screen is one of pixels" },
		{ MKBOOT_REQUEST_TEXT | MKBOOT_REQUEST_LINEAR, SCREEN_NONE, VIDEO_UNSET,
		  "the kernel requires a screen: there is no screen at all" },
		{ MKBOOT_REQUEST_LINEAR, SCREEN_TEXT, VIDEO_TEXT, "the screen is one of text" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		make_request((struct mkboot_request){ .required = cases[i].required });
		bench.machine.screen.kind = cases[i].kind;
		bench.request.settings.video.kind = cases[i].setting;
		assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, cases[i].trail);
		assert_hint(&bench.err, "take \"video\" out of the entry");
	}
}

/* --- processors ----------------------------------------------------------------------------------------------------------------------- */

static void make_processors(uint32_t required)
{
	make_request((struct mkboot_request){ .required = required });
	madt_begin(&table);
	madt_add_apic(&table, 10, 2, MADT_ONLINE_CAPABLE);
	madt_add_apic(&table, 11, 0, MADT_ENABLED);
	madt_add_x2apic(&table, 12, 0x101, MADT_ENABLED | MADT_ONLINE_CAPABLE);
	bench.machine.acpi.madt = madt_end(&table);
}

static void assert_cpus(uint32_t boot_id)
{
	static const struct mkboot_cpu expected[] = {
		{ 2, 10, MKBOOT_CPU_ONLINE_CAPABLE },
		{ 0, 11, MKBOOT_CPU_ENABLED },
		{ 0x101, 12, MKBOOT_CPU_ENABLED | MKBOOT_CPU_ONLINE_CAPABLE },
	};
	struct mkboot_handoff handoff = plan();
	struct mkboot_cpu cpu[3];

	assert_int_equal(handoff.cpu_count, 3);
	bench_read(&bench, handoff.cpus, cpu, sizeof cpu);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(cpu[i].apic_id, expected[i].apic_id);
		assert_int_equal(cpu[i].acpi_uid, expected[i].acpi_uid);
		assert_int_equal(cpu[i].flags, expected[i].flags | (cpu[i].apic_id == boot_id ? MKBOOT_CPU_BOOT : 0));
	}
}

static void processors_are_handed_over(void **state)
{
	(void)state;
	make_processors(MKBOOT_REQUEST_CPUS);
	assert_cpus(0); /* nobody knows which one we are: the first that is enabled */
	bench.machine.cpu.apic = true;
	bench.machine.cpu.apic_id = 0x101;
	assert_cpus(0x101);
	bench.machine.cpu.apic_id = 77; /* not listed */
	assert_cpus(UINT32_MAX);
}

static void a_damaged_list_of_processors_is_none(void **state)
{
	struct mkboot_handoff handoff;

	(void)state;
	make_processors(0);
	table.data[60]++;
	handoff = plan();
	assert_int_equal(handoff.cpu_count, 0);
	assert_int_equal(bench.plan.notes.count, 1);
	assert_string_equal(bench.plan.notes.note[0].text.what, "the checksum of the ACPI table {s} is wrong");
	assert_string_equal(bench.plan.notes.note[0].text.subject, "APIC");
	assert_non_null(strstr(bench.plan.notes.note[0].hint, "told of no processors"));
	make_processors(MKBOOT_REQUEST_CPUS);
	table.data[60]++;
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the kernel requires to be told of the processors");
}

static void no_list_of_processors_is_none_either(void **state)
{
	(void)state;
	make_request((struct mkboot_request){ .required = 0 });
	assert_int_equal(plan().cpu_count, 0);
	assert_int_equal(bench.plan.notes.count, 0);
	make_request((struct mkboot_request){ .required = MKBOOT_REQUEST_CPUS });
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the firmware has no list of them");
}

static void faults_are_reported(void **state)
{
	(void)state;
	make_processors(MKBOOT_REQUEST_CPUS);
	bench_fault_loop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_note_of_the_public_header_is_read),
		cmocka_unit_test(the_stack_has_the_size_that_is_asked_for),
		cmocka_unit_test(short_and_long_requests_are_read),
		cmocka_unit_test(requests_that_cannot_be_are_refused),
		cmocka_unit_test(unknown_requirements_are_refused_by_name),
		cmocka_unit_test(screens_are_chosen_and_handed_over),
		cmocka_unit_test(a_required_screen_that_is_not_there_is_refused),
		cmocka_unit_test(processors_are_handed_over),
		cmocka_unit_test(a_damaged_list_of_processors_is_none),
		cmocka_unit_test(no_list_of_processors_is_none_either),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
