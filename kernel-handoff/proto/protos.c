/* SPDX-License-Identifier: MIT */
/* The table of boot protocols, made from the list of kinds: a new one is one file in this folder and one line in entry_kinds.h. */
#include "core/base/text.h"
#include "core/config/entry_kinds.h"
#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/image/kernel_kind.h"
#include "kernel-handoff/image/pe.h"
#include "kernel-handoff/preflight/preflight.h"
#include "kernel-handoff/proto.h"

#include <stddef.h>

/* A kind of kernel by the key KEY is started by proto_KEY, from a file in this folder or the folder KEY... */
#define PROTO_DECLARATION(name, key, takes, readers, what, help) extern const struct boot_proto proto_##key;
#define PROTO_ADDRESS(name, key, takes, readers, what, help)     &proto_##key,

ENTRY_KINDS(PROTO_DECLARATION)
extern const struct boot_proto proto_linux_efi; /* ...and this one has a second, for UEFI */

/* clang-format off */
const struct boot_proto *const boot_protos[] = {
	ENTRY_KINDS(PROTO_ADDRESS)
	&proto_linux_efi,
	NULL,
};
/* clang-format on */

/* An ELF or PE file that its own reader refuses, for another processor or no executable; that says most about it. */
static bool is_refused(struct file *file, struct arena *arena, struct err *reason)
{
	struct elf elf;
	struct pe pe;

	return elf_open(file, arena, &elf, reason) == ERR_UNSUPPORTED || pe_open(file, &pe, reason) == ERR_UNSUPPORTED;
}

/* "Not this format" is final here, since the entry says what the file has to be. What is it instead? */
static enum status explain_kind(const struct boot_request *request, struct arena *arena, struct err *err)
{
	struct kernel_kind kind = { .key = NULL };
	bool found = kernel_kind_find(request->kernel, request->protocol, arena, &kind);
	struct err reason;

	if (kind.key == NULL && is_refused(request->kernel, arena, &reason)) {
		*err = reason;
	} else if (found) {
		(void)err_because(err, "it is {s}", kind.name, 0, 0);
		(void)err_hint(err, kind.help);
	}
	err->code = ERR_UNSUPPORTED;
	return err_hint(err, "the entry's key has to be that of the file's kind; there are" ENTRY_KIND_KEYS);
}

/* Advice for what is wrong with a kernel as a whole; the places that know more have given theirs. */
static enum status finish_trail(const struct boot_request *request, struct arena *arena, struct err *err)
{
	if (err->code == ERR_NO_MEMORY)
		return err_hint(err, "give the machine more memory, or boot with fewer or smaller modules");
	if (err->code == ERR_CORRUPT)
		return err_hint(err, "copy the kernel again; if that is not it, build it again");
	return err->code == ERR_NOT_FOUND ? explain_kind(request, arena, err) : err->code;
}

/* Secure Boot: a kernel that only we have seen would make the chain of signatures end here. */
static enum status check_secure_boot(const struct boot_request *request, const struct boot_proto *proto, struct err *err)
{
	if (!request->machine->secure_boot || proto->verified)
		return OK;
	(void)err_set(err, ERR_DENIED, "Secure Boot is on, and the firmware cannot verify {s}: only signed PE images may run",
		      request->kernel_path, 0, 0);
	return err_hint(err, "switch Secure Boot off in the firmware's setup, or use a signed PE image by the key linux, efi or uki "
			     "(for Xen: xen.efi)");
}

/* By the entry's key and the machine's firmware. */
static enum status find_proto(const struct boot_request *request, const struct boot_proto **found, struct err *err)
{
	const struct boot_proto *other = NULL;

	for (const struct boot_proto *const *proto = boot_protos; *proto != NULL; proto++) {
		if (!text_equal((*proto)->name, request->protocol))
			continue;
		if ((*proto)->firmware & request->machine->firmware) {
			*found = *proto;
			return OK;
		}
		other = *proto;
	}
	if (other == NULL)
		return err_set(err, ERR_UNSUPPORTED, "there is no boot protocol \"{s}\"", request->protocol, 0, 0);
	(void)err_set(err, ERR_UNSUPPORTED,
		      request->machine->firmware == FIRMWARE_BIOS ? "\"{s}\" needs UEFI, and this machine was started by a BIOS"
								  : "\"{s}\" needs a BIOS, and this machine was started by UEFI",
		      request->protocol, 0, 0);
	return other->elsewhere != NULL ? err_hint(err, other->elsewhere) : err->code;
}

bool boot_is_meant(const char *protocol, const struct entry_settings *settings, enum firmware firmware)
{
	for (const struct boot_proto *const *proto = boot_protos; *proto != NULL; proto++) {
		if (text_equal((*proto)->name, protocol) && ((*proto)->firmware & firmware) != 0)
			return (*proto)->is_meant == NULL || (*proto)->is_meant(settings, firmware);
	}
	return false;
}

enum status boot_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	const struct boot_proto *proto = NULL;
	enum status status = find_proto(request, &proto, err);

	if (status == OK)
		status = check_secure_boot(request, proto, err);
	if (status != OK)
		return status;
	plan->protocol = proto->name;
	plan->kernel = request->kernel_path;
	plan->video = (struct plan_video){ .screen = request->machine->screen };
	status = proto->plan(request, plan, arena, err);
	if (status == OK && plan_needs_trampoline(plan))
		status = plan_add_trampoline(plan, err);
	if (status == OK)
		status = plan_check(plan, err);
	if (status == OK)
		status = preflight(request, plan, arena, err);
	return status == OK ? OK : finish_trail(request, arena, err);
}
