/* SPDX-License-Identifier: MIT */
/* A list of findings in the order in which they were made. */
#include "disk-tools/findings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 2048 };

static char *copy(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

/* Without memory for a few strings nothing that follows could be trusted. */
static void add(struct findings *findings, struct finding finding)
{
	struct finding *grown = reallocarray(findings->item, findings->count + 1, sizeof *grown);

	if (grown == NULL || finding.where == NULL || finding.why == NULL) {
		fail_errno(EXIT_FAILED, "cannot keep a finding", finding.where, ENOMEM);
		abort();
	}
	grown[findings->count++] = finding;
	findings->item = grown;
}

void findings_add(struct findings *findings, bool serious, const char *what, const char *where, const char *why, ...)
{
	char text[TEXT_BYTES];
	va_list arguments;

	va_start(arguments, why);
	vsnprintf(text, sizeof text, why, arguments);
	va_end(arguments);
	add(findings,
	    (struct finding){ .serious = serious, .code = EXIT_BAD_INPUT, .what = copy(what), .where = copy(where), .why = copy(text) });
}

void findings_hint(struct findings *findings, const char *hint, ...)
{
	struct finding *last = &findings->item[findings->count - 1];
	va_list arguments;

	free(last->hint);
	va_start(arguments, hint);
	if (vasprintf(&last->hint, hint, arguments) < 0)
		last->hint = NULL; /* the finding says enough */
	va_end(arguments);
}

void findings_add_err(struct findings *findings, bool serious, const char *what, const char *where, const struct err *err)
{
	char text[TEXT_BYTES];

	err_to_text(err, text, sizeof text);
	add(findings, (struct finding){
			      .serious = serious,
			      .code = exit_code_of(err->code),
			      .what = copy(what),
			      .where = copy(where),
			      .why = copy(text),
			      .hint = copy(err->hint),
		      });
}

enum exit_code findings_say(const struct findings *findings, bool as_errors)
{
	enum exit_code code = EXIT_OK;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->item[i];

		if (finding->serious && as_errors)
			fail(finding->code, finding->what, finding->where, "%s", finding->why);
		else if (finding->what != NULL)
			warn("%s: %s: %s", finding->what, finding->where, finding->why);
		else
			warn("%s: %s", finding->where, finding->why);
		if (finding->hint != NULL)
			hint("%s", finding->hint);
		if (finding->serious && code == EXIT_OK)
			code = finding->code;
	}
	return code;
}

bool findings_serious(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->item[i].serious)
			return true;
	}
	return false;
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->item[i].what);
		free(findings->item[i].where);
		free(findings->item[i].why);
		free(findings->item[i].hint);
	}
	free(findings->item);
	*findings = (struct findings){ 0 };
}
