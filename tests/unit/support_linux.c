/* SPDX-License-Identifier: MIT */
/* A bzImage made by hand, and the bench that plans its boot. */
#include "support_linux.h"

#include "core/base/span.h"

#include <string.h>

struct bench linux_bench;
uint8_t linux_image[LINUX_IMAGE_BYTES + 64];
uint8_t linux_params[LINUX_PARAMS_BYTES];

void linux_start(uint16_t version, uint64_t ram_bytes)
{
	memset(linux_image, 0, sizeof linux_image);
	for (size_t i = LINUX_SETUP_BYTES; i < sizeof linux_image; i++)
		linux_image[i] = test_segment_byte(3, i - LINUX_SETUP_BYTES);
	memset(linux_image + 0x268, 0xCC, LINUX_SETUP_BYTES - 0x268); /* code behind the header */
	linux_image[0x1F1] = LINUX_SETUP_SECTORS;
	put_le32(linux_image + 0x1F4, LINUX_KERNEL_BYTES / 16);
	put_le16(linux_image + 0x1FE, 0xAA55);
	linux_image[0x200] = 0xEB;
	linux_image[0x201] = 0x66; /* the header ends at 0x268 */
	memcpy(linux_image + 0x202, "HdrS", 4);
	put_le16(linux_image + 0x206, version);
	linux_image[0x211] = 1;
	put_le32(linux_image + 0x214, 0x100000);
	put_le32(linux_image + 0x22C, 0x7FFFFFFF);
	put_le32(linux_image + 0x230, 0x200000);
	linux_image[0x234] = 1;
	linux_image[0x235] = 21;
	put_le16(linux_image + 0x236, 1);
	put_le32(linux_image + 0x238, 2047);
	put_le64(linux_image + 0x258, 0x1000000);
	put_le32(linux_image + 0x260, 0x800000);
	bench_init(&linux_bench, ram_bytes, "linux", linux_image, LINUX_IMAGE_BYTES);
}

void linux_start_with_info(uint32_t offset, uint32_t setup_type_max)
{
	uint8_t *info = linux_image + LINUX_SETUP_BYTES + offset;

	linux_start(0x020F, 64 << 20);
	linux_image[0x201] = 0x6A; /* the header ends at 0x26C */
	put_le32(linux_image + 0x268, offset);
	memcpy(info, "LToP", 4);
	put_le32(info + 4, 16);
	put_le32(info + 8, 16);
	put_le32(info + 12, 1u << 31 | setup_type_max);
}

void linux_plan_ok(void)
{
	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
	bench_read(&linux_bench, linux_bench.plan.registers.si, linux_params, sizeof linux_params);
}
