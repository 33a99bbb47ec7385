/* SPDX-License-Identifier: MIT */
/* The start of what the verdict sector reads: segment:0, with DS = ES = SS = CS. */
#include "entry.h"

	.section .text.start, "ax"
	.code16
	.globl _start
_start:
	calll	verdict_main

	.section .note.GNU-stack, "", @progbits
