/* SPDX-License-Identifier: MIT */
/* When the preflight is made and what it leads to; its checks of the processor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_preflight.h"

static struct bench bench;
static struct machine *const machine = &bench.machine;

static int intel(void **state)
{
	(void)state;
	preflight_start(&bench, false);
	return 0;
}

static int amd(void **state)
{
	(void)state;
	preflight_start(&bench, true);
	return 0;
}

static void intel_with_everything_has_nothing_to_complain_about(void **state)
{
	(void)state;
	assert_ok(preflight_run(&bench), &bench.err);
	assert_int_equal(bench.plan.notes.count, 0);
	assert_string_equal(bench.plan.notes.preflight, "PREFLIGHT vmx=ok svm=n/a ept=ok ug=ok npt=n/a nx=ok nested=n/a x2apic=ok iommu=ok "
							"memory=ok modules=ok dom0=ok secure-boot=n/a");
}

static void amd_with_everything_has_nothing_to_complain_about(void **state)
{
	(void)state;
	assert_ok(preflight_run(&bench), &bench.err);
	assert_int_equal(bench.plan.notes.count, 0);
	assert_string_equal(
		bench.plan.notes.preflight,
		"PREFLIGHT vmx=n/a svm=ok ept=n/a ug=n/a npt=ok nx=ok nested=n/a x2apic=n/a iommu=ok memory=ok modules=ok dom0=ok "
		"secure-boot=n/a");
}

static void known_hypervisors_are_looked_at_without_being_told(void **state)
{
	(void)state;
	bench.request.settings.preflight = PREFLIGHT_UNSET;
	machine->cpu_no_execute = false;
	assert_preflight(&bench, "nx", "missing", "NX");
	bench.request.protocol = "multiboot";
	bench.request.kernel_path = "/acrn.32.out";
	assert_preflight(&bench, "dom0", "n/a", "NX");
}

static void assert_nothing_said(void)
{
	assert_ok(preflight_run(&bench), &bench.err);
	assert_int_equal(bench.plan.notes.count, 0);
	assert_null(bench.plan.notes.preflight);
}

static void other_kernels_are_not(void **state)
{
	(void)state;
	machine->cpu_no_execute = false;
	bench.request.settings.preflight = PREFLIGHT_UNSET;
	bench.request.kernel_path = "/kernel";
	assert_nothing_said();
	bench.request.kernel_path = "/xen.efi";
	bench.request.protocol = "efi";
	assert_nothing_said();
	bench.request.settings.preflight = PREFLIGHT_WARN; /* but when they are told */
	assert_preflight(&bench, "nx", "missing", "NX");
}

static void off_is_off(void **state)
{
	(void)state;
	machine->cpu_no_execute = false;
	bench.request.settings.preflight = PREFLIGHT_OFF;
	assert_nothing_said();
}

/* `mkboot plan`. */
static void a_machine_that_is_not_there_is_not_looked_at(void **state)
{
	(void)state;
	machine->cpu.known = false;
	bench.request.settings.preflight = PREFLIGHT_STRICT;
	assert_nothing_said();
}

static void strict_refuses_and_tells_everything(void **state)
{
	(void)state;
	bench.request.settings.preflight = PREFLIGHT_STRICT;
	assert_ok(preflight_run(&bench), &bench.err);
	machine->cpu_no_execute = false;
	machine->cpu.feature_control = 1;
	assert_status(ERR_DENIED, preflight_run(&bench), &bench.err);
	assert_trail(&bench.err, "problems found by the preflight: 2, the first: Intel VT-x is switched off");
	assert_ptr_equal(bench.err.hint, preflight_note(&bench, "VT-x")->hint);
	preflight_note(&bench, "NX");
	assert_int_equal(bench.plan.notes.count, 2);
	assert_preflight_value(&bench, "vmx", "off");
}

/* By way of boot_plan(): what is refused has its notes all the same. */
static void a_kernel_is_refused_after_its_plan(void **state)
{
	static const struct test_segment segment = { .virt = 0x200000, .phys = 0x200000, .file_bytes = 16, .bytes = 16, .flags = 5 };
	static uint8_t image[ELF_IMAGE_MAX];

	(void)state;
	bench_init(&bench, 64 << 20, "elf", image, elf_make(image, true, 0x200000, &segment, 1));
	machine->cpu = (struct cpu_facts){ .known = true, .vendor = "GenuineIntel" };
	assert_ok(bench_plan(&bench), &bench.err);
	assert_null(bench.plan.notes.preflight);
	bench.request.settings.preflight = PREFLIGHT_STRICT;
	assert_status(ERR_DENIED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "no hardware virtualisation");
	assert_int_equal(bench.plan.notes.count, 2); /* and no IOMMU */
	assert_preflight_value(&bench, "vmx", "missing");
	bench.request.settings.preflight = PREFLIGHT_WARN;
	assert_ok(bench_plan(&bench), &bench.err);
	assert_int_equal(bench.plan.notes.count, 2);
	assert_true(bench.plan.count > 0);
}

