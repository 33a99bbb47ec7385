/* SPDX-License-Identifier: MIT */
/* Makes Multiboot2 kernels tag by tag, plans them on a bench, and finds the tags of their boot information. */
#pragma once

#include "support_handoff.h"

enum { HEADER_AT = 0x1008, FLAT_AT = 0x200, TAG_OPTIONAL = 1 };

extern struct bench mb_bench;

/* For machine.apm. */
const struct apm *some_apm(void);
extern uint8_t mb_image[ELF_IMAGE_MAX];
extern size_t mb_image_bytes;
extern size_t header_at, header_end; /* of the header being made */

/* An ELF kernel with two segments, linked at 0xC0200000 for 0x200000, entry 0xC0200100, and the beginning of a header at HEADER_AT. */
void elf_begin(bool is_64);

/* A file that is all image: the header at FLAT_AT says where it lies. */
void flat_begin(size_t bytes);

/* The parts of a header: its start, its tags, its end tag and checksum. header_checksum() alone leaves the end tag out. */
void header_begin(size_t at);
void header_tag(uint16_t type, uint16_t flags, const uint32_t *values, unsigned count);
void header_checksum(void);
void header_finish(void);

#define TAG(type, flags, ...)                                                                                                              \
	header_tag((type), (flags), (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* The information tag of this type, its `number`-th; returns its length without the 8 bytes before, or -1. Checks the whole walk. */
int find_tag(uint32_t type, unsigned number, uint8_t *content, size_t capacity);

/* The plan has the bytes [from, from + bytes) of a segment at `start`. */
void check_segment_bytes(uint64_t start, unsigned segment, size_t from, size_t bytes);

/* The plan has the kernel of elf_begin() where that is linked, and its entry. */
void check_elf_image(void);

/* Plans ELF kernels whose segments or entry cannot be, each with the header that `write_header` puts at HEADER_AT. */
void check_impossible_images(const char *protocol, void (*write_header)(void));

/* An ELF kernel whose entry is a physical address starts, with a note; one that lies in no segment is refused. */
void check_physical_entry(const char *protocol, void (*write_header)(void));

/* The registers and the mode that every Multiboot2 kernel is promised. */
void check_state(void);
