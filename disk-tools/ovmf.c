/* SPDX-License-Identifier: MIT */
/* The places of OVMF, the first that exists is taken. None of these builds has Secure Boot switched on. */
#include "disk-tools/ovmf.h"

#include <unistd.h>

static const struct ovmf places[] = {
	{ "/usr/share/ovmf/OVMF.fd", NULL },                                                /* Debian */
	{ "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd" },           /* Debian, Ubuntu */
	{ "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd" },                 /* Debian 12, Ubuntu 22.04 */
	{ "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd" },       /* Fedora */
	{ "/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd" },   /* Arch */
	{ "/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin" }, /* openSUSE */
};

enum exit_code ovmf_find(struct ovmf *found)
{
	for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (access(places[i].code, R_OK) != 0 || (places[i].variables != NULL && access(places[i].variables, R_OK) != 0))
			continue;
		*found = places[i];
		return EXIT_OK;
	}
	fail(EXIT_NO_TOOL, "no UEFI firmware for QEMU", NULL, "OVMF is not installed, or not where it is looked for");
	hint("apt install ovmf, or say where it is: mkboot run IMAGE -- -bios OVMF.fd");
	return EXIT_NO_TOOL;
}
