/* SPDX-License-Identifier: MIT */
/* Multiboot2 kernels for the tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_multiboot2.h"

enum { MIB = 1 << 20, PAGE = 4096 };

struct bench mb_bench;
uint8_t mb_image[ELF_IMAGE_MAX];
size_t mb_image_bytes, header_at, header_end;

static const struct test_segment segments[] = {
	{ .flags = 5, .virt = 0xC0200000, .phys = 0x200000, .file_bytes = 0x3000, .bytes = 0x3000 },
	{ .flags = 6, .virt = 0xC0204000, .phys = 0x204000, .file_bytes = 0x800, .bytes = 0x2800 },
};

void header_begin(size_t at)
{
	header_at = at;
	header_end = at + 16;
	put_le32(mb_image + at, 0xE85250D6);
	put_le32(mb_image + at + 4, 0);
}

void header_tag(uint16_t type, uint16_t flags, const uint32_t *values, unsigned count)
{
	put_le16(mb_image + header_end, type);
	put_le16(mb_image + header_end + 2, flags);
	put_le32(mb_image + header_end + 4, 8 + 4 * count);
	for (unsigned i = 0; i < count; i++)
		put_le32(mb_image + header_end + 8 + 4 * i, values[i]);
	header_end += (8 + 4 * count + 7) & ~7u;
}

void header_checksum(void)
{
	uint32_t bytes = (uint32_t)(header_end - header_at);

	put_le32(mb_image + header_at + 8, bytes);
	put_le32(mb_image + header_at + 12, 0u - 0xE85250D6u - get_le32(mb_image + header_at + 4) - bytes);
}

void header_finish(void)
{
	header_tag(0, 0, NULL, 0);
	header_checksum();
}

void elf_begin(bool is_64)
{
	mb_image_bytes = elf_make(mb_image, is_64, 0xC0200100, segments, 2);
	bench_init(&mb_bench, 64 * MIB, "multiboot2", mb_image, mb_image_bytes);
	header_begin(HEADER_AT);
}

void flat_begin(size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		mb_image[i] = test_segment_byte(5, i);
	memset(mb_image + FLAT_AT, 0, 0x100);
	mb_image_bytes = bytes;
	bench_init(&mb_bench, 64 * MIB, "multiboot2", mb_image, bytes);
	header_begin(FLAT_AT);
}

int find_tag(uint32_t type, unsigned number, uint8_t *content, size_t capacity)
{
	uint64_t start = mb_bench.plan.registers.bx, at = 8;
	uint32_t head[2];
	int found = -1;

	bench_read(&mb_bench, start, head, 8);
	assert_int_equal(head[1], 0);
	for (uint32_t total = head[0];; at += (head[1] + 7ull) & ~7ull) {
		bench_read(&mb_bench, start + at, head, 8);
		assert_true(head[1] >= 8 && at + head[1] <= total);
		if (head[0] == type && number-- == 0) {
			found = (int)head[1] - 8;
			assert_true((size_t)found <= capacity);
			bench_read(&mb_bench, start + at + 8, content, (size_t)found);
		}
		if (head[0] == 0) {
			assert_int_equal(at + 8, total);
			return found;
		}
	}
}

void check_segment_bytes(uint64_t start, unsigned segment, size_t from, size_t bytes)
{
	uint8_t got[0x3000];

	assert_true(bytes <= sizeof got);
	bench_read(&mb_bench, start, got, bytes);
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(got[i], test_segment_byte(segment, from + i));
}

void check_elf_image(void)
{
	uint8_t zeros[0x2000] = { 0 }, bss[0x2000];

	assert_int_equal(mb_bench.plan.entry, 0x200100); /* from virtual to physical */
	check_segment_bytes(0x204000, 1, 0, 0x800);
	bench_read(&mb_bench, 0x204800, bss, sizeof bss);
	assert_memory_equal(bss, zeros, sizeof bss);
}

void check_impossible_images(const char *protocol, void (*write_header)(void))
{
	static const struct {
		struct test_segment segment[2];
		unsigned count;
		uint32_t entry;
		enum status expected;
		const char *trail;
	} cases[] = {
		{ { { 0, 5, 0x200000, 0x200000, 0x2000, 0x2000 }, { 0, 6, 0x201FFF, 0x201FFF, 1, 1 } },
		  2,
		  0x200000,
		  ERR_DENIED,
		  "segments 0 and 1 of the kernel overlap: both have the memory at 0x201fff" },
		{ { { 0, 5, 0x200000, 0x200000, 0x2000, 0x2000 } }, 1, 0x202000, ERR_CORRUPT, "in none of the kernel's segments" },
		{ { { 0, 5, 0x200000, 0xFFFFF000, 0x2000, 0x2000 } }, 1, 0x200000, ERR_UNSUPPORTED, "segment 0 ends at 0x100001000" },
		{ { { 0, 5, 0x9F000, 0x9F000, 0x2000, 0x2000 } }, 1, 0x9F000, ERR_DENIED, "segment 0: there is not RAM everywhere" },
		{ { { 0, 5, 0x0, 0x0, 0x2000, 0x2000 } }, 1, 0x0, ERR_DENIED, "segment 0 cannot have the memory" },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		mb_image_bytes = elf_make(mb_image, true, cases[i].entry, cases[i].segment, cases[i].count);
		bench_init(&mb_bench, 64 * MIB, protocol, mb_image, mb_image_bytes);
		write_header();
		assert_status(cases[i].expected, bench_plan(&mb_bench), &mb_bench.err);
		assert_trail(&mb_bench.err, cases[i].trail);
		assert_trail(&mb_bench.err, "/boot/kernel");
	}
}

void check_physical_entry(const char *protocol, void (*write_header)(void))
{
	for (unsigned is_64 = 0; is_64 < 2; is_64++) {
		elf_begin(is_64);
		mb_bench.request.protocol = protocol;
		write_header();
		put_le32(mb_image + 24, 0x200100);
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		check_elf_image();
		bench_assert_note(
			&mb_bench,
			"/boot/kernel: no segment has the entry 0x200100 as a virtual address, and it is taken as a physical one");
		put_le32(mb_image + 24, 0x203000); /* between the segments */
		assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
		assert_trail(&mb_bench.err, "the entry 0x203000 is in none of the kernel's segments");
	}
}

void check_state(void)
{
	const struct entry_registers *registers = &mb_bench.plan.registers;

	assert_int_equal(mb_bench.plan.mode, ENTRY_MODE_PROTECTED);
	assert_int_equal(registers->ax, 0x36D76289);
	assert_int_equal(registers->sp, 0x7FF00);
	assert_true(registers->bx % PAGE == 0 && registers->bx >= MIB && registers->bx < 1ull << 32);
	assert_true(registers->cx == 0 && registers->dx == 0 && registers->si == 0 && registers->di == 0 && registers->bp == 0);
}

const struct apm *some_apm(void)
{
	static const struct apm apm = { 0x102, 1, 2, 3, 4, 5, 6, 7, 0x89ABCDEF };

	return &apm;
}
