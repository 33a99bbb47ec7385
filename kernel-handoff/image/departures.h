/* SPDX-License-Identifier: MIT */
/*
 * What an image has that its format does not allow and that loaders in use start all the same. We start it, too, and a note of the plan
 * says so (proto/departures.h). A bit each: readers of images collect them.
 */
#pragma once

enum image_departure {
	DEPARTS_ELF_TYPE = 1 << 0,          /* neither ET_EXEC nor ET_DYN, and with segments; read as the former */
	DEPARTS_ELF_HEADER_BYTES = 1 << 1,  /* e_phentsize is too small; program headers are as long as their class has them */
	DEPARTS_MULTIBOOT2_LENGTH = 1 << 2, /* header_length ends elsewhere than the tags; the end tag counts */
	DEPARTS_LINUX_ALIGNMENT = 1 << 3,   /* alignments that cannot be; the kernel is told 1 and not moved */
	DEPARTS_LINUX_ADDRESS = 1 << 4,     /* pref_address below 1 MiB or above 4 GiB; counts as not given */
	DEPARTS_LINUX_INFO = 1 << 5,        /* kernel_info_offset leads to no kernel_info; counts as not given */
	DEPARTS_PE_NOT_LINKED = 1 << 6,     /* the characteristics lack the bit of an executable image */
	DEPARTS_PE_DRIVER = 1 << 7,         /* a driver for UEFI, which installs itself and comes back */
};
