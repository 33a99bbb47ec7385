/* SPDX-License-Identifier: MIT */
/* Which kernels count as hypervisors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel-handoff/preflight/hypervisors.h"

static void names_that_builds_and_packages_give(void **state)
{
	static const char *const xen[] = { "/xen.gz", "/boot/xen-4.17-amd64.gz", "xen", "/XEN.GZ", "/efi/debian/xen-4.19.efi" };
	static const char *const others[] = { "/x86_64-nova",   "/x86_64-nova.elf", "/hypervisor-x86_64", "/hypervisor.elf32", "/hedron.gz",
					      "/boot/acrn.bin", "/acrn.32.out",     "/tboot.gz",          "/bitvisor.elf" };

	(void)state;
	for (unsigned i = 0; i < sizeof xen / sizeof *xen; i++)
		assert_int_equal(hypervisor_find(xen[i]), HYPERVISOR_XEN);
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		assert_int_equal(hypervisor_find(others[i]), HYPERVISOR_OTHER);
}

static void other_kernels(void **state)
{
	static const char *const none[] = { "",         "/",           "/kernel", "/xen/kernel.gz", "/xenon.gz",   "/oxen.elf",
					    "/xen4.gz", "/vmlinuz-xe", "/tboots", "/novae",         "/kernel/xen/" };

	(void)state;
	for (unsigned i = 0; i < sizeof none / sizeof *none; i++)
		assert_int_equal(hypervisor_find(none[i]), HYPERVISOR_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_builds_and_packages_give),
		cmocka_unit_test(other_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
