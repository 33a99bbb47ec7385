/* SPDX-License-Identifier: MIT */
/* What the processor says of itself. */
#pragma once

#include "kernel-handoff/machine.h"

struct processor;

/*
 * Sets machine->cpu, cpu_no_execute and cpu_gigabyte_pages. A model-specific register is read only if CPUID says that it is there, and one
 * that faults all the same is not known. Needs a processor with long mode.
 */
void read_cpu_facts(struct machine *machine, const struct processor *processor);

/* The first address behind what the processor can name (MAXPHYADDR, CPUID 80000008h): a power of two from 2^36 to 2^52. */
uint64_t physical_memory_end(const struct processor *processor);

/*
 * Sets machine->random_seed by RDSEED, or by RDRAND where that does not deliver; the time is mixed in. There is none if what comes is
 * plainly not random: some processors give the same number again and again. Comes after read_cpu_facts().
 */
void make_random_seed(struct machine *machine, const struct processor *processor);
