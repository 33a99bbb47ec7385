/* SPDX-License-Identifier: MIT */
/* The Plug and Play structure of a BIOS, and APM as real-mode code finds it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "stage2/bios/firmware_tables.h"
#include "support_bios.h"

enum { AREA = 0xF0000, LENGTH = 0x21, CHECKSUM_AT = 8 };

static void put_structure(uint32_t at)
{
	uint8_t sum = 0;

	memcpy(fake_low + at, "$PnP", 4);
	fake_low[at + 4] = 0x10;
	fake_low[at + 5] = LENGTH;
	for (unsigned i = 6; i < LENGTH; i++)
		fake_low[at + i] = i == CHECKSUM_AT ? 0 : (uint8_t)(i * 7);
	for (unsigned i = 0; i < LENGTH; i++)
		sum = (uint8_t)(sum + fake_low[at + i]);
	fake_low[at + CHECKSUM_AT] = (uint8_t)-sum;
}

static uint32_t find(void)
{
	struct machine machine = { .pnp_phys = 1 };

	find_pnp(&machine);
	return machine.pnp_phys;
}

static int reset(void **state)
{
	(void)state;
	fake_bios_reset();
	return 0;
}

static void finds_the_first_sound_structure(void **state)
{
	(void)state;
	assert_int_equal(find(), 0);
	put_structure(AREA + 0x100);
	put_structure(AREA + 0x6540);
	fake_low[AREA + 0x100 + LENGTH - 1] ^= 1; /* spoils the sum */
	assert_int_equal(find(), AREA + 0x6540);
}

static void passes_over_what_is_none(void **state)
{
	(void)state;
	put_structure(AREA - 0x40);     /* not searched */
	put_structure(AREA + 0x108);    /* not on a boundary of 16 */
	put_structure(0x100000 - 0x20); /* longer than what is left */
	assert_int_equal(find(), 0);
	put_structure(AREA);
	assert_int_equal(find(), AREA);
	put_structure(0x100000 - 0x30);
	fake_low[AREA + 5] = 0x10; /* too short */
	assert_int_equal(find(), 0x100000 - 0x30);
}

static struct {
	unsigned calls;
	bool absent, connected;
} apm;

static void apm_functions(struct bios_registers *registers)
{
	apm.calls++;
	registers->flags = apm.absent ? FLAG_CARRY : 0;
	if (apm.absent)
		return;
	switch (registers->eax) {
	case 0x5300:
		registers->eax = 0x0102;
		registers->ebx = 0x504D;
		registers->ecx = 3 | (apm.connected ? 1 << 4 : 0);
		break;
	case 0x5303:
		assert_false(apm.connected);
		apm.connected = true;
		registers->eax = 0xF000;
		registers->ebx = 0x12345678;
		break;
	case 0x5304:
		apm.connected = false;
		break;
	default:
		fail_msg("INT 15h EAX=%x must not be called", registers->eax);
	}
}

static int reset_apm(void **state)
{
	(void)reset(state);
	disconnect_apm(); /* what the test before has left */
	memset(&apm, 0, sizeof apm);
	fake_interrupt[0x15] = apm_functions;
	return 0;
}

/* Two kernels that are told of it: the second one gets the first one's connection. */
static void apm_is_asked_once(void **state)
{
	const struct apm *found = find_apm();

	(void)state;
	assert_non_null(found);
	assert_int_equal(found->version, 0x0102);
	assert_int_equal(found->flags, 3 | 1 << 4);
	assert_int_equal(found->code_segment, 0xF000);
	assert_int_equal(found->entry_offset, 0x12345678);
	apm.calls = 0;
	assert_ptr_equal(find_apm(), found);
	assert_int_equal(apm.calls, 0);
	assert_true(apm.connected);
}

static void apm_is_disconnected(void **state)
{
	(void)state;
	assert_non_null(find_apm());
	disconnect_apm();
	assert_false(apm.connected);
	assert_non_null(find_apm()); /* connected anew */
	assert_true(apm.connected);
}

/* Some firmware hangs there. */
static void apm_is_not_disconnected_by_chance(void **state)
{
	(void)state;
	disconnect_apm();
	assert_int_equal(apm.calls, 0);
}

static void apm_may_be_absent(void **state)
{
	(void)state;
	apm.absent = true;
	assert_null(find_apm());
	assert_int_equal(apm.calls, 1);
	assert_null(find_apm());
	assert_int_equal(apm.calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finds_the_first_sound_structure, reset),
		cmocka_unit_test_setup(passes_over_what_is_none, reset),
		cmocka_unit_test_setup(apm_is_asked_once, reset_apm),
		cmocka_unit_test_setup(apm_is_disconnected, reset_apm),
		cmocka_unit_test_setup(apm_is_not_disconnected_by_chance, reset_apm),
		cmocka_unit_test_setup(apm_may_be_absent, reset_apm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
