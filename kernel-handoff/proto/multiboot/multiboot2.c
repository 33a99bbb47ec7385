/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2 kernels (specification 2.0). The machine's state is that of section 3.3, 32-bit protected mode, or on UEFI, for a kernel that
 * keeps the firmware's boot services, that of section 3.5.
 */
#include "kernel-handoff/image/multiboot2_header.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/departures.h"
#include "kernel-handoff/proto/multiboot/multiboot2_info.h"
#include "kernel-handoff/proto/multiboot/multiboot_image.h"
#include "kernel-handoff/video.h"

/* A kernel without a framebuffer tag knows nothing but text, whether it has said so or not. */
static void choose_video(const struct boot_request *request, const struct multiboot2_header *header, struct plan *plan, struct arena *arena)
{
	const struct video_wish wish = {
		.text = (header->console_flags & MULTIBOOT2_CONSOLE_EGA_TEXT) != 0 || header->framebuffer_tag == 0,
		.linear = header->framebuffer_tag != 0,
		.width = header->width,
		.height = header->height,
		.depth = header->depth,
	};

	video_choose(request, &wish, plan, arena);
}

/* 3.1.9: a kernel that requires a console has to be able to use the one that it will find. */
static enum status check_console(const struct multiboot2_header *header, const struct screen *screen, struct err *err)
{
	bool text = screen->kind == SCREEN_TEXT && (header->console_flags & MULTIBOOT2_CONSOLE_EGA_TEXT) != 0;
	bool pixels = screen->kind == SCREEN_LINEAR && header->framebuffer_tag != 0;
	static const char *const kinds[] = {
		[SCREEN_NONE] = "there is no screen", [SCREEN_TEXT] = "the screen shows text", [SCREEN_LINEAR] = "the screen shows pixels"
	};

	if ((header->console_flags & MULTIBOOT2_CONSOLE_REQUIRED) == 0 || text || pixels)
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED, kinds[screen->kind], NULL, 0, 0);
	(void)err_add(err, "the flags tag at offset {a:x} requires a console that the kernel can use", NULL, header->console_tag, 0);
	if (screen->kind == SCREEN_LINEAR)
		return err_hint(err, "the kernel's header needs a framebuffer tag to be started here");
	if (screen->kind == SCREEN_TEXT)
		return err_hint(err, "the kernel's header has to say that it supports EGA text, or this machine needs a video mode for it");
	return err_hint(err, "give the machine a screen, or clear bit 0 of the console flags in the kernel's header");
}

/* Without an entry of its own for UEFI, a kernel that keeps the firmware is entered in 64 bits at its only one: as GRUB does, for NOVA. */
static void choose_entry(const struct multiboot2_header *header, bool keeps_firmware, struct multiboot_wish *wish)
{
	if (keeps_firmware && header->entry_efi_64_tag != 0) {
		wish->has_entry = true;
		wish->entry = header->entry_efi_64;
		wish->entry_part = (struct multiboot_part){ "the EFI amd64 entry address tag", header->entry_efi_64_tag };
	} else if (header->entry_tag != 0) {
		wish->has_entry = true;
		wish->entry = header->entry;
		wish->entry_part = (struct multiboot_part){ "the entry address tag", header->entry_tag };
	}
}

static enum status add_image(struct plan *plan, const struct boot_request *request, const struct multiboot2_header *header,
			     bool keeps_firmware, struct arena *arena, struct multiboot_image *image, struct err *err)
{
	const struct multiboot_relocation relocation = {
		.part = { "the relocatable tag", header->relocatable_tag },
		.min = header->min_address,
		.max = header->max_address,
		.align = header->align,
		.low = header->preference == MULTIBOOT2_PREFER_LOW,
		.high = header->preference != MULTIBOOT2_PREFER_LOW && header->preference != MULTIBOOT2_PREFER_NOTHING,
	};
	struct multiboot_wish wish = {
		.kernel = request->kernel,
		.header_offset = header->offset,
		.addresses = header->address_tag != 0 ? &header->addresses : NULL,
		.addresses_part = { "the address tag", header->address_tag },
		.relocation = header->relocatable_tag != 0 ? &relocation : NULL,
		.executable = keeps_firmware,
	};

	choose_entry(header, keeps_firmware, &wish);
	return multiboot_image_add(plan, &wish, arena, image, err);
}

static enum status plan_kernel(struct plan *plan, const struct boot_request *request, const struct multiboot2_header *header,
			       struct arena *arena, struct err *err)
{
	bool keeps_firmware = request->machine->firmware == FIRMWARE_UEFI && header->keeps_boot_services;
	struct multiboot_facts facts = { .request = request, .keeps_firmware = keeps_firmware };
	struct multiboot_image image;
	uint64_t information;

	departures_note(plan, request->kernel_path, header->departures);
	choose_video(request, header, plan, arena);
	if (check_console(header, &plan->video.screen, err) != OK ||
	    add_image(plan, request, header, keeps_firmware, arena, &image, err) != OK)
		return err->code;
	facts.load_base = image.start;
	facts.elf = image.is_elf ? &image.elf : NULL;
	plan->mode = keeps_firmware ? ENTRY_MODE_FIRMWARE : ENTRY_MODE_PROTECTED;
	if (multiboot2_info_add(plan, &facts, arena, &information, err) != OK)
		return err->code;
	plan->entry = image.entry;
	plan->registers = (struct entry_registers){ .ax = MULTIBOOT2_ENTRY_MAGIC, .bx = information };
	if (!keeps_firmware)
		plan->registers.sp = MULTIBOOT_ENTRY_STACK;
	return OK;
}

static enum status multiboot2_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct multiboot2_header header;

	if (multiboot2_header_find(request->kernel, arena, &header, err) != OK)
		return err->code;
	if (plan_kernel(plan, request, &header, arena, err) != OK)
		return err_add(err, "{s} cannot be started as a Multiboot2 kernel", request->kernel_path, 0, 0);
	return OK;
}

const struct boot_proto proto_multiboot2 = { .name = "multiboot2", .firmware = FIRMWARE_BIOS | FIRMWARE_UEFI, .plan = multiboot2_plan };
