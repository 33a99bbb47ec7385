/* SPDX-License-Identifier: MIT */
/* Whether a firmware would boot a disk, and by whose loader. */
#pragma once

enum verdict_kind { VERDICT_NO, VERDICT_YES, VERDICT_UNKNOWN };

enum { VERDICT_WHY_BYTES = 256 };

struct verdict {
	enum verdict_kind kind;
	const char *by;              /* VERDICT_YES: the loader, "mkboot", "GRUB"; else NULL */
	char why[VERDICT_WHY_BYTES]; /* VERDICT_NO, VERDICT_UNKNOWN: the reason; else "" */
};

#define VERDICT_BY_MKBOOT "mkboot"

struct verdict verdict_by(const char *name);
struct verdict verdict_no(const char *why, ...) __attribute__((format(printf, 1, 2)));
struct verdict verdict_unknown(const char *why, ...) __attribute__((format(printf, 1, 2)));

/* "no", "yes", "unknown": as JSON has it. */
const char *verdict_kind_name(enum verdict_kind kind);
