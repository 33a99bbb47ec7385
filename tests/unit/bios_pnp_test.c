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

static uint32_t last_apm_call;

static void apm(struct bios_registers *registers)
{
	last_apm_call = registers->eax;
	registers->flags = 0;
}

static void apm_is_disconnected(void **state)
{
	(void)state;
	fake_interrupt[0x15] = apm;
	disconnect_apm();
	assert_int_equal(last_apm_call, 0x5304);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finds_the_first_sound_structure, reset),
		cmocka_unit_test_setup(passes_over_what_is_none, reset),
		cmocka_unit_test_setup(apm_is_disconnected, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
