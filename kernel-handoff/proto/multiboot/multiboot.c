/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 1 kernels (specification 0.6.96). The machine's state is that of section 3.2, 32-bit protected mode. On UEFI its boot services
 * have ended by then, and a kernel is told nothing of UEFI: few get far, so it has to be asked for.
 */
#include "kernel-handoff/image/multiboot_header.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/multiboot/multiboot_image.h"
#include "kernel-handoff/proto/multiboot/multiboot_info.h"
#include "kernel-handoff/video.h"

enum { ENTRY_FIELD = 28 /* in the header */ };

static bool is_meant(const struct entry_settings *settings, enum firmware firmware)
{
	return firmware == FIRMWARE_BIOS || settings->multiboot_uefi;
}

static enum status check_firmware(const struct boot_request *request, struct err *err)
{
	if (is_meant(&request->settings, request->machine->firmware))
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED,
		      "Multiboot 1 has no way to tell a kernel of UEFI: it would look for a BIOS, its tables and its screen in vain", NULL,
		      0, 0);
	(void)err_add(err, "{s} is for machines with a BIOS", request->kernel_path, 0, 0);
	return err_hint(err,
			"use \"multiboot2\" if the kernel has that header too, or start this machine by its BIOS (CSM); \"multiboot-uefi "
			"on\" in the entry starts it all the same");
}

static void choose_video(const struct boot_request *request, const struct multiboot_header *header, struct plan *plan, struct arena *arena)
{
	bool linear = (header->flags & MULTIBOOT_VIDEO) != 0 && header->mode_type == MULTIBOOT_MODE_LINEAR;
	struct video_wish wish = { .text = !linear, .linear = linear };

	if (linear) {
		wish.width = header->width;
		wish.height = header->height;
		wish.depth = header->depth;
	}
	video_choose(request, &wish, plan, arena);
}

static enum status plan_kernel(struct plan *plan, const struct boot_request *request, const struct multiboot_header *header,
			       struct arena *arena, struct err *err)
{
	bool by_addresses = (header->flags & MULTIBOOT_ADDRESSES) != 0;
	const struct multiboot_wish wish = {
		.kernel = request->kernel,
		.header_offset = header->offset,
		.addresses = by_addresses ? &header->addresses : NULL,
		.addresses_part = { "the group of address fields (bit 16 of the flags)", header->offset },
		.has_entry = by_addresses,
		.entry = header->entry,
		.entry_part = { "the header's entry address", header->offset + ENTRY_FIELD },
	};
	struct multiboot_facts facts = { .request = request };
	struct multiboot_image image;
	uint64_t information;

	choose_video(request, header, plan, arena);
	if (multiboot_image_add(plan, &wish, arena, &image, err) != OK)
		return err->code;
	facts.load_base = image.start;
	facts.elf = image.is_elf ? &image.elf : NULL;
	plan->mode = ENTRY_MODE_PROTECTED;
	if (multiboot_info_add(plan, &facts, arena, &information, err) != OK)
		return err->code;
	plan->entry = image.entry;
	plan->registers = (struct entry_registers){ .ax = MULTIBOOT_ENTRY_MAGIC, .bx = information, .sp = MULTIBOOT_ENTRY_STACK };
	return OK;
}

static enum status multiboot_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct multiboot_header header;

	if (check_firmware(request, err) != OK || multiboot_header_find(request->kernel, arena, &header, err) != OK)
		return err->code;
	if (plan_kernel(plan, request, &header, arena, err) != OK)
		return err_add(err, "{s} cannot be started as a Multiboot 1 kernel", request->kernel_path, 0, 0);
	return OK;
}

const struct boot_proto proto_multiboot = {
	.name = "multiboot", .firmware = FIRMWARE_BIOS | FIRMWARE_UEFI, .is_meant = is_meant, .plan = multiboot_plan
};
