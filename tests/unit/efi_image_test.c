/* SPDX-License-Identifier: MIT */
/* Programs that the firmware starts: PE headers, and the plans of `linux`, `efi` and `uki` on UEFI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/print.h"
#include "kernel-handoff/image/pe.h"
#include "support_linux.h"
#include "support_pe.h"

enum { MIB = 1 << 20 };

static struct bench bench;
static uint8_t image[PE_IMAGE_MAX];
static size_t image_bytes;

static void start(const char *protocol, const char *second)
{
	memset(image, 0, sizeof image);
	image_bytes = pe_make(image, second);
	bench_init(&bench, 64 * MIB, protocol, image, image_bytes);
	bench_use_uefi(&bench);
}

/* The headers of the image as a file of so many bytes, in memory of just this size. */
static enum status open_bytes(size_t bytes, struct pe *pe)
{
	uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
	struct memory_file file;
	enum status status;

	memcpy(copy, image, bytes);
	memory_file_init(&file, "/a.efi", copy, bytes);
	status = pe_open(&file.file, pe, &bench.err);
	free(copy);
	return status;
}

static void headers_are_read(void **state)
{
	struct memory_file file;
	struct pe_section section;
	struct pe pe;

	(void)state;
	start("efi", ".linux");
	put_le32(image + PE_OPTIONAL_AT + 112 + 4 * 8, 0x500);
	put_le32(image + PE_OPTIONAL_AT + 112 + 4 * 8 + 4, 0x100);
	memory_file_init(&file, "/a.efi", image, image_bytes);
	assert_ok(pe_open(&file.file, &pe, &bench.err), &bench.err);
	assert_int_equal(pe.subsystem, PE_SUBSYSTEM_EFI_APPLICATION);
	assert_int_equal(pe.dll_characteristics, PE_DLL_NX_COMPATIBLE);
	assert_int_equal(pe.major_image_version, 1);
	assert_int_equal(pe.minor_image_version, 1);
	assert_int_equal(pe.entry, 0x1010);
	assert_int_equal(pe.image_bytes, 0x3000);
	assert_int_equal(pe.header_bytes, PE_DATA_AT);
	assert_int_equal(pe.section_align, 0x1000);
	assert_int_equal(pe.signature_bytes, 0x100);
	assert_int_equal(pe.section_count, 2);
	assert_ok(pe_section_find(&pe, ".linux", &section, &bench.err), &bench.err);
	assert_string_equal(section.name, ".linux");
	assert_int_equal(section.virtual_address, 0x2000);
	assert_int_equal(section.virtual_bytes, 0x180);
	assert_int_equal(section.file_offset, PE_DATA_AT + PE_SECTION_DATA_BYTES);
	assert_int_equal(section.file_bytes, PE_SECTION_DATA_BYTES);
	assert_int_equal(section.flags, 0x60000020);
	assert_status(ERR_NOT_FOUND, pe_section_find(&pe, ".linu", &section, &bench.err), &bench.err);
	put_le32(image + PE_OPTIONAL_AT + 108, 4); /* so many directories that signatures have none */
	assert_ok(pe_open(&file.file, &pe, &bench.err), &bench.err);
	assert_int_equal(pe.signature_bytes, 0);
}

