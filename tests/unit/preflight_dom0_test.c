/* SPDX-License-Identifier: MIT */
/* The preflight's look into the kernel that Xen is to start as dom0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <zlib.h>

#include "support_linux.h"
#include "support_preflight.h"

enum { PAYLOAD = 0x100 /* in the kernel */, ELF_BYTES_MAX = 300 * 1024, PAYLOAD_OFFSET = 0x248, PAYLOAD_LENGTH = 0x24C };

static struct bench bench;
static uint8_t elf[ELF_BYTES_MAX + 4096], packed[ELF_BYTES_MAX];

static int reset(void **state)
{
	(void)state;
	preflight_start(&bench, false);
	return 0;
}

static void use_module(const void *data, size_t bytes)
{
	bench.module_file[0].data = data;
	bench.module_file[0].file.bytes = bytes;
}

/* A bzImage around the payload, as the module. */
static void use_payload(const void *payload, size_t bytes)
{
	linux_start(0x20F, 64 << 20);
	assert_true(bytes <= LINUX_KERNEL_BYTES - PAYLOAD);
	memcpy(linux_image + LINUX_SETUP_BYTES + PAYLOAD, payload, bytes);
	put_le32(linux_image + PAYLOAD_OFFSET, PAYLOAD);
	put_le32(linux_image + PAYLOAD_LENGTH, (uint32_t)bytes);
	use_module(linux_image, LINUX_IMAGE_BYTES);
}

static size_t pack(const void *data, size_t bytes)
{
	z_stream stream = { 0 };

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (uint8_t *)(uintptr_t)data;
	stream.avail_in = (uInt)bytes;
	stream.next_out = packed;
	stream.avail_out = sizeof packed;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return sizeof packed - stream.avail_out;
}

static void an_elf_file_with_notes(void **state)
{
	(void)state;
	assert_preflight(&bench, "dom0", "ok", NULL);
	use_module(elf, noted_elf_make(elf, "Linux", XEN_NOTE_ENTRY, 0));
	assert_preflight(&bench, "dom0", "bad", "/vmlinuz cannot be the kernel of dom0: it has no notes for Xen");
	use_module(elf, noted_elf_make(elf, "Xen", 0, 0));
	assert_preflight(&bench, "dom0", "bad", "no notes for Xen");
}

static void a_bzimage_with_an_elf_payload(void **state)
{
	(void)state;
	use_payload(elf, noted_elf_make(elf, "Xen", XEN_NOTE_ENTRY, 1000));
	assert_preflight(&bench, "dom0", "ok", NULL);
	use_payload(elf, noted_elf_make(elf, "Xen", 5, 1000));
	assert_preflight(&bench, "dom0", "bad", "no notes for Xen");
}

static void a_bzimage_with_a_gzip_payload(void **state)
{
	(void)state;
	use_payload(packed, pack(elf, noted_elf_make(elf, "Xen", XEN_NOTE_ENTRY, ELF_BYTES_MAX)));
	assert_preflight(&bench, "dom0", "ok", NULL);
	use_payload(packed, pack(elf, noted_elf_make(elf, "GNU", XEN_NOTE_ENTRY, ELF_BYTES_MAX)));
	assert_preflight(&bench, "dom0", "bad", "no notes for Xen");
}

static void an_elf_file_in_gzip(void **state)
{
	(void)state;
	use_module(packed, pack(elf, noted_elf_make(elf, "Xen", XEN_NOTE_ENTRY, ELF_BYTES_MAX)));
	assert_preflight(&bench, "dom0", "ok", NULL);
}

static void payloads_that_cannot_be_unpacked_are_unknown(void **state)
{
	static const uint8_t xz[64] = { 0xFD, '7', 'z', 'X', 'Z', 0 }, zstd[64] = { 0x28, 0xB5, 0x2F, 0xFD };

	(void)state;
	use_payload(xz, sizeof xz);
	assert_preflight(&bench, "dom0", "unknown", NULL);
	use_payload(zstd, sizeof zstd);
	assert_preflight(&bench, "dom0", "unknown", NULL);
}

static void damaged_kernels_are_unknown(void **state)
{
	size_t bytes = pack(elf, noted_elf_make(elf, "Xen", XEN_NOTE_ENTRY, ELF_BYTES_MAX));

	(void)state;
	memset(packed + bytes / 2, 0xFF, bytes / 4);
	use_payload(packed, bytes);
	assert_preflight(&bench, "dom0", "unknown", NULL);
	put_le32(linux_image + PAYLOAD_LENGTH, LINUX_KERNEL_BYTES);
	assert_preflight(&bench, "dom0", "unknown", NULL);
	put_le32(linux_image + PAYLOAD_OFFSET, UINT32_MAX);
	assert_preflight(&bench, "dom0", "unknown", NULL);
	put_le16(linux_image + 0x206, 0x207); /* a version that does not say where the payload is */
	assert_preflight(&bench, "dom0", "unknown", NULL);
}