static void no_memory_for_the_line(void **state)
{
	(void)state;
	bench.arena.used = bench.arena.capacity;
	assert_status(ERR_NO_MEMORY, preflight_run(&bench), &bench.err);
}

/* --- the processor --- */

static void vmx_by_its_register(void **state)
{
	static const struct {
		uint64_t feature_control;
		const char *value;
	} cases[] = {
		{ 0, "ok" }, /* not locked: the hypervisor does it */
		{ 4, "ok" }, { 5, "ok" }, { 7, "ok" }, { 1, "off" }, { 3, "off" } /* inside SMX only */,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		machine->cpu.feature_control = cases[i].feature_control;
		assert_preflight(&bench, "vmx", cases[i].value, strcmp(cases[i].value, "off") == 0 ? "VT-x is switched off" : NULL);
	}
	machine->cpu.feature_control_known = false;
	assert_preflight(&bench, "vmx", "unknown", NULL);
}

static void svm_by_its_register(void **state)
{
	(void)state;
	machine->cpu.vm_cr = 8;
	assert_preflight(&bench, "svm", "ok", NULL);
	machine->cpu.vm_cr = 0x18;
	assert_preflight(&bench, "svm", "off", "AMD-V is switched off");
	machine->cpu.vm_cr_known = false;
	assert_preflight(&bench, "svm", "unknown", NULL);
}

static void no_virtualisation_is_one_problem(void **state)
{
	(void)state;
	machine->cpu.vmx = false;
	assert_preflight(&bench, "vmx", "missing", "(GenuineIntel) has no hardware virtualisation");
	assert_preflight_value(&bench, "svm", "n/a");
	assert_preflight_value(&bench, "ept", "n/a");
	assert_preflight_value(&bench, "nested", "n/a");
	memcpy(machine->cpu.vendor, "HygonGenuine", 13);
	assert_preflight(&bench, "svm", "missing", "(HygonGenuine) has no hardware virtualisation");
	assert_preflight_value(&bench, "vmx", "n/a");
	assert_preflight_value(&bench, "npt", "n/a");
}

static void a_virtual_machine_without_it_has_another_hint(void **state)
{
	(void)state;
	machine->cpu.hypervisor = true;
	memcpy(machine->cpu.hypervisor_vendor, "KVMKVMKVM", 10);
	assert_preflight(&bench, "nested", "ok", NULL);
	machine->cpu.vmx = false;
	assert_preflight(&bench, "nested", "missing", "virtual machine (KVMKVMKVM)");
	assert_non_null(strstr(preflight_note(&bench, "KVM")->hint, "nested"));
}

static void page_tables_of_guests(void **state)
{
	(void)state;
	machine->cpu.ept = false;
	assert_preflight(&bench, "ept", "missing", "EPT");
	machine->cpu.ept = true;
	machine->cpu.unrestricted_guest = false;
	assert_preflight(&bench, "ug", "missing", "unrestricted guest");
	machine->cpu.vmx_controls_known = false;
	assert_preflight(&bench, "ept", "unknown", NULL);
	assert_preflight_value(&bench, "ug", "unknown");
	amd(NULL);
	machine->cpu.nested_paging = false;
	assert_preflight(&bench, "npt", "missing", "NPT");
}

static void no_execute(void **state)
{
	(void)state;
	machine->cpu_no_execute = false;
	assert_preflight(&bench, "nx", "missing", "has no pages without execution");
	machine->cpu.no_execute_off = true;
	assert_preflight(&bench, "nx", "off", "switched off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(intel_with_everything_has_nothing_to_complain_about, intel),
		cmocka_unit_test_setup(amd_with_everything_has_nothing_to_complain_about, amd),
		cmocka_unit_test_setup(known_hypervisors_are_looked_at_without_being_told, intel),
		cmocka_unit_test_setup(other_kernels_are_not, intel),
		cmocka_unit_test_setup(off_is_off, intel),
		cmocka_unit_test_setup(a_machine_that_is_not_there_is_not_looked_at, intel),
		cmocka_unit_test_setup(strict_refuses_and_tells_everything, intel),
		cmocka_unit_test(a_kernel_is_refused_after_its_plan),
		cmocka_unit_test_setup(no_memory_for_the_line, intel),
		cmocka_unit_test_setup(vmx_by_its_register, intel),
		cmocka_unit_test_setup(svm_by_its_register, amd),
		cmocka_unit_test_setup(no_virtualisation_is_one_problem, intel),
		cmocka_unit_test_setup(a_virtual_machine_without_it_has_another_hint, intel),
		cmocka_unit_test_setup(page_tables_of_guests, intel),
		cmocka_unit_test_setup(no_execute, intel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