/* A number at an offset of a good image, and what becomes of it. */
static void bad_headers_are_refused(void **state)
{
	static const struct {
		unsigned at, bytes;
		uint32_t value;
		enum status expected;
		const char *trail;
	} cases[] = {
		{ 0, 2, 0x5A4E, ERR_NOT_FOUND, "is not a PE image" },
		{ 0x3C, 4, 0xFFFFFFFF, ERR_NOT_FOUND, "is not a PE image" },
		{ 0x3C, 4, PE_IMAGE_MAX, ERR_NOT_FOUND, "is not a PE image" },
		{ PE_HEADER_AT, 2, 0x454E, ERR_NOT_FOUND, "is not a PE image" },
		{ PE_HEADER_AT + 4, 2, 0xAA64, ERR_UNSUPPORTED, "machine 0xaa64" },
		{ PE_HEADER_AT + 4, 2, 0x14C, ERR_UNSUPPORTED, "machine 0x14c" },
		{ PE_HEADER_AT + 6, 2, 0, ERR_CORRUPT, "0 PE sections" },
		{ PE_HEADER_AT + 6, 2, 97, ERR_CORRUPT, "97 PE sections" },
		{ PE_HEADER_AT + 6, 2, 60, ERR_CORRUPT, "the section table does not end before that" },
		{ PE_HEADER_AT + 20, 2, 111, ERR_CORRUPT, "has 111 bytes" },
		{ PE_HEADER_AT + 20, 2, 0xFFFF, ERR_CORRUPT, "the section table" },
		{ PE_OPTIONAL_AT, 2, 0x10B, ERR_UNSUPPORTED, "32-bit" },
		{ PE_OPTIONAL_AT, 2, 0x107, ERR_CORRUPT, "0x107" },
		{ PE_OPTIONAL_AT + 16, 4, 0, ERR_CORRUPT, "the entry" },
		{ PE_OPTIONAL_AT + 16, 4, 0x3000, ERR_CORRUPT, "the entry" },
		{ PE_OPTIONAL_AT + 60, 4, 0xFFFFFFFF, ERR_CORRUPT, "the PE header" },
		{ PE_OPTIONAL_AT + 112 + 36, 4, 0xFFFFFFFF, ERR_CORRUPT, "the table of signatures" },
		{ PE_SECTIONS_AT + 8, 4, 0xFFFFFFFF, ERR_CORRUPT, "PE section 0" },
		{ PE_SECTIONS_AT + 40 + 12, 4, 0xFFFFFFFF, ERR_CORRUPT, "PE section 1" },
		{ PE_SECTIONS_AT + 16, 4, 0xFFFFFFFF, ERR_CORRUPT, "one of its sections" },
		{ PE_SECTIONS_AT + 40 + 20, 4, PE_DATA_AT + PE_SECTION_DATA_BYTES + 1, ERR_CORRUPT, "one of its sections" },
	};
	struct pe pe = { .file = NULL };

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		start("efi", ".linux");
		if (cases[i].bytes == 2)
			put_le16(image + cases[i].at, (uint16_t)cases[i].value);
		else
			put_le32(image + cases[i].at, cases[i].value);
		assert_status(cases[i].expected, open_bytes(image_bytes, &pe), &bench.err);
		assert_trail(&bench.err, cases[i].trail);
		assert_trail(&bench.err, "/a.efi");
		assert_null(pe.file);
	}
	start("efi", ".linux");
	for (size_t bytes = 0; bytes < image_bytes; bytes++)
		assert_true(open_bytes(bytes, &pe) != OK);
	assert_ok(open_bytes(image_bytes, &pe), &bench.err);
}

/* What has no bytes has no place, and what EDK2 does not look at is not looked at. */
static void headers_of_nothing_and_of_no_use_are_passed_over(void **state)
{
	static const struct {
		unsigned at, bytes;
		uint32_t value;
	} changes[] = {
		{ PE_OPTIONAL_AT + 112 + 4 * 8, 4, 0xFFFFFFFF }, /* signatures: none, nowhere */
		{ PE_SECTIONS_AT + 16, 4, 0 },
		{ PE_SECTIONS_AT + 20, 4, 0xFFFFFFFF }, /* a section without bytes in the file */
		{ PE_SECTIONS_AT + 40 + 16, 4, 0 },
		{ PE_SECTIONS_AT + 40 + 8, 4, 0 },
		{ PE_SECTIONS_AT + 40 + 12, 4, 0xFFFFFFFF }, /* one without any */
	};
	struct pe pe = { .file = NULL };

	(void)state;
	start("efi", ".linux");
	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		put_le32(image + changes[i].at, changes[i].value);
		assert_ok(open_bytes(image_bytes, &pe), &bench.err);
	}
	assert_int_equal(pe.departures, 0);
	put_le32(image + PE_SECTIONS_AT + 40 + 16, 1); /* a byte in the file is one in memory */
	put_le32(image + PE_SECTIONS_AT + 40 + 20, PE_DATA_AT);
	assert_status(ERR_CORRUPT, open_bytes(image_bytes, &pe), &bench.err);
	assert_trail(&bench.err, "PE section 1");

	start("efi", NULL); /* without the DOS header, from the PE header on */
	memmove(image, image + PE_HEADER_AT, PE_DATA_AT - PE_HEADER_AT);
	assert_ok(open_bytes(image_bytes, &pe), &bench.err);
	assert_int_equal(pe.entry, 0x1010);
}

