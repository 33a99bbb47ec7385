/* SPDX-License-Identifier: MIT */
/* The generations that shim compares with its list of revoked ones (SBAT.md of shim): one line for the format, one for us. */
#include "core/base/version.h"

	.section .sbat, "a", @progbits
	.ascii	"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
	.ascii	"mkboot,1,mkboot,mkboot," MKBOOT_VERSION ",mkboot(1)\n"
	.section .note.GNU-stack, "", @progbits
