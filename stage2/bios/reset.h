/* SPDX-License-Identifier: MIT */
/* Restarting the machine, and giving the boot back. */
#pragma once

/* Tries the ways that machines have, one after the other. */
_Noreturn void machine_reset(void);

/* INT 18h: the firmware goes on with the next device of its boot order. Returns if it does not. */
void firmware_boot_next(void);
