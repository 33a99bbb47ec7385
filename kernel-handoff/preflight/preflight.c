/* SPDX-License-Identifier: MIT */
/* The table of checks, and what is made of their answers. */
#include "kernel-handoff/preflight/preflight.h"

#include "core/base/arena.h"
#include "core/base/print.h"
#include "core/base/text.h"
#include "kernel-handoff/preflight/checks.h"

/* In this order in the line for machines. A new check is a line here, a function in a file beside this one, and a row of README.md. */
static const struct {
	const char *key;
	enum preflight_value (*check)(struct preflight *preflight);
} checks[] = {
	{ "vmx", check_vmx },
	{ "svm", check_svm },
	{ "ept", check_ept },
	{ "ug", check_unrestricted_guest },
	{ "npt", check_nested_paging },
	{ "nx", check_no_execute },
	{ "nested", check_nested },
	{ "x2apic", check_x2apic },
	{ "iommu", check_iommu },
	{ "memory", check_memory },
	{ "modules", check_modules },
	{ "dom0", check_dom0 },
	{ "secure-boot", check_secure_boot },
};

enum { LINE_BYTES = 256 };

static const char *value_name(enum preflight_value value)
{
	static const char *const names[] = {
		[VALUE_OK] = "ok",   [VALUE_MISSING] = "missing", [VALUE_OFF] = "off",
		[VALUE_BAD] = "bad", [VALUE_UNKNOWN] = "unknown", [VALUE_NONE] = "n/a",
	};

	return names[value];
}

void preflight_problem(struct preflight *preflight, const char *what, const char *subject, uint64_t a, uint64_t b, const char *hint)
{
	plan_note(preflight->plan, what, subject, a, b, hint);
	if (preflight->problems++ == 0)
		preflight->first = (struct plan_note){ .text = { .what = what, .subject = subject, .a = a, .b = b }, .hint = hint };
}

static enum preflight_setting setting_of(const struct boot_request *request, enum hypervisor hypervisor)
{
	if (request->settings.preflight != PREFLIGHT_UNSET)
		return request->settings.preflight;
	return hypervisor != HYPERVISOR_UNKNOWN && text_starts_with(request->protocol, "multiboot") ? PREFLIGHT_WARN : PREFLIGHT_OFF;
}

static void run_checks(struct preflight *preflight, struct sink *line)
{
	print(line, "PREFLIGHT");
	for (unsigned i = 0; i < sizeof checks / sizeof *checks; i++) {
		size_t mark = arena_mark(preflight->arena);
		enum preflight_value value = checks[i].check(preflight);

		arena_reset(preflight->arena, mark);
		print(line, " %s=%s", checks[i].key, value_name(value));
	}
}

enum status preflight(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct preflight preflight = {
		.request = request,
		.machine = request->machine,
		.hypervisor = hypervisor_find(request->kernel_path),
		.plan = plan,
		.arena = arena,
	};
	enum preflight_setting setting = setting_of(request, preflight.hypervisor);
	const struct plan_note *first = &preflight.first;
	char line[LINE_BYTES];
	struct text_buffer text;

	if (setting == PREFLIGHT_OFF || !request->machine->cpu.known)
		return OK;
	text_buffer_init(&text, line, sizeof line);
	run_checks(&preflight, &text.sink);
	plan->notes.preflight = arena_copy_text(arena, text.data, text.length);
	if (plan->notes.preflight == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for the preflight", NULL, 0, 0);
	if (setting != PREFLIGHT_STRICT || preflight.problems == 0)
		return OK;
	(void)err_set(err, ERR_DENIED, first->text.what, first->text.subject, first->text.a, first->text.b);
	(void)err_add(err, "problems found by the preflight: {a}, the first", NULL, preflight.problems, 0);
	return err_hint(err, first->hint);
}
