/* SPDX-License-Identifier: MIT */
/* The words for departures. */
#include "kernel-handoff/proto/departures.h"

static const struct {
	enum image_departure bit;
	const char *what, *hint;
} notes[] = {
	{ DEPARTS_ELF_TYPE, "{s}: the type of the ELF file is not that of an executable, and it is loaded as one", "link it without -r" },
	{ DEPARTS_ELF_HEADER_BYTES, "{s}: e_phentsize is too small, and program headers are read in their usual length",
	  "correct e_phentsize in the ELF header: 32, or 56 in an ELF64 file" },
	{ DEPARTS_MULTIBOOT2_LENGTH, "{s}: the length in the Multiboot2 header is not that of its tags, which are read up to the end tag",
	  "count the header from its magic to behind its end tag" },
	{ DEPARTS_LINUX_ALIGNMENT, "{s}: the kernel is said to be relocatable, by an alignment that cannot be, and it is not moved", NULL },
	{ DEPARTS_LINUX_ADDRESS, "{s}: the kernel prefers an address where no kernel can be, and that is passed over", NULL },
	{ DEPARTS_LINUX_INFO, "{s}: no kernel_info is where the setup header says, and the kernel counts as having none", NULL },
	{ DEPARTS_PE_NOT_LINKED, "{s}: the PE header does not say that it is a program, and it is started as one", NULL },
	{ DEPARTS_PE_DRIVER, "{s} is a driver: it comes back when it is installed, and the next entry is tried", NULL },
};

void departures_note(struct plan *plan, const char *path, unsigned departures)
{
	for (unsigned i = 0; i < sizeof notes / sizeof *notes; i++) {
		if ((departures & notes[i].bit) != 0)
			plan_note(plan, notes[i].what, path, 0, 0, notes[i].hint);
	}
}
