/* SPDX-License-Identifier: MIT */
/* The table of hypervisors. A new one is a line here: the name that its build or its package gives to the file. */
#include "kernel-handoff/preflight/hypervisors.h"

#include "core/base/text.h"

#include <stdbool.h>

static const struct {
	const char *word;
	enum hypervisor hypervisor;
} known[] = {
	{ "xen", HYPERVISOR_XEN },          /* xen.gz, xen-4.17-amd64.gz, xen.efi */
	{ "nova", HYPERVISOR_OTHER },       /* x86_64-nova */
	{ "hypervisor", HYPERVISOR_OTHER }, /* NOVA of earlier years, Hedron, XMHF: hypervisor-x86_64, hypervisor.elf32 */
	{ "hedron", HYPERVISOR_OTHER },     { "acrn", HYPERVISOR_OTHER }, /* acrn.bin, acrn.32.out */
	{ "tboot", HYPERVISOR_OTHER },                                    /* tboot.gz: starts a hypervisor by Intel TXT */
	{ "bitvisor", HYPERVISOR_OTHER },                                 /* bitvisor.elf */
};

static bool is_of_word(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Whether the text begins with this word, and the word ends there. */
static bool begins_with_word(const char *text, const char *word)
{
	while (*word != '\0' && text_lower(*text) == *word) {
		text++;
		word++;
	}
	return *word == '\0' && !is_of_word(*text);
}

enum hypervisor hypervisor_find(const char *path)
{
	const char *name = path;

	for (const char *at = path; *at != '\0'; at++) {
		if (*at == '/')
			name = at + 1;
	}
	for (const char *at = name; *at != '\0'; at++) {
		if (at > name && is_of_word(at[-1]))
			continue; /* not the start of a word */
		for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
			if (begins_with_word(at, known[i].word))
				return known[i].hypervisor;
		}
	}
	return HYPERVISOR_UNKNOWN;
}
