/* SPDX-License-Identifier: MIT */
/*
 * What Multiboot 1 and 2 tell a kernel alike: the facts that both are made from, and the pieces that have the same bytes in both.
 */
#pragma once

#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/tag_writer.h"

/* What only the protocol knows when it has placed the image. */
struct multiboot_facts {
	const struct boot_request *request;
	uint64_t load_base;    /* lowest address of the image */
	const struct elf *elf; /* NULL: the image was not loaded as ELF */
	bool keeps_firmware;   /* UEFI: its boot services stay, so memory is the firmware's to tell about */
};

/* The RAM that goes on from 1 MiB without a hole. */
uint32_t multiboot_upper_memory_kib(const struct memory_map *map);

/* base, length and type of a memory map's entry: 20 bytes. */
void multiboot_range_write(struct tag_writer *writer, const struct memory_range *range);

/* The APM table: 20 bytes. */
void multiboot_apm_write(struct tag_writer *writer, const struct apm *apm);

/* Mode and protected mode interface of VBE: 8 bytes. */
void multiboot_vbe_mode_write(struct tag_writer *writer, const struct vbe_information *vbe);

/* Address, pitch, size, depth and type of a screen that is there: 22 bytes. */
void multiboot_framebuffer_write(struct tag_writer *writer, const struct screen *screen);

/* Where the colours of a SCREEN_LINEAR are: 6 bytes. */
void multiboot_colors_write(struct tag_writer *writer, const struct screen *screen);
