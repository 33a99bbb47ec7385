/* SPDX-License-Identifier: MIT */
/* Boot volumes for the flow's tests. */
#include "support_image.h"

#include "core/base/span.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void image_begin(void)
{
	shell_run("rm -rf root && mkdir -p root/loader/entries");
}

void image_bytes(const char *path, const void *data, size_t bytes)
{
	char name[600];
	FILE *file;

	snprintf(name, sizeof name, "root/%s", path);
	file = fopen(name, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

void image_text(const char *path, const char *text)
{
	image_bytes(path, text, strlen(text));
}

void image_entry(const char *id, const char *text)
{
	char path[300];

	snprintf(path, sizeof path, "loader/entries/%s.conf", id);
	image_text(path, text);
}

void image_make(const char *image)
{
	shell_run("rm -f %s && mkfs.fat -C -n TEST %s 8192 && mcopy -i %s -s root/* ::", image, image, image);
}

/* Only what has to differ from zero: System V ABI, "Program Header". */
static void put_segment(uint8_t *header, uint32_t flags, uint64_t offset, uint64_t phys, uint64_t file_bytes, uint64_t bytes)
{
	put_le32(header, 1); /* PT_LOAD */
	put_le32(header + 4, flags);
	put_le64(header + 8, offset);
	put_le64(header + 16, phys); /* virtual address */
	put_le64(header + 24, phys);
	put_le64(header + 32, file_bytes);
	put_le64(header + 40, bytes);
	put_le64(header + 48, 4096);
}

void image_kernel(const char *path, int in_the_way)
{
	static uint8_t elf[0x3000 + KERNEL_DATA_FILE];
	static const uint8_t identity[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 }; /* 64 bits, little-endian */
	uint8_t *multiboot2 = elf + 0x1000;

	for (size_t i = 0; i < sizeof elf; i++)
		elf[i] = (uint8_t)(i * 7 + i / 256);
	memset(elf, 0, 0x1000);
	memcpy(elf, identity, sizeof identity);
	put_le16(elf + 16, 2);  /* ET_EXEC */
	put_le16(elf + 18, 62); /* EM_X86_64 */
	put_le32(elf + 20, 1);
	put_le64(elf + 24, KERNEL_TEXT + 0x100); /* e_entry */
	put_le64(elf + 32, 64);                  /* e_phoff */
	put_le16(elf + 52, 64);
	put_le16(elf + 54, 56);
	put_le16(elf + 56, in_the_way ? 2 : 1);
	put_segment(elf + 64, 5, 0x1000, KERNEL_TEXT, 0x1800, 0x1800);
	put_segment(elf + 120, 6, 0x3000, KERNEL_DATA, KERNEL_DATA_FILE, KERNEL_DATA_BYTES);
	put_le32(multiboot2, 0xe85250d6);
	put_le32(multiboot2 + 4, 0);
	put_le32(multiboot2 + 8, 24);
	put_le32(multiboot2 + 12, 0u - 0xe85250d6u - 24u);
	put_le32(multiboot2 + 16, 0); /* the end tag */
	put_le32(multiboot2 + 20, 8);
	image_bytes(path, elf, sizeof elf);
}
