/* SPDX-License-Identifier: MIT */
/* For a command line that has a kernel's file and no option for it. */
#pragma once

/* If `path` is a kernel, a hint says of which kind, and which option of `mkboot create` starts it. */
void hint_kernel_option(const char *path);
