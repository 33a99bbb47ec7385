/* SPDX-License-Identifier: MIT */
/* Making verdicts. */
#include "disk-tools/verdict.h"

#include <stdarg.h>
#include <stdio.h>

struct verdict verdict_by(const char *name)
{
	return (struct verdict){ .kind = VERDICT_YES, .by = name };
}

static struct verdict with_reason(enum verdict_kind kind, const char *why, va_list arguments)
{
	struct verdict verdict = { .kind = kind };

	vsnprintf(verdict.why, sizeof verdict.why, why, arguments);
	return verdict;
}

struct verdict verdict_no(const char *why, ...)
{
	struct verdict verdict;
	va_list arguments;

	va_start(arguments, why);
	verdict = with_reason(VERDICT_NO, why, arguments);
	va_end(arguments);
	return verdict;
}

struct verdict verdict_unknown(const char *why, ...)
{
	struct verdict verdict;
	va_list arguments;

	va_start(arguments, why);
	verdict = with_reason(VERDICT_UNKNOWN, why, arguments);
	va_end(arguments);
	return verdict;
}

const char *verdict_kind_name(enum verdict_kind kind)
{
	static const char *const names[] = { [VERDICT_NO] = "no", [VERDICT_YES] = "yes", [VERDICT_UNKNOWN] = "unknown" };

	return names[kind];
}
