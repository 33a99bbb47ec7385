/* SPDX-License-Identifier: MIT */
/* Restarting the machine. */
#pragma once

/* Tries the ways that machines have, one after the other. */
_Noreturn void machine_reset(void);
