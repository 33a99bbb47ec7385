/* SPDX-License-Identifier: MIT */
/* A whole boot of the disk that support_image.h makes, and how it ended. */
#pragma once

#include "support_platform.h"

extern struct fake_platform *fake; /* the machine of the test; NULL: there is none yet */

/* Makes disk.img and boots it on a new machine. */
void boot(void);

/* The kernel of this path was started, and is as the plan says. */
void assert_started(const char *kernel);

/* Nothing was started, and the boot ended so. */
void assert_stopped(enum stop_action action);

/* All that the console shows. */
void assert_said(const char *expected);

/* As a test's teardown: no machine is left. */
int end_boot(void **state);
