/* SPDX-License-Identifier: MIT */
/* What is known of the processor. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * What CPUID and model-specific registers say of the processor that runs the loader, which stands for all of them. `known` is false on the
 * host, where plans are made for a machine that is not there.
 */
struct cpu_facts {
	bool known;
	char vendor[13]; /* "GenuineIntel", "AuthenticAMD" */
	bool hypervisor; /* CPUID 1 ECX bit 31: this is a virtual machine */
	char hypervisor_vendor[13];
	bool msr, apic, x2apic, vmx, svm;
	uint32_t apic_id;         /* with `apic`: of its own */
	bool random_seed, random; /* RDSEED, RDRAND */
	bool no_execute_off;      /* Intel: cpu_no_execute is false because MSR 1A0h bit 34 hides it */
	bool apic_base_known;     /* the register could be read */
	bool x2apic_enabled;      /* MSR 1Bh bit 10 */
	bool feature_control_known;
	uint64_t feature_control;                         /* MSR 3Ah */
	bool vmx_controls_known, ept, unrestricted_guest; /* MSRs 482h and 48Bh: what may be switched on */
	bool vm_cr_known;
	uint64_t vm_cr;     /* MSR C0010114h */
	bool nested_paging; /* CPUID 8000000Ah EDX bit 0 */
};
