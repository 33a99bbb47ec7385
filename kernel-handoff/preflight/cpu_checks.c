/* SPDX-License-Identifier: MIT */
/* The processor: hardware virtualisation, and pages without execution. */
#include "core/base/text.h"
#include "kernel-handoff/preflight/checks.h"

/* MSR 3Ah (Intel SDM volume 3, section 24.7) and MSR C0010114h (AMD APM volume 2, section 15.30.1). */
enum { FEATURE_CONTROL_LOCKED = 1 << 0, FEATURE_CONTROL_VMX = 1 << 2, VM_CR_SVM_DISABLED = 1 << 4 };

static const char nested_hint[] =
	"switch nested virtualisation on for this virtual machine (KVM: kvm_intel or kvm_amd with nested=1, and -cpu host)";

/* Which of the two makers' extensions counts here, if there is none. */
static bool is_amd_like(const struct cpu_facts *cpu)
{
	return text_equal(cpu->vendor, "AuthenticAMD") || text_equal(cpu->vendor, "HygonGenuine");
}

/* There is nothing to run guests with. */
static enum preflight_value no_virtualisation(struct preflight *preflight)
{
	const struct cpu_facts *cpu = &preflight->machine->cpu;

	if (cpu->hypervisor)
		preflight_problem(preflight, "this is a virtual machine ({s}) whose processor has no VT-x or AMD-V", cpu->hypervisor_vendor,
				  0, 0, nested_hint);
	else
		preflight_problem(preflight, "this processor ({s}) has no hardware virtualisation (VT-x or AMD-V)", cpu->vendor, 0, 0,
				  "a hypervisor can at most run paravirtualised guests here");
	return VALUE_MISSING;
}

/* A register that is not locked is no problem: hypervisors set and lock it themselves. */
enum preflight_value check_vmx(struct preflight *preflight)
{
	const struct cpu_facts *cpu = &preflight->machine->cpu;

	if (!cpu->vmx)
		return cpu->svm || is_amd_like(cpu) ? VALUE_NONE : no_virtualisation(preflight);
	if (!cpu->feature_control_known)
		return VALUE_UNKNOWN;
	if (!(cpu->feature_control & FEATURE_CONTROL_LOCKED) || (cpu->feature_control & FEATURE_CONTROL_VMX))
		return VALUE_OK;
	preflight_problem(preflight, "Intel VT-x is switched off in the firmware's setup (MSR 3Ah is locked at {a:x})", NULL,
			  cpu->feature_control, 0,
			  "switch on \"Intel Virtualization Technology\" in the firmware's setup, then the machine off and on");
	return VALUE_OFF;
}

enum preflight_value check_svm(struct preflight *preflight)
{
	const struct cpu_facts *cpu = &preflight->machine->cpu;

	if (!cpu->svm)
		return !cpu->vmx && is_amd_like(cpu) ? no_virtualisation(preflight) : VALUE_NONE;
	if (!cpu->vm_cr_known)
		return VALUE_UNKNOWN;
	if (!(cpu->vm_cr & VM_CR_SVM_DISABLED))
		return VALUE_OK;
	preflight_problem(preflight, "AMD-V is switched off in the firmware's setup (MSR 0xc0010114 is {a:x})", NULL, cpu->vm_cr, 0,
			  "switch on \"SVM Mode\" in the firmware's setup, then the machine off and on");
	return VALUE_OFF;
}

static enum preflight_value require(struct preflight *preflight, bool present, const char *what, const char *hint)
{
	if (present)
		return VALUE_OK;
	preflight_problem(preflight, what, NULL, 0, 0, preflight->machine->cpu.hypervisor ? nested_hint : hint);
	return VALUE_MISSING;
}

static const char newer_hint[] = "guests with hardware virtualisation need a newer processor, or a hypervisor that does without";

static enum preflight_value require_vmx_control(struct preflight *preflight, bool present, const char *what)
{
	const struct cpu_facts *cpu = &preflight->machine->cpu;

	if (!cpu->vmx)
		return VALUE_NONE;
	return cpu->vmx_controls_known ? require(preflight, present, what, newer_hint) : VALUE_UNKNOWN;
}

enum preflight_value check_ept(struct preflight *preflight)
{
	return require_vmx_control(preflight, preflight->machine->cpu.ept, "this processor's VT-x has no extended page tables (EPT)");
}

enum preflight_value check_unrestricted_guest(struct preflight *preflight)
{
	return require_vmx_control(preflight, preflight->machine->cpu.unrestricted_guest,
				   "this processor's VT-x has no unrestricted guest mode");
}

enum preflight_value check_nested_paging(struct preflight *preflight)
{
	const struct cpu_facts *cpu = &preflight->machine->cpu;

	if (!cpu->svm)
		return VALUE_NONE;
	return require(preflight, cpu->nested_paging, "this processor's AMD-V has no nested page tables (NPT)", newer_hint);
}

enum preflight_value check_no_execute(struct preflight *preflight)
{
	if (preflight->machine->cpu_no_execute)
		return VALUE_OK;
	if (preflight->machine->cpu.no_execute_off) {
		preflight_problem(preflight, "pages without execution (NX) are switched off in the firmware's setup", NULL, 0, 0,
				  "switch on \"Execute Disable Bit\" in the firmware's setup");
		return VALUE_OFF;
	}
	preflight_problem(preflight, "this processor has no pages without execution (NX)", NULL, 0, 0,
			  "let the virtual machine or the firmware's setup show the feature; hypervisors of today need it");
	return VALUE_MISSING;
}

/* Has no note of its own: without hardware virtualisation the note of that has the hint. */
enum preflight_value check_nested(struct preflight *preflight)
{
	const struct cpu_facts *cpu = &preflight->machine->cpu;

	if (!cpu->hypervisor)
		return VALUE_NONE;
	return cpu->vmx || cpu->svm ? VALUE_OK : VALUE_MISSING;
}
