/* SPDX-License-Identifier: MIT */
/* The way out of the firmware. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "support_block.h" // assert_trail
#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/memory.h"

enum { MIB = 1 << 20, PAGE = 4096, RAM_END = FAKE_PAGES * PAGE, ARENA_BYTES = 64 * 1024, ROOM = 64 * 1024 };

static uint8_t working[ARENA_BYTES];
static struct arena arena;
static struct memory memory;
static struct err err;

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	arena_init(&arena, working, sizeof working);
	memset(&memory, 0, sizeof memory);
	return 0;
}

static void read_memory(void)
{
	assert_int_equal(firmware_memory_read(&memory, &arena, &err), OK);
}

static struct {
	unsigned calls;
	uint64_t bytes;
	void *context;
	uint8_t *structure;
	bool has_last_change;
} written;

static uint8_t structure[16];

static void write_map(void *context, uint8_t *to, const struct firmware_map *map)
{
	written.calls++;
	written.bytes = map->bytes;
	written.context = context;
	written.structure = to;
	assert_int_equal(map->descriptor_bytes, FAKE_DESCRIPTOR_BYTES);
	assert_int_equal(map->descriptor_version, 1);
	for (uint64_t at = 0; at < map->bytes; at += map->descriptor_bytes) {
		const EFI_MEMORY_DESCRIPTOR *descriptor = (const void *)((const uint8_t *)map->descriptors + at);

		if (descriptor->PhysicalStart == 0 && descriptor->Type == EfiBootServicesData)
			written.has_last_change = true;
	}
}

static struct plan plan_for_map(uint64_t room)
{
	memset(&written, 0, sizeof written);
	return (struct plan){ .firmware_map = { .start = (uintptr_t)structure, .room = room, .write = write_map, .context = &written } };
}

static void the_firmware_is_left(void **state)
{
	struct plan plan = plan_for_map(ROOM);
	bool gone;

	(void)state;
	read_memory();
	assert_int_equal(firmware_leave(&plan, &gone, &err), OK);
	assert_true(gone);
	assert_int_equal(fake_machine.leave_calls, 1);
	assert_int_equal(written.calls, 1);
	assert_ptr_equal(written.context, &written);
	assert_ptr_equal(written.structure, structure);
	plan.firmware_map.start = 0; /* nobody wants the map */
	reset(state);
	read_memory();
	assert_int_equal(firmware_leave(&plan, &gone, &err), OK);
	assert_int_equal(written.calls, 1);
}

/* The first call fails on most machines. The map that is handed on is the one whose key was accepted. */
static void the_firmware_hesitates(void **state)
{
	for (unsigned failures = 1; failures < 8; failures++) {
		struct plan plan = plan_for_map(ROOM);
		bool gone;

		reset(state);
		read_memory();
		fake_machine.leave_failures = failures;
		assert_int_equal(firmware_leave(&plan, &gone, &err), OK);
		assert_int_equal(fake_machine.leave_calls, failures + 1);
		assert_int_equal(written.calls, 1);
		assert_true(written.has_last_change);
	}
}

static void the_firmware_never_lets_go(void **state)
{
	struct plan plan = plan_for_map(ROOM);
	bool gone;

	(void)state;
	read_memory();
	fake_machine.leave_failures = 1000;
	assert_int_equal(firmware_leave(&plan, &gone, &err), ERR_DENIED);
	assert_true(gone);
	assert_int_equal(fake_machine.leave_calls, 8);
	assert_int_equal(written.calls, 0);
	assert_trail(&err, "the firmware could not be ended in 8 tries: the firmware says \"invalid parameter\"");
}

static void the_map_is_gone_meanwhile(void **state)
{
	struct plan plan = plan_for_map(ROOM);
	bool gone;

	(void)state;
	read_memory();
	fake_machine.leave_failures = 1;
	fake_machine.map_fails = true;
	assert_int_equal(firmware_leave(&plan, &gone, &err), ERR_IO);
	assert_true(gone);
	assert_trail(&err, "the firmware's memory map cannot be read again: device error");
}

static void the_map_grows_meanwhile(void **state)
{
	struct plan plan = plan_for_map(4 * ROOM);
	bool gone;

	(void)state;
	read_memory();
	for (unsigned i = 0; i < 2000; i++)
		fake_memory(4 * MIB + 2 * i * PAGE, 4 * MIB + (2 * i + 1) * PAGE, EfiBootServicesData);
	fake_machine.leave_failures = 3;
	assert_int_equal(firmware_leave(&plan, &gone, &err), OK);
	assert_true(written.bytes > 4000 * FAKE_DESCRIPTOR_BYTES);
	assert_int_equal(image_firmware_allocations(), 1); /* the smaller buffer was given back */
}

/* Known before the first of the last calls, so that the next entry can be tried. */
static void no_room_for_the_map(void **state)
{
	struct plan plan = plan_for_map(2 * FAKE_DESCRIPTOR_BYTES - 1);
	bool gone;

	(void)state;
	read_memory();
	assert_int_equal(firmware_leave(&plan, &gone, &err), ERR_TOO_BIG);
	assert_false(gone);
	assert_int_equal(fake_machine.leave_calls, 0);
	assert_int_equal(written.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_firmware_is_left, reset),       cmocka_unit_test_setup(the_firmware_hesitates, reset),
		cmocka_unit_test_setup(the_firmware_never_lets_go, reset), cmocka_unit_test_setup(the_map_is_gone_meanwhile, reset),
		cmocka_unit_test_setup(the_map_grows_meanwhile, reset),    cmocka_unit_test_setup(no_room_for_the_map, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
