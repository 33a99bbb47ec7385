/* SPDX-License-Identifier: MIT */
/* The bench for boot protocols. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "support_handoff.h"
#include "support_video.h"

static const uint64_t gib_3 = 3ull << 30, gib_4 = 4ull << 30;

static enum status bench_file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	struct bench_file *bench_file = (struct bench_file *)file;

	if (++bench_file->reads == bench_file->fail_at)
		return err_set(err, ERR_IO, "read {a} of {s} failed as told", file->path, bench_file->reads, 0);
	memcpy(to, bench_file->data + offset, bytes);
	return OK;
}

void bench_file_init(struct bench_file *file, const char *path, const void *data, size_t bytes)
{
	static const struct file_ops ops = { .read = bench_file_read };

	*file = (struct bench_file){ .file = { .ops = &ops, .path = path, .bytes = bytes }, .data = data };
}

uint32_t bench_type_for_kernel(const struct memory_range *range)
{
	return range->type == BENCH_FIRMWARE_TYPE ? (uint32_t)MEMORY_RESERVED : range->type;
}

void bench_init(struct bench *bench, uint64_t ram_bytes, const char *protocol, const uint8_t *kernel, size_t bytes)
{
	struct memory_range raw[] = {
		{ .start = 0, .end = 0x9FC00, .type = MEMORY_RAM, .attributes = 1 },
		{ .start = 0x9FC00, .end = 0xA0000, .type = MEMORY_RESERVED, .attributes = 1 },
		{ .start = 0xF0000, .end = 0x100000, .type = MEMORY_RESERVED, .attributes = 1 },
		{ .start = 0x100000, .end = min_u64(ram_bytes, gib_3) - 0x20000, .type = MEMORY_RAM, .attributes = 1 },
		{ .start = min_u64(ram_bytes, gib_3) - 0x20000, .end = min_u64(ram_bytes, gib_3), .type = MEMORY_ACPI, .attributes = 1 },
		{ .start = 0xE0000000, .end = 0xE0001000, .type = MEMORY_PERSISTENT, .attributes = 1 },
		{ .start = 0xE0002000, .end = 0xE0003000, .type = BENCH_FIRMWARE_TYPE, .attributes = 1 },
		{ .start = 0xFFFC0000, .end = gib_4, .type = MEMORY_RESERVED, .attributes = 1 },
		{ .start = gib_4, .end = gib_4 + max_u64(ram_bytes, gib_3) - gib_3, .type = MEMORY_RAM, .attributes = 1 },
	};

	memset(bench, 0, sizeof *bench);
	assert_ok(memory_map_build(raw, sizeof raw / sizeof *raw, &bench->memory.map, &bench->err), &bench->err);
	assert_ok(memory_reserve(&bench->memory, 0, 0x1000, "firmware", false, NULL, &bench->err), &bench->err);
	assert_ok(memory_reserve(&bench->memory, 0x7000, 0x80000, "the loader", true, NULL, &bench->err), &bench->err);
	bench->machine = (struct machine){
		.firmware = FIRMWARE_BIOS,
		.memory_lower_kib = 639,
		.bios_drive = 0x80,
		.boot_partition = 2,
		.screen = { .kind = SCREEN_TEXT,
			    .phys = 0xB8000,
			    .pitch_bytes = 160,
			    .width = 80,
			    .height = 25,
			    .bits_per_pixel = 16,
			    .cursor_column = 3,
			    .cursor_line = 7,
			    .text_mode = 3,
			    .font_lines = 16 },
		.cpu_no_execute = true,
		.tsc_at_start = 0x123456789,
	};
	bench_file_init(&bench->kernel, "/boot/kernel", kernel, bytes);
	bench->request = (struct boot_request){
		.protocol = protocol,
		.kernel = &bench->kernel.file,
		.kernel_path = "/boot/kernel",
		.options = "console=com1 quiet",
		.module = bench->module,
		.machine = &bench->machine,
	};
}

void bench_use_uefi(struct bench *bench)
{
	struct machine *machine = &bench->machine;

	machine->firmware = FIRMWARE_UEFI;
	machine->bios_drive = BIOS_DRIVE_NONE;
	machine->efi_system_table = BENCH_SYSTEM_TABLE;
	machine->efi_image_handle = BENCH_IMAGE_HANDLE;
	machine->screen = (struct screen){ TEST_SCREEN(0x80000000, 1280, 800), .reserved = { 24, 8 } };
}

void bench_add_module(struct bench *bench, const char *path, const char *arguments, const void *data, size_t bytes)
{
	unsigned i = bench->request.module_count++;

	assert_true(i < BENCH_MODULES_MAX);
	bench_file_init(&bench->module_file[i], path, data, bytes);
	bench->module[i] = (struct boot_module){ .file = &bench->module_file[i].file, .path = path, .arguments = arguments };
}

enum status bench_plan(struct bench *bench)
{
	unsigned fail_at = bench->arena.fail_at;

	memory_reset(&bench->memory, 2);
	memset(&bench->plan, 0, sizeof bench->plan);
	bench->plan.memory = &bench->memory;
	bench->kernel.reads = 0;
	arena_init(&bench->arena, bench->arena_bytes, sizeof bench->arena_bytes);
	bench->arena.fail_at = fail_at;
	return boot_plan(&bench->request, &bench->plan, &bench->arena, &bench->err);
}

void bench_assert_note(const struct bench *bench, const char *words)
{
	const struct plan_notes *notes = &bench->plan.notes;

	assert_int_equal(notes->count, words != NULL);
	if (words != NULL)
		assert_trail(&((struct err){ .depth = 1, .frame = { notes->note[0].text } }), words);
}

void bench_fault_loop(struct bench *bench)
{
	unsigned reads, allocations;

	for (reads = 1; (bench->kernel.fail_at = reads, bench_plan(bench)) != OK; reads++)
		assert_status(ERR_IO, bench->err.code, &bench->err);
	bench->kernel.fail_at = 0;
	for (allocations = 1; (bench->arena.fail_at = allocations, bench_plan(bench)) != OK; allocations++)
		assert_status(ERR_NO_MEMORY, bench->err.code, &bench->err);
	bench->arena.fail_at = 0;
	assert_true(reads > 1 && allocations > 2); /* each fault did occur at least once */
	assert_ok(bench_plan(bench), &bench->err);
}

