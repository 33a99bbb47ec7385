/* SPDX-License-Identifier: MIT */
/*
 * What all verdict kernels need: lines `key=value` on QEMU's debug console, checks that end in a verdict, and memory.
 *
 * Built for 32 and for 64 bits. The kernels run wherever they were loaded without relocating themselves: no pointer in initialised data,
 * and everything hidden, so that the compiler reaches it relative to the program counter.
 */
#pragma once
#pragma GCC visibility push(hidden)

#include "entry.h"

#include <stdbool.h>
#include <stdint.h>

/* --- reports: NAME=VALUE, or LIST.INDEX.NAME=VALUE ----------------------------------------------------------------------------------- */

void report_text(const char *name, const char *value);
void report_number(const char *name, uint32_t value);
void report_hex(const char *name, uint64_t value);
void report_item_text(const char *list, uint32_t index, const char *name, const char *value);
void report_item_number(const char *list, uint32_t index, const char *name, uint32_t value);
void report_item_hex(const char *list, uint32_t index, const char *name, uint64_t value);

/* Reports the entry state. prefix: 'e' or 'r', as the registers are called. */
void report_entry(const struct entry_state *entry, char prefix);

/* --- the verdict ---------------------------------------------------------------------------------------------------------------------- */

/* Reports `failed=REASON` if it is not so. The first reason goes into the verdict. */
void check(bool ok, const char *reason);

/* check(), and the end if it is not so: what follows would read what is not there. */
void require(bool ok, const char *reason);

/* Reports `verdict=pass` or `verdict=fail REASON`, also on COM1, and leaves QEMU with status 33 or 35. */
__attribute__((noreturn)) void verdict_end(void);

/* After the verdict the machine halts and stays, so that its screen can be looked at. */
void verdict_stay(void);

/* Whether `text` has this word, between blanks. */
bool has_word(const char *text, const char *word);

/* --- memory --------------------------------------------------------------------------------------------------------------------------- */

uint32_t crc32(uint64_t start, uint64_t bytes); /* as gzip and zlib compute it */

/* The same piece by piece: begins with CRC32_START, and is the complement of what the last call returns. */
#define CRC32_START 0xffffffffu
uint32_t crc32_add(uint32_t crc, uint64_t start, uint64_t bytes);
uint8_t sum8(uint64_t start, uint64_t bytes);
bool is_zero(uint64_t start, uint64_t end);
bool same_bytes(uint64_t a, uint64_t b, uint64_t bytes);

uint8_t read8(uint64_t address);
uint16_t read16(uint64_t address);
uint32_t read32(uint64_t address);
uint64_t read64(uint64_t address);

/* The kernel's own extent, where it runs: kernel.ld. What lies in front of image_start belongs to the kernel as well. */
extern const uint8_t kernel_start[], image_start[], constant_end[], bss_start[], bss_end[], image_end[];

/* Where one of the symbols above is. */
uint64_t address_of(const uint8_t *symbol);

/* Reports where the image is and the CRC-32 of its constant part, and checks that .bss was zero. The first thing to be called. */
void image_check(void);
