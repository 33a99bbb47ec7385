/* SPDX-License-Identifier: MIT */
/*
 * Programs that the firmware itself starts (UEFI specification 2.10, section 7.4): Linux by its EFI stub, unified kernel images, and any
 * other. What the firmware would refuse without a reason is refused here with one.
 */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "kernel-handoff/image/bzimage.h"
#include "kernel-handoff/image/pe.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/departures.h"
#include "kernel-handoff/video.h"

static const char no_memory[] = "no working memory for {s}";

/* The firmware starts drivers, too. As a kernel they are of no use. */
static enum status open_program(struct file *file, bool may_be_driver, struct pe *pe, struct err *err)
{
	if (pe_open(file, pe, err) != OK)
		return err->code;
	if (pe->subsystem == PE_SUBSYSTEM_EFI_APPLICATION || (may_be_driver && (pe->departures & DEPARTS_PE_DRIVER) != 0))
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED, "{s} is not an EFI application: its PE subsystem is {a}, not {b}", file->path, pe->subsystem,
		      PE_SUBSYSTEM_EFI_APPLICATION);
	return err_hint(err, "drivers and programs for other systems cannot be started as a kernel");
}

static enum status fill_plan(const struct boot_request *request, const struct pe *pe, struct plan *plan, struct arena *arena,
			     const char *options, struct err *err)
{
	struct file **initrd = ARENA_NEW_ARRAY(arena, struct file *, request->module_count);

	if (initrd == NULL)
		return err_set(err, ERR_NO_MEMORY, no_memory, "the list of initrds", 0, 0);
	departures_note(plan, request->kernel_path, pe->departures);
	for (unsigned i = 0; i < request->module_count; i++)
		initrd[i] = request->module[i].file;
	/* The firmware's protocol tells the program of the screen, whatever mode it is in. */
	video_choose(request, &(struct video_wish){ .text = true, .linear = true }, plan, arena);
	plan->mode = ENTRY_MODE_IMAGE;
	plan->image = (struct plan_image){
		.file = request->kernel,
		.path = request->kernel_path,
		.options = options,
		.initrd_count = request->module_count,
		.initrd = initrd,
	};
	return OK;
}

/* A kernel without an EFI stub is a kernel all the same: BIOS starts it. */
static enum status open_linux(struct file *file, struct pe *pe, struct err *err)
{
	enum status status = open_program(file, false, pe, err);
	struct bzimage image;
	struct err ignored;

	if (status != ERR_NOT_FOUND)
		return status;
	if (bzimage_open(file, &image, &ignored) != OK)
		return err_set(err, ERR_NOT_FOUND, "{s} is not a Linux kernel with an EFI stub", file->path, 0, 0);
	if (image.real_mode != NULL) {
		(void)err_set(err, ERR_UNSUPPORTED, image.real_mode, NULL, 0, 0);
		(void)err_add(err, "{s} can only be started in real mode, and UEFI has none", file->path, 0, 0);
		return err_hint(err, "start this machine by its BIOS (CSM)");
	}
	(void)err_set(err, ERR_UNSUPPORTED, "{s} was built without an EFI stub, so UEFI cannot start it", file->path, 0, 0);
	return err_hint(err, "take a kernel with CONFIG_EFI_STUB=y, or start this machine by its BIOS (CSM)");
}

/* No kernel starts without its modules: before Linux 5.8 the stub did not ask the loader for an initrd (LoadFile2). */
static enum status check_initrd(const struct pe *pe, const struct boot_request *request, struct err *err)
{
	if (request->module_count == 0 || pe->major_image_version > 0)
		return OK;
	(void)err_set(err, ERR_UNSUPPORTED, "the EFI stub of {s} is older than Linux 5.8 and does not take an initrd from a loader",
		      request->kernel_path, 0, 0);
	return err_hint(err, "take a newer kernel, or start this machine by its BIOS (CSM)");
}

/* The stub would cut what is too long. */
static enum status check_command_line(const struct boot_request *request, struct err *err)
{
	struct bzimage image;
	enum status status = bzimage_open(request->kernel, &image, err);

	if (status != OK) /* some other PE image: its limits are its own */
		return status == ERR_NOT_FOUND ? OK : status;
	return bzimage_check_command_line(request->options, image.command_line_max, err);
}

static enum status linux_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct pe pe;

	if (open_linux(request->kernel, &pe, err) != OK)
		return err->code;
	if (check_initrd(&pe, request, err) != OK || check_command_line(request, err) != OK ||
	    fill_plan(request, &pe, plan, arena, request->options, err) != OK)
		return err_add(err, "{s} cannot be started as a Linux kernel", request->kernel_path, 0, 0);
	return OK;
}

/* "PATH OPTIONS", as the UEFI Shell does it: programs pass over the first word. Without options there is nothing to pass over. */
static enum status efi_options(const struct boot_request *request, struct arena *arena, const char **options, struct err *err)
{
	size_t path = text_length(request->kernel_path), rest = text_length(request->options);
	char *text;

	*options = "";
	if (rest == 0)
		return OK;
	text = ARENA_NEW_ARRAY(arena, char, path + 1 + rest + 1);
	if (text == NULL)
		return err_set(err, ERR_NO_MEMORY, no_memory, "the options", 0, 0);
	memcpy(text, request->kernel_path, path);
	text[path] = ' ';
	memcpy(text + path + 1, request->options, rest + 1);
	*options = text;
	return OK;
}

static enum status efi_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	const char *options;
	struct pe pe;

	if (open_program(request->kernel, true, &pe, err) != OK || efi_options(request, arena, &options, err) != OK ||
	    fill_plan(request, &pe, plan, arena, options, err) != OK)
		return err->code;
	return OK;
}

static enum status uki_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	struct pe_section kernel;
	struct pe pe;

	if (open_program(request->kernel, false, &pe, err) != OK)
		return err->code;
	if (pe_section_find(&pe, ".linux", &kernel, err) != OK) {
		if (err->code != ERR_NOT_FOUND)
			return err->code;
		return err_set(err, ERR_NOT_FOUND, "{s} is not a unified kernel image: it has no section .linux", request->kernel_path, 0,
			       0);
	}
	return fill_plan(request, &pe, plan, arena, request->options, err);
}

const struct boot_proto proto_linux_efi = { .name = "linux", .firmware = FIRMWARE_UEFI, .verified = true, .plan = linux_plan };
const struct boot_proto proto_efi = {
	.name = "efi",
	.firmware = FIRMWARE_UEFI,
	.verified = true,
	.plan = efi_plan,
	.elsewhere = "a BIOS cannot run programs for UEFI: start this machine by UEFI",
};
const struct boot_proto proto_uki = {
	.name = "uki",
	.firmware = FIRMWARE_UEFI,
	.verified = true,
	.plan = uki_plan,
	.elsewhere = "start this machine by UEFI; for a BIOS, name the kernel that is in the image by the key linux",
};