const struct place *bench_place(const struct bench *bench, const char *what)
{
	for (unsigned i = 0; i < bench->plan.count; i++) {
		if (strncmp(bench->plan.place[i].what, what, strlen(what)) == 0)
			return &bench->plan.place[i];
	}
	fail_msg("the plan has no place \"%s\"", what);
	abort();
}

void bench_read(const struct bench *bench, uint64_t start, void *to, size_t bytes)
{
	uint8_t *out = to;

	for (size_t done = 0; done < bytes;) {
		uint64_t at = start + done, part = 0;

		for (unsigned i = 0; i < bench->plan.count && part == 0; i++) {
			const struct place *place = &bench->plan.place[i];
			uint64_t offset = at - place->start;
			struct err err;

			if (at < place->start || offset >= place->bytes)
				continue;
			if (offset < place->file_bytes) {
				part = min_u64(bytes - done, place->file_bytes - offset);
				assert_ok(file_read(place->file, place->file_offset + offset, part, out + done, &err), &err);
			} else {
				part = min_u64(bytes - done, place->bytes - offset);
				memset(out + done, 0, part);
			}
		}
		if (part == 0)
			fail_msg("nothing of the plan lies at 0x%lx", at);
		done += part;
	}
}

uint8_t test_segment_byte(unsigned segment, uint64_t offset)
{
	return (uint8_t)(offset * 7 + offset / 251 + 31 * (segment + 1));
}

static uint8_t *put_word(uint8_t *at, bool is_64, uint64_t value)
{
	if (is_64)
		put_le64(at, value);
	else
		put_le32(at, (uint32_t)value);
	return at + (is_64 ? 8 : 4);
}

static void put_segment(uint8_t *at, bool is_64, const struct test_segment *segment, uint64_t offset)
{
	put_le32(at, segment->type != 0 ? segment->type : 1);
	if (is_64)
		put_le32(at + 4, segment->flags);
	at = put_word(at + (is_64 ? 8 : 4), is_64, offset);
	at = put_word(at, is_64, segment->virt);
	at = put_word(at, is_64, segment->phys);
	at = put_word(at, is_64, segment->file_bytes);
	at = put_word(at, is_64, segment->bytes);
	if (!is_64)
		put_le32(at, segment->flags);
}

size_t elf_make(uint8_t *image, bool is_64, uint64_t entry, const struct test_segment *segment, unsigned count)
{
	size_t header_bytes = is_64 ? 64 : 52, program_bytes = is_64 ? 56 : 32, end = ELF_DATA_OFFSET;
	uint8_t *at;

	memset(image, 0, ELF_IMAGE_MAX);
	memcpy(image, "\177ELF", 4);
	image[4] = is_64 ? 2 : 1;
	image[5] = image[6] = 1;
	put_le16(image + 16, 2);              /* executable */
	put_le16(image + 18, is_64 ? 62 : 3); /* x86-64, 386 */
	put_le32(image + 20, 1);
	at = put_word(image + 24, is_64, entry);
	at = put_word(at, is_64, header_bytes);
	at = put_word(at, is_64, 0) + 4;
	put_le16(at, (uint16_t)header_bytes);
	put_le16(at + 2, (uint16_t)program_bytes);
	put_le16(at + 4, (uint16_t)count);
	for (unsigned i = 0; i < count; i++) {
		size_t offset = ((end + 4095) & ~(size_t)4095) + (size_t)(segment[i].virt & 4095);

		put_segment(image + header_bytes + i * program_bytes, is_64, &segment[i], offset);
		assert_true(offset + segment[i].file_bytes <= ELF_IMAGE_MAX);
		for (uint64_t k = 0; k < segment[i].file_bytes; k++)
			image[offset + k] = test_segment_byte(i, k);
		end = offset + (size_t)segment[i].file_bytes;
	}
	return end;
}