static void programs_get_their_name_and_options(void **state)
{
	(void)state;
	start("efi", NULL);
	bench.request.kernel_path = "/xen.efi";
	assert_ok(bench_plan(&bench), &bench.err);
	assert_int_equal(bench.plan.mode, ENTRY_MODE_IMAGE);
	assert_ptr_equal(bench.plan.image.file, &bench.kernel.file);
	assert_string_equal(bench.plan.image.path, "/xen.efi");
	assert_string_equal(bench.plan.image.options, "/xen.efi console=com1 quiet");
	assert_int_equal(bench.plan.image.initrd_count, 0);
	assert_true(bench.plan.count == 0 && bench.plan.trampoline == 0 && bench.plan.firmware_map.start == 0);
	bench.request.options = "";
	assert_ok(bench_plan(&bench), &bench.err);
	assert_string_equal(bench.plan.image.options, "");
	bench_assert_note(&bench, NULL);
	put_le16(image + PE_HEADER_AT + 22, 0x20);
	assert_ok(bench_plan(&bench), &bench.err);
	bench_assert_note(&bench, "/xen.efi: the PE header does not say that it is a program");
	put_le16(image + PE_HEADER_AT + 22, 0x22);
	for (uint16_t subsystem = 0; subsystem < 16; subsystem++) {
		put_le16(image + PE_OPTIONAL_AT + 68, subsystem);
		if (subsystem >= 10 && subsystem <= 12) {
			assert_ok(bench_plan(&bench), &bench.err);
			bench_assert_note(&bench, subsystem > 10 ? "/xen.efi is a driver: it comes back" : NULL);
			continue;
		}
		assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, "its PE subsystem is");
	}
	bench.request.protocol = "uki"; /* a driver is no kernel */
	put_le16(image + PE_OPTIONAL_AT + 68, 11);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "its PE subsystem is 11");
	bench.request.protocol = "efi";
	image[0] = 0;
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_hint(&bench.err, "has to be that of the file's kind; there are linux multiboot2 multiboot pvh elf efi uki chain");
}

static void unified_images_have_a_kernel(void **state)
{
	(void)state;
	start("uki", ".linux");
	assert_ok(bench_plan(&bench), &bench.err);
	assert_int_equal(bench.plan.mode, ENTRY_MODE_IMAGE);
	assert_string_equal(bench.plan.image.options, "console=com1 quiet");
	start("uki", ".data");
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "no section .linux");
	assert_hint(&bench.err, "use the key efi (mkboot create --efi)");
}

/* A bzImage whose first sectors are a PE header too, as Linux has it. */
static void linux_with_stub(void)
{
	linux_start(0x20F, 64 * MIB);
	pe_make(linux_image, NULL);
	bench_use_uefi(&linux_bench);
}

static void kernels_get_options_and_initrds(void **state)
{
	static const uint8_t data[5] = "init";
	struct bench *linux = &linux_bench;

	(void)state;
	linux_with_stub();
	bench_add_module(linux, "/one", "", data, 5);
	bench_add_module(linux, "/two", "", data, 0);
	assert_ok(bench_plan(linux), &linux->err);
	assert_int_equal(linux->plan.mode, ENTRY_MODE_IMAGE);
	assert_string_equal(linux->plan.protocol, "linux");
	assert_string_equal(linux->plan.image.options, "console=com1 quiet");
	assert_int_equal(linux->plan.image.initrd_count, 2);
	assert_ptr_equal(linux->plan.image.initrd[0], &linux->module_file[0].file);
	assert_ptr_equal(linux->plan.image.initrd[1], &linux->module_file[1].file);
	put_le16(linux_image + PE_OPTIONAL_AT + 44, 0); /* older than 5.8: fine as long as there is no initrd */
	assert_status(ERR_UNSUPPORTED, bench_plan(linux), &linux->err);
	assert_trail(&linux->err, "older than Linux 5.8");
	linux->request.module_count = 0;
	assert_ok(bench_plan(linux), &linux->err);
	assert_int_equal(linux->plan.image.initrd_count, 0);
	put_le32(linux_image + 0x238, 17);
	assert_status(ERR_TOO_BIG, bench_plan(linux), &linux->err);
	assert_trail(&linux->err, "has 18 bytes, and this kernel takes 17");
	put_le32(linux_image + 0x238, 18);
	assert_ok(bench_plan(linux), &linux->err);
	put_le32(linux_image + 0x1F4, LINUX_KERNEL_BYTES / 16 + 1);
	assert_status(ERR_CORRUPT, bench_plan(linux), &linux->err);
	assert_trail(&linux->err, "cut off");
}

