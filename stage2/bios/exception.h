/* SPDX-License-Identifier: MIT */
/* Processor exceptions in the loader: a bug of ours. They are reported and end in the configured action. */
#pragma once

#include <stdint.h>

struct exception_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

struct platform;

/* Loads the IDT. `platform` is where a report is printed, and its stop action follows. */
void exception_init(struct platform *platform);

_Noreturn void exception_report(const struct exception_frame *frame);
