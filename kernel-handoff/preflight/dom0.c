/* SPDX-License-Identifier: MIT */
/* Whether Xen can start its first module as dom0. */
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/pack/unpack.h"
#include "kernel-handoff/image/bzimage.h"
#include "kernel-handoff/image/elf_notes.h"
#include "kernel-handoff/preflight/checks.h"

enum { WORK_MAX = 128 << 20 }; /* bytes that may be unpacked: no Linux kernel is larger */

/* A module is an ELF file, or a bzImage whose payload (*inside) is one; either may be compressed. */
static enum status open_elf(struct preflight *preflight, struct file *file, bool *inside, struct elf *elf, struct err *err)
{
	struct part_file *payload = ARENA_NEW(preflight->arena, struct part_file);
	const struct unpacker *unpacker;
	struct bzimage image;
	uint64_t bytes = 0;
	enum status status;

	*inside = false;
	if (payload == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory", NULL, 0, 0);
	status = bzimage_open(file, &image, err);
	if (status == OK) {
		*inside = true;
		status = bzimage_payload(&image, payload, err);
		file = &payload->file;
	} else if (status == ERR_NOT_FOUND) {
		status = OK;
	}
	if (status != OK)
		return status;
	status = unpack_probe(file, &unpacker, &bytes, err);
	if (status == OK && unpacker->view == NULL)
		status = err_set(err, ERR_UNSUPPORTED, "{s} data cannot be looked into", unpacker->name, 0, 0);
	else if (status == OK)
		status = unpacker->view(file, bytes, WORK_MAX, preflight->arena, preflight->request->gate, &file, err);
	if (status != OK && status != ERR_NOT_FOUND)
		return status;
	return elf_open(file, preflight->arena, elf, err);
}

static enum status find_note(const struct elf *elf, uint32_t type, struct err *err)
{
	size_t bytes;

	return elf_note_find(elf, "Xen", type, NULL, 0, &bytes, err);
}

/* "dom0=pvh" among Xen's options, or "dom0=verbose,pvh". */
static bool wants_pvh(const char *options)
{
	for (const char *at = options; *at != '\0'; at++) {
		if ((at > options && at[-1] != ' ') || !text_starts_with(at, "dom0="))
			continue;
		for (; *at != '\0' && *at != ' '; at++) {
			if (text_starts_with(at, "pvh"))
				return true;
		}
		if (*at == '\0')
			break;
	}
	return false;
}

static enum preflight_value bad(struct preflight *preflight, const char *what, const char *hint)
{
	preflight_problem(preflight, what, preflight->request->module[0].path, 0, 0, hint);
	return VALUE_BAD;
}

/* Which kind of dom0 an ELF file can be, and which one Xen is told to make of it. */
static enum preflight_value check_notes(struct preflight *preflight, const struct elf *elf)
{
	bool pvh = wants_pvh(preflight->request->options);
	struct err ignored = { .code = OK };
	enum status status = find_note(elf, pvh ? XEN_NOTE_PHYS32_ENTRY : XEN_NOTE_ENTRY, &ignored);

	if (status == ERR_NOT_FOUND) {
		status = find_note(elf, pvh ? XEN_NOTE_ENTRY : XEN_NOTE_PHYS32_ENTRY, &ignored);
		if (status == OK && pvh)
			return bad(preflight, "{s} cannot be the kernel of a PVH dom0", "take dom0=pvh out of the options of Xen");
		if (status == OK)
			return bad(preflight, "{s} can only be the kernel of a PVH dom0", "add dom0=pvh to the options of Xen");
		if (status == ERR_NOT_FOUND)
			return bad(preflight, "{s} cannot be the kernel of dom0: it has no notes for Xen",
				   "use a Linux that was built with CONFIG_XEN_PV and CONFIG_XEN_DOM0");
	}
	return status == OK ? VALUE_OK : VALUE_UNKNOWN;
}

enum preflight_value check_dom0(struct preflight *preflight)
{
	const struct boot_request *request = preflight->request;
	struct err ignored = { .code = OK };
	struct elf elf;
	bool inside;
	enum status status;

	if (preflight->hypervisor != HYPERVISOR_XEN || preflight->plan->mode == ENTRY_MODE_IMAGE)
		return VALUE_NONE;
	if (request->module_count == 0) {
		preflight_problem(preflight, "Xen has no modules: it needs the kernel of dom0 as its first", NULL, 0, 0,
				  "add a line: module PATH ARGUMENTS");
		return VALUE_MISSING;
	}
	status = open_elf(preflight, request->module[0].file, &inside, &elf, &ignored);
	if (status == OK)
		return check_notes(preflight, &elf);
	/* A payload that is compressed in a way that the loader does not know looks like this, too. */
	if (status != ERR_NOT_FOUND || inside)
		return VALUE_UNKNOWN;
	return bad(preflight, "the first module of Xen, {s}, is no kernel",
		   "the first module has to be the kernel of dom0, the second its initrd");
}
