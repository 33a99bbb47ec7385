/* SPDX-License-Identifier: MIT */
/* What runs on the firmware's page tables has the right to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_block.h" // assert_status, assert_trail
#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/executable.h"
#include "uefi/firmware.h"

enum { PAGE = 4096, XP = 0x4000, MIB = 1 << 20, TRAMPOLINE = 5 * MIB };

/* As the specification has it; every page of this machine may be protected. */
struct attribute_protocol {
	EFI_STATUS(EFIAPI *get)(struct attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 *attributes);
	EFI_STATUS(EFIAPI *set)(struct attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 attributes);
	EFI_STATUS(EFIAPI *clear)(struct attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 attributes);
};

static bool protected_page[FAKE_PAGES];
static EFI_STATUS clear_status, get_status;
static bool there;
static struct plan plan;
static struct err err;

static void check_range(EFI_PHYSICAL_ADDRESS start, UINT64 bytes)
{
	assert_true(start % PAGE == 0 && bytes % PAGE == 0 && bytes > 0);
}

static EFI_STATUS EFIAPI get(struct attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 *attributes)
{
	(void)this;
	check_range(start, bytes);
	if (EFI_ERROR(get_status))
		return get_status;
	*attributes = protected_page[start / PAGE] ? XP : 0;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI clear(struct attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 attributes)
{
	(void)this;
	check_range(start, bytes);
	assert_int_equal(attributes, XP); /* what else they have is the firmware's decision */
	if (EFI_ERROR(clear_status))
		return clear_status;
	for (uint64_t page = start / PAGE; page < (start + bytes) / PAGE; page++)
		protected_page[page] = false;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *registration, void **interface)
{
	static const EFI_GUID wanted = { 0xf4560cf6, 0x40ec, 0x4b4a, { 0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 } };
	static struct attribute_protocol protocol = { .get = get, .clear = clear };

	(void)registration;
	assert_memory_equal(guid, &wanted, sizeof wanted);
	*interface = there ? &protocol : NULL;
	return there ? EFI_SUCCESS : EFI_NOT_FOUND;
}

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	image_firmware.services.LocateProtocol = locate_protocol;
	memset(protected_page, 1, sizeof protected_page);
	clear_status = get_status = EFI_SUCCESS;
	there = true;
	plan = (struct plan){ .mode = ENTRY_MODE_LONG, .trampoline = TRAMPOLINE, .count = 4 };
	plan.place[0] = (struct place){ .kind = PLACE_KERNEL, .start = MIB + 16, .bytes = 2 * PAGE, .what = "segment 0" };
	plan.place[1] = (struct place){ .kind = PLACE_MODULE, .start = 2 * MIB, .bytes = PAGE, .what = "module" };
	plan.place[2] = (struct place){ .kind = PLACE_KERNEL, .start = 3 * MIB, .bytes = 1, .what = "segment 1" };
	plan.place[3] = (struct place){ .kind = PLACE_KERNEL, .start = 4 * MIB, .bytes = 0, .what = "segment 2" };
	return 0;
}

static unsigned executable_pages(void)
{
	unsigned pages = 0;

	for (unsigned i = 0; i < FAKE_PAGES; i++)
		pages += !protected_page[i];
	return pages;
}

static void the_trampoline_runs(void **state)
{
	(void)state;
	assert_ok(executable_allow(&plan, &err), &err);
	assert_int_equal(executable_pages(), TRAMPOLINE_BYTES / PAGE);
	assert_false(protected_page[TRAMPOLINE / PAGE] || protected_page[TRAMPOLINE / PAGE + TRAMPOLINE_BYTES / PAGE - 1]);
}

/* There is no trampoline if the firmware stays: the kernel itself runs on its page tables. */
static void a_kernel_with_the_firmware_runs(void **state)
{
	(void)state;
	plan.mode = ENTRY_MODE_FIRMWARE;
	assert_ok(executable_allow(&plan, &err), &err);
	assert_int_equal(executable_pages(), 3 + 1);
	assert_false(protected_page[MIB / PAGE] || protected_page[MIB / PAGE + 2] || protected_page[3 * MIB / PAGE]);
}

static void without_the_protocol_nothing_is_done(void **state)
{
	(void)state;
	there = false;
	assert_ok(executable_allow(&plan, &err), &err);
	assert_int_equal(executable_pages(), 0);
}

/* A jump there would end in a fault without a word. */
static void a_refusal_is_an_error(void **state)
{
	(void)state;
	clear_status = EFI_ACCESS_DENIED;
	assert_status(ERR_DENIED, executable_allow(&plan, &err), &err);
	assert_trail(&err, "the firmware does not let the trampoline run: access denied");
	plan.mode = ENTRY_MODE_FIRMWARE;
	get_status = EFI_NO_MAPPING;
	assert_status(ERR_DENIED, executable_allow(&plan, &err), &err);
	assert_trail(&err, "the firmware does not let segment 0 run: access denied");
}

static void what_is_so_already_need_not_be_allowed(void **state)
{
	(void)state;
	memset(protected_page, 0, sizeof protected_page);
	clear_status = EFI_UNSUPPORTED;
	assert_ok(executable_allow(&plan, &err), &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_trampoline_runs, reset),
		cmocka_unit_test_setup(a_kernel_with_the_firmware_runs, reset),
		cmocka_unit_test_setup(without_the_protocol_nothing_is_done, reset),
		cmocka_unit_test_setup(a_refusal_is_an_error, reset),
		cmocka_unit_test_setup(what_is_so_already_need_not_be_allowed, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
