/* SPDX-License-Identifier: MIT */
/* The printed plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/print.h"
#include "support_handoff.h"
#include "support_video.h"

enum { MIB = 1 << 20, PAGE = 4096 };

static struct bench bench;
static struct memory_file file;
static uint8_t content[3 * PAGE];

/* A sound plan in protected mode. */
static void start_sound(void)
{
	struct place place = { .kind = PLACE_KERNEL, .what = "segment 1", .start = 0x200000, .bytes = 2 * PAGE, .file_bytes = PAGE };

	bench_init(&bench, 64 * MIB, "elf", NULL, 0);
	bench.plan = (struct plan){ .protocol = "test", .kernel = "/kernel", .memory = &bench.memory, .entry = 0x200010 };
	memory_file_init(&file, "/kernel", content, sizeof content);
	place.file = &file.file;
	assert_ok(plan_add_fixed(&bench.plan, &place, &bench.err), &bench.err);
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
}

static void set_screen(struct plan *plan, uint64_t phys)
{
	plan->video.screen = (struct screen){ TEST_SCREEN(phys, 1024, 768) };
}

static void the_text_is_stable(void **state)
{
	static char text[4096];
	struct text_buffer buffer;
	struct place module = { .kind = PLACE_MODULE, .what = "module 1 /a\x1b[2J", .start = 0x8000, .bytes = 16 };

	(void)state;
	start_sound();
	assert_ok(plan_add_fixed(&bench.plan, &module, &bench.err), &bench.err);
	bench.plan.registers = (struct entry_registers){ .ax = 0x36D76289, .sp = 0x7FF00 };
	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&bench.plan, &buffer.sink);
	assert_string_equal(text, "protocol    test\n"
				  "kernel      /kernel\n"
				  "places\n"
				  "  [0x0000000000200000, 0x0000000000202000) kernel       segment 1 = 4096 bytes at 0x0 of /kernel\n"
				  "  [0x0000000000008000, 0x0000000000008010) module       module 1 /a?[2J, staged\n"
				  "  [0x0000000003fde000, 0x0000000003fe0000) jump         code and data of the last step\n"
				  "entry       0x0000000000200010\n"
				  "mode        protected\n"
				  "registers\n"
				  "  ax = 0x0000000036d76289\n  bx = 0x0000000000000000\n"
				  "  cx = 0x0000000000000000\n  dx = 0x0000000000000000\n"
				  "  si = 0x0000000000000000\n  di = 0x0000000000000000\n"
				  "  bp = 0x0000000000000000\n  sp = 0x000000000007ff00\n");
	bench.plan.mode = ENTRY_MODE_LONG;
	bench.plan.page_table_root = 0x5000;
	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&bench.plan, &buffer.sink);
	assert_non_null(strstr(text, "mode        long\npage tables 0x0000000000005000\n"));
	bench.plan.firmware_map = (struct plan_firmware_map){ .start = 0x300000, .room = 65536 };
	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&bench.plan, &buffer.sink);
	assert_non_null(strstr(text, "EFI map     up to 65536 bytes into the structure at 0x0000000000300000\nregisters\n"));
	bench.plan.mode = ENTRY_MODE_FIRMWARE; /* the stack is not set */
	set_screen(&bench.plan, 0xE0000000);
	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&bench.plan, &buffer.sink);
	assert_non_null(strstr(text, "\nvideo       1024x768x32 at 0xe0000000\nregisters\n"));
	assert_non_null(strstr(text, "mode        firmware\n"));
	assert_non_null(strstr(text, "  bp = 0x"));
	assert_null(strstr(text, "  sp = 0x"));
	bench.plan.video.set = true;
	bench.plan.video.number = 0x118;
	plan_note(&bench.plan, "there is {s}", "something", 0, 0, "look");
	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&bench.plan, &buffer.sink);
	assert_non_null(strstr(text, "\nvideo       mode 0x118: 1024x768x32 at 0xe0000000\nregisters\n"));
	assert_non_null(strstr(text, "\nnote        there is something\nhint        look\n"));
	bench.plan.video = (struct plan_video){ .screen = { .kind = SCREEN_TEXT, .width = 80, .height = 25 } };
	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&bench.plan, &buffer.sink);
	assert_non_null(strstr(text, "\nvideo       text 80x25\nregisters\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_text_is_stable) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
