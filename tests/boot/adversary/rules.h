/* SPDX-License-Identifier: MIT */
/* Rules of the adversary (quirks.py has the same names and numbers), and what adversary.S keeps of a call. For assembler. */
#ifndef TESTS_BOOT_ADVERSARY_RULES_H
#define TESTS_BOOT_ADVERSARY_RULES_H

/* A rule: u8 interrupt, u8 condition, then u16 each. */
#define RULE_INTERRUPT 0
#define RULE_CONDITION 1
#define RULE_FUNCTION  2 /* AX and the mask */
#define RULE_MASK      4
#define RULE_OPERAND   6
#define RULE_ACTION    8
#define RULE_VALUE     10
#define RULE_WHERE     12
#define RULE_EFFECTS   14
#define RULE_CALLS     16 /* counts the calls that it is for */
#define RULE_BYTES     18
#define RULES_MAX      16

/* Conditions, each with an operand; 0: none. */
#define IF_SECTORS_ABOVE 1 /* a packet of AH=42h wants more */
#define IF_SEGMENT_FROM  2 /* its buffer is in this segment or a higher one */
#define IF_EACH          3 /* each n-th call */
#define IF_FIRST         4 /* the first n calls */
#define IF_RESETS_BELOW  5 /* AH=00h was called less often */

/* Actions, each with a value; 0: none. Those below DONE are in place of the real function. */
#define FAIL          1 /* CF = 1, AH = value */
#define PRETEND       2 /* CF = 0, AX = value */
#define TABLE         3 /* E820 by the table of ranges */
#define DONE          4
#define DONE_BUT_FAIL 4  /* the real function, and then CF = 1, AH = value */
#define SHORT         5  /* AH=42h reads so many sectors, and says so */
#define SHORT_SILENT  6  /* and says that it has read all */
#define CORRUPT       7  /* a wrong byte in the buffer of AH=42h */
#define POKE_16       8  /* value at DS:SI + where afterwards */
#define POKE_64       9
#define HANG          10

/* Effects, after the call. */
#define LOSE_INDEXES   (1 << 0) /* SI, DI, BP */
#define LOSE_OTHERS    (1 << 1) /* BX, CX, DX */
#define LOSE_HIGH      (1 << 2) /* the high halves, that of ESP too */
#define LOSE_SEGMENTS  (1 << 3)
#define A20_OFF        (1 << 4)
#define INTERRUPTS_OFF (1 << 5)
#define DIRECTION_DOWN (1 << 6)
#define STACK          (1 << 7) /* stack_bytes of the caller's stack are used */
#define OTHER_GDT      (1 << 8)

/* A range of E820: u64 start, u64 length, u32 type, u32 EBX that leads to the next; 0: none. */
#define RANGE_BYTES 24

/* The frame of a call, from BP: what the caller has, and what is to happen. */
#define FRAME_ES        0
#define FRAME_DS        2
#define FRAME_EDI       4
#define FRAME_ESI       8
#define FRAME_EBP       12
#define FRAME_EBX       20
#define FRAME_EDX       24
#define FRAME_ECX       28
#define FRAME_EAX       32
#define FRAME_FLAGS_NOW 36
#define FRAME_ACTION    38
#define FRAME_VALUE     40
#define FRAME_WHERE     42
#define FRAME_EFFECTS   44
#define FRAME_COUNT     46 /* of a packet, as the caller had it */
#define FRAME_INDEX     48 /* in `interrupts` */
#define FRAME_FLAGS     54 /* IRET's, above IP and CS */
#define STATE_BYTES     (FRAME_INDEX - FRAME_ACTION)

#endif
