/* SPDX-License-Identifier: MIT */
/* Inside the preflight: what a check gets and what it answers. */
#pragma once

#include "kernel-handoff/preflight/hypervisors.h"
#include "kernel-handoff/preflight/preflight.h"

enum preflight_value {
	VALUE_OK,
	VALUE_MISSING, /* the machine does not have it */
	VALUE_OFF,     /* it has it, and the firmware has switched it off */
	VALUE_BAD,     /* it is there, and not as it has to be */
	VALUE_UNKNOWN, /* there is no way to tell; not a problem */
	VALUE_NONE,    /* has no meaning for this machine or this kernel */
};

struct preflight {
	const struct boot_request *request;
	const struct machine *machine; /* request->machine */
	enum hypervisor hypervisor;
	struct plan *plan;
	struct arena *arena; /* given back after each check */
	unsigned problems;
	struct plan_note first; /* of the problems */
};

/* Tells of a problem: a note of the plan; parameters as plan_note(). A check tells of one at most. */
void preflight_problem(struct preflight *preflight, const char *what, const char *subject, uint64_t a, uint64_t b, const char *hint);

/* The table in preflight.c says what each of them is called. */
enum preflight_value check_vmx(struct preflight *preflight);
enum preflight_value check_svm(struct preflight *preflight);
enum preflight_value check_ept(struct preflight *preflight);
enum preflight_value check_unrestricted_guest(struct preflight *preflight);
enum preflight_value check_nested_paging(struct preflight *preflight);
enum preflight_value check_no_execute(struct preflight *preflight);
enum preflight_value check_nested(struct preflight *preflight);
enum preflight_value check_x2apic(struct preflight *preflight);
enum preflight_value check_iommu(struct preflight *preflight);
enum preflight_value check_memory(struct preflight *preflight);
enum preflight_value check_modules(struct preflight *preflight);
enum preflight_value check_dom0(struct preflight *preflight);
enum preflight_value check_secure_boot(struct preflight *preflight);
