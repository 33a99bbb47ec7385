/* SPDX-License-Identifier: MIT */
/* Multiboot 1 kernels for the tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_multiboot.h"

enum { PAGE = 4096 };

void multiboot_header(size_t at, uint32_t flags, const uint32_t *fields, unsigned count)
{
	put_le32(mb_image + at, 0x1BADB002);
	put_le32(mb_image + at + 4, flags);
	put_le32(mb_image + at + 8, 0u - 0x1BADB002u - flags);
	for (unsigned i = 0; i < count; i++)
		put_le32(mb_image + at + 12 + 4 * i, fields[i]);
}

void multiboot_elf(bool is_64, uint32_t flags, const uint32_t *fields, unsigned count)
{
	elf_begin(is_64);
	mb_bench.request.protocol = "multiboot";
	multiboot_header(HEADER_AT, flags, fields, count);
}

void multiboot_flat(size_t bytes, uint32_t flags, const uint32_t *fields, unsigned count)
{
	flat_begin(bytes);
	mb_bench.request.protocol = "multiboot";
	multiboot_header(FLAT_AT, flags, fields, count);
}

uint32_t info_field(unsigned offset)
{
	uint8_t bytes[4];

	bench_read(&mb_bench, mb_bench.plan.registers.bx + offset, bytes, sizeof bytes);
	return get_le32(bytes);
}

void info_assert_text(uint32_t address, const char *text)
{
	char got[256];
	size_t bytes = strlen(text) + 1;

	assert_true(bytes <= sizeof got);
	bench_read(&mb_bench, address, got, bytes);
	assert_memory_equal(got, text, bytes);
}

void multiboot_check_state(void)
{
	const struct entry_registers *registers = &mb_bench.plan.registers;

	assert_int_equal(mb_bench.plan.mode, ENTRY_MODE_PROTECTED);
	assert_int_equal(registers->ax, 0x2BADB002);
	assert_int_equal(registers->sp, 0x7FF00);
	assert_true(registers->bx % PAGE == 0 && registers->bx >= 0x10000 && registers->bx < 0xA0000);
	assert_true(registers->cx == 0 && registers->dx == 0 && registers->si == 0 && registers->di == 0 && registers->bp == 0);
}