/* A claim of hundreds of MiB, with notes at the end, is not followed. */
static void the_work_is_bounded(void **state)
{
	size_t bytes;

	(void)state;
	(void)noted_elf_make(elf, "Xen", XEN_NOTE_ENTRY, 0);
	put_le64(elf + 64 + 8, 200u << 20); /* p_offset of the notes */
	bytes = pack(elf, ELF_BYTES_MAX);
	put_le32(packed + bytes - 4, UINT32_MAX); /* gzip's length */
	use_module(packed, bytes);
	assert_preflight(&bench, "dom0", "unknown", NULL);
}

static void an_initrd_in_its_place_is_no_kernel(void **state)
{
	static const uint8_t cpio[600] = "070701";

	(void)state;
	use_module(cpio, sizeof cpio);
	assert_preflight(&bench, "dom0", "bad", "the first module of Xen, /vmlinuz, is no kernel");
	use_module(packed, pack(cpio, sizeof cpio));
	assert_preflight(&bench, "dom0", "bad", "is no kernel");
}

static void no_module_at_all(void **state)
{
	(void)state;
	bench.request.module_count = 0;
	bench.plan.count = 1;
	assert_preflight(&bench, "dom0", "missing", "Xen has no modules");
	assert_preflight_value(&bench, "modules", "n/a");
}

static void kinds_of_dom0(void **state)
{
	static const struct {
		uint32_t note;
		const char *options, *value, *words;
	} cases[] = {
		{ XEN_NOTE_ENTRY, "com1=115200 dom0=pv", "ok", NULL },
		{ XEN_NOTE_ENTRY, "dom0=verbose dom0_mem=1G,pvh", "ok", NULL },
		{ XEN_NOTE_ENTRY, "xdom0=pvh", "ok", NULL },
		{ XEN_NOTE_ENTRY, "dom0=pvh", "bad", "cannot be the kernel of a PVH dom0" },
		{ XEN_NOTE_PHYS32_ENTRY, "", "bad", "can only be the kernel of a PVH dom0" },
		{ XEN_NOTE_PHYS32_ENTRY, "dom0=", "bad", "can only be the kernel of a PVH dom0" },
		{ XEN_NOTE_PHYS32_ENTRY, "dom0=verbose,pvh com1=115200", "ok", NULL },
		{ XEN_NOTE_PHYS32_ENTRY, "dom0=verbose com1=1 dom0=pvh", "ok", NULL },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		use_module(elf, noted_elf_make(elf, "Xen", cases[i].note, 0));
		bench.request.options = cases[i].options;
		assert_preflight(&bench, "dom0", cases[i].value, cases[i].words);
	}
}

static void other_hypervisors_have_no_dom0(void **state)
{
	(void)state;
	bench.request.kernel_path = "/x86_64-nova";
	use_module("initrd", 6);
	assert_preflight(&bench, "dom0", "n/a", NULL);
}

/* What cannot be read, and what finds no working memory, is unknown; the memory goes back. */
static void faults_leave_it_unknown(void **state)
{
	unsigned fail_at;
	size_t used = bench.arena.used;

	(void)state;
	use_payload(packed, pack(elf, noted_elf_make(elf, "Xen", XEN_NOTE_ENTRY, ELF_BYTES_MAX)));
	for (fail_at = 1; fail_at < 100; fail_at++) {
		bench.module_file[0].reads = 0;
		bench.module_file[0].fail_at = fail_at;
		assert_ok(preflight_run(&bench), &bench.err);
		if (strstr(bench.plan.notes.preflight, "dom0=ok") != NULL)
			break;
		assert_preflight_value(&bench, "dom0", "unknown");
	}
	assert_in_range(fail_at, 4, 99);
	bench.module_file[0].fail_at = 0;
	for (fail_at = 1; fail_at < 100; fail_at++) {
		bench.arena.calls = 0;
		bench.arena.fail_at = fail_at;
		bench.arena.used = used;
		if (preflight_run(&bench) != OK) {
			assert_int_equal(bench.err.code, ERR_NO_MEMORY); /* for the line itself */
			assert_true(fail_at > 4);
			break;
		}
		assert_preflight_value(&bench, "dom0", "unknown");
		assert_true(bench.arena.used - used < 512); /* the line */
	}
	assert_in_range(fail_at, 4, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_elf_file_with_notes, reset),
		cmocka_unit_test_setup(a_bzimage_with_an_elf_payload, reset),
		cmocka_unit_test_setup(a_bzimage_with_a_gzip_payload, reset),
		cmocka_unit_test_setup(an_elf_file_in_gzip, reset),
		cmocka_unit_test_setup(payloads_that_cannot_be_unpacked_are_unknown, reset),
		cmocka_unit_test_setup(damaged_kernels_are_unknown, reset),
		cmocka_unit_test_setup(the_work_is_bounded, reset),
		cmocka_unit_test_setup(an_initrd_in_its_place_is_no_kernel, reset),
		cmocka_unit_test_setup(no_module_at_all, reset),
		cmocka_unit_test_setup(kinds_of_dom0, reset),
		cmocka_unit_test_setup(other_hypervisors_have_no_dom0, reset),
		cmocka_unit_test_setup(faults_leave_it_unknown, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
