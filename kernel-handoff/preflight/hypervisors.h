/* SPDX-License-Identifier: MIT */
/* Which kernels are hypervisors. */
#pragma once

enum hypervisor {
	HYPERVISOR_UNKNOWN,
	HYPERVISOR_XEN,
	HYPERVISOR_OTHER, /* one that the loader has nothing particular to say about */
};

/* By the words of the file's name in a path: "xen" in /boot/xen-4.17-amd64.gz, "nova" in /x86_64-nova. Letter case does not count. */
enum hypervisor hypervisor_find(const char *path);
