/* SPDX-License-Identifier: MIT */
/*
 * The random seed for a kernel that the firmware starts: a configuration table, as Linux's EFI stub and later its kernel look for it (Linux
 * include/linux/efi.h, LINUX_EFI_RANDOM_SEED_TABLE_GUID).
 */
#pragma once

struct machine;
struct random_seed_table;

/*
 * Offers machine->random_seed. NULL if there is none, if the firmware or who started us offers one already, or if the firmware will not
 * take ours: a kernel can start without.
 */
struct random_seed_table *random_seed_offer(const struct machine *machine);

/* Takes the offer back, unless the image has put its own in its place. NULL is allowed. */
void random_seed_withdraw(struct random_seed_table *table);
