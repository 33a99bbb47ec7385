/* SPDX-License-Identifier: MIT */
/* The preflight's checks of the IOMMU's tables, of x2APIC, of the plan's memory and modules, and of Secure Boot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_iommu.h"
#include "support_pe.h"
#include "support_preflight.h"

enum { DMAR_FLAGS = 37, MIB = 1 << 20, SECURITY_DIRECTORY = PE_OPTIONAL_AT + 112 + 4 * 8 };

static struct bench bench;
static struct machine *const machine = &bench.machine;
static uint8_t table[IOMMU_TABLE_MAX], image[PE_IMAGE_MAX];

static int intel(void **state)
{
	(void)state;
	preflight_start(&bench, false);
	memcpy(table, qemu_dmar, DMAR_BYTES);
	machine->acpi.dmar = span_of(table, DMAR_BYTES);
	return 0;
}

static int amd(void **state)
{
	(void)state;
	preflight_start(&bench, true);
	memcpy(table, qemu_ivrs, IVRS_BYTES);
	machine->acpi.ivrs = span_of(table, IVRS_BYTES);
	return 0;
}

static void no_iommu(void **state)
{
	(void)state;
	machine->acpi.dmar = span_of(NULL, 0);
	assert_preflight(&bench, "iommu", "missing", "describes no IOMMU");
	assert_non_null(strstr(preflight_note(&bench, "IOMMU")->hint, "firmware's setup"));
	machine->cpu.hypervisor = true;
	assert_preflight(&bench, "iommu", "missing", "describes no IOMMU");
	assert_non_null(strstr(preflight_note(&bench, "IOMMU")->hint, "virtual machine"));
}

static void damaged_tables(void **state)
{
	(void)state;
	table[9]++;
	assert_preflight(&bench, "iommu", "bad", "checksum of the ACPI table DMAR");
	amd(NULL);
	assert_preflight(&bench, "iommu", "ok", NULL);
	table[9]++;
	assert_preflight(&bench, "iommu", "bad", "checksum of the ACPI table IVRS");
}

static void x2apic_is_looked_at_when_it_is_on(void **state)
{
	(void)state;
	table[DMAR_FLAGS] = 2;
	iommu_table_seal(table, DMAR_BYTES);
	assert_preflight(&bench, "x2apic", "ok", NULL);
	machine->cpu.x2apic_enabled = true;
	assert_preflight(&bench, "x2apic", "bad", "says in ACPI's DMAR that it has to be off");
	table[DMAR_FLAGS] = 1;
	iommu_table_seal(table, DMAR_BYTES);
	assert_preflight(&bench, "x2apic", "ok", NULL);
	table[DMAR_FLAGS] = 0;
	iommu_table_seal(table, DMAR_BYTES);
	assert_preflight(&bench, "x2apic", "bad", "no IOMMU that remaps interrupts");
	machine->cpu.apic_base_known = false;
	assert_preflight(&bench, "x2apic", "unknown", NULL);
	machine->cpu.x2apic = false;
	assert_preflight(&bench, "x2apic", "n/a", NULL);
}

static void x2apic_of_amd_goes_with_any_iommu(void **state)
{
	(void)state;
	machine->cpu.x2apic = machine->cpu.x2apic_enabled = true;
	assert_preflight(&bench, "x2apic", "ok", NULL);
	machine->acpi.ivrs = span_of(NULL, 0);
	assert_ok(preflight_run(&bench), &bench.err);
	assert_preflight_value(&bench, "x2apic", "bad");
	assert_int_equal(bench.plan.notes.count, 2);
}

static void memory_below_640_kib(void **state)
{
	(void)state;
	machine->memory_lower_kib = 256;
	assert_preflight(&bench, "memory", "ok", NULL);
	machine->memory_lower_kib = 255;
	assert_preflight(&bench, "memory", "bad", "leaves 255 KiB of memory below 640 KiB, and a hypervisor needs 256");
	bench_use_uefi(&bench); /* there Xen gets its memory from the firmware */
	assert_preflight(&bench, "memory", "ok", NULL);
}

static void xen_lies_at_2_mib(void **state)
{
	struct place *kernel = &bench.plan.place[0];

	(void)state;
	kernel->start = 4 * MIB;
	assert_preflight(&bench, "memory", "ok", NULL);
	kernel->start = 3 * MIB;
	assert_preflight(&bench, "memory", "bad", "Xen would lie at 0x300000");
	bench.request.kernel_path = "/acrn.32.out";
	assert_preflight(&bench, "memory", "ok", NULL);
	bench.request.kernel_path = "/xen.gz";
	kernel->start = (4ull << 30) - 2 * MIB; /* and goes on above 4 GiB */
	assert_preflight(&bench, "memory", "bad", "Xen would lie at");
	/* The lowest segment counts. */
	bench.plan.place[1] = (struct place){ .kind = PLACE_KERNEL, .what = "segment 1", .start = 4 * MIB, .bytes = 1 };
	kernel->start = 5 * MIB;
	assert_preflight(&bench, "memory", "ok", NULL);
}

static void modules_lie_on_pages(void **state)
{
	(void)state;
	bench.plan.place[1].start++;
	assert_preflight(&bench, "modules", "bad", "module 1 /vmlinuz lies at 0x1000001");
	bench.plan.count = 1;
	assert_preflight(&bench, "modules", "n/a", NULL);
}

/* An entry with `efi` and `preflight warn`. */
static void use_image(void)
{
	bench_use_uefi(&bench);
	memset(image, 0, sizeof image);
	bench.kernel.data = image;
	bench.kernel.file.bytes = pe_make(image, NULL);
	bench.request.protocol = "efi";
	bench.request.kernel_path = "/xen.efi";
	bench.plan.mode = ENTRY_MODE_IMAGE;
	bench.plan.count = 0;
	bench.plan.image.file = &bench.kernel.file;
}

static void secure_boot_wants_a_signature(void **state)
{
	size_t bytes;

	(void)state;
	bench_use_uefi(&bench);
	assert_preflight(&bench, "secure-boot", "off", NULL);
	use_image();
	assert_preflight(&bench, "secure-boot", "off", NULL);
	machine->secure_boot = true;
	assert_preflight(&bench, "secure-boot", "bad", "Secure Boot is on, and /xen.efi is not signed");
	bytes = bench.kernel.file.bytes;
	put_le32(image + SECURITY_DIRECTORY, (uint32_t)bytes - 16);
	put_le32(image + SECURITY_DIRECTORY + 4, 16);
	assert_preflight(&bench, "secure-boot", "ok", NULL);
}

static void images_have_no_places_to_look_at(void **state)
{
	(void)state;
	use_image();
	assert_preflight(&bench, "memory", "n/a", NULL);
	assert_preflight_value(&bench, "modules", "n/a");
	assert_preflight_value(&bench, "dom0", "n/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_iommu, intel),
		cmocka_unit_test_setup(damaged_tables, intel),
		cmocka_unit_test_setup(x2apic_is_looked_at_when_it_is_on, intel),
		cmocka_unit_test_setup(x2apic_of_amd_goes_with_any_iommu, amd),
		cmocka_unit_test_setup(memory_below_640_kib, intel),
		cmocka_unit_test_setup(xen_lies_at_2_mib, intel),
		cmocka_unit_test_setup(modules_lie_on_pages, intel),
		cmocka_unit_test_setup(secure_boot_wants_a_signature, intel),
		cmocka_unit_test_setup(images_have_no_places_to_look_at, intel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