static void kernels_without_a_stub_are_told_apart(void **state)
{
	(void)state;
	linux_start(0x20F, 64 * MIB);
	bench_use_uefi(&linux_bench);
	assert_status(ERR_UNSUPPORTED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "built without an EFI stub");
	assert_hint(&linux_bench.err, "CONFIG_EFI_STUB");
	put_le16(linux_image + 0x1FE, 0);
	assert_status(ERR_UNSUPPORTED, bench_plan(&linux_bench), &linux_bench.err);
	assert_trail(&linux_bench.err, "is not a Linux kernel with an EFI stub");
	linux_with_stub(); /* on a BIOS the same file goes the other way */
	linux_bench.machine.firmware = FIRMWARE_BIOS;
	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
	assert_int_equal(linux_bench.plan.mode, ENTRY_MODE_LONG);
}

static void a_bios_cannot_start_images(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		start(i == 0 ? "efi" : "uki", ".linux");
		bench.machine.firmware = FIRMWARE_BIOS;
		assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, i == 0 ? "\"efi\" needs UEFI" : "\"uki\" needs UEFI");
		assert_hint(&bench.err, "start this machine by UEFI");
	}
}

static void secure_boot_leaves_images_to_the_firmware(void **state)
{
	static const char *const verified[] = { "efi", "uki" }, *const refused[] = { "multiboot2", "elf" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		start(verified[i], ".linux");
		bench.machine.secure_boot = true;
		assert_ok(bench_plan(&bench), &bench.err);
		start(refused[i], ".linux"); /* whatever is in the file: it is not read */
		bench.kernel.fail_at = 1;
		bench.machine.secure_boot = true;
		assert_status(ERR_DENIED, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, "Secure Boot is on, and the firmware cannot verify /boot/kernel");
		assert_hint(&bench.err, "xen.efi");
	}
	linux_with_stub();
	linux_bench.machine.secure_boot = true;
	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
}

static void the_text_tells_what_is_started(void **state)
{
	static char text[1024];
	struct text_buffer buffer;
	struct entry_register list[ENTRY_REGISTERS];

	(void)state;
	linux_with_stub();
	bench_add_module(&linux_bench, "/init\nrd", "", image, 5);
	assert_ok(bench_plan(&linux_bench), &linux_bench.err);
	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&linux_bench.plan, &buffer.sink);
	assert_string_equal(text, "protocol    linux\n"
				  "kernel      /boot/kernel\n"
				  "image       22528 bytes of /boot/kernel\n"
				  "mode        image\n"
				  "options     console=com1 quiet\n"
				  "initrd 1    5 bytes of /init?rd\n"
				  "video       1280x800x32 at 0x80000000\n");
	assert_int_equal(plan_registers(&linux_bench.plan, list), 0);
}

static void faults_are_reported(void **state)
{
	(void)state;
	start("efi", NULL);
	bench_fault_loop(&bench);
	start("uki", ".linux");
	for (bench.kernel.fail_at = 1; bench_plan(&bench) != OK; bench.kernel.fail_at++)
		assert_status(ERR_IO, bench.err.code, &bench.err);
	assert_true(bench.kernel.fail_at > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(bad_headers_are_refused),
		cmocka_unit_test(headers_of_nothing_and_of_no_use_are_passed_over),
		cmocka_unit_test(programs_get_their_name_and_options),
		cmocka_unit_test(unified_images_have_a_kernel),
		cmocka_unit_test(kernels_get_options_and_initrds),
		cmocka_unit_test(kernels_without_a_stub_are_told_apart),
		cmocka_unit_test(a_bios_cannot_start_images),
		cmocka_unit_test(secure_boot_leaves_images_to_the_firmware),
		cmocka_unit_test(the_text_tells_what_is_started),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
