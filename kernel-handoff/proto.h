/* SPDX-License-Identifier: MIT */
/*
 * Boot protocols. A new one is one file in proto/ and one line in core/config/entry_kinds.h.
 */
#pragma once

#include "core/base/file.h"
#include "core/base/status.h"
#include "core/config/settings.h"
#include "kernel-handoff/machine.h"
#include "kernel-handoff/plan.h"

struct arena;
struct library_gate;

struct boot_module {
	struct file *file;     /* as it is on the disk; never unpacked */
	const char *path;      /* as the entry names it */
	const char *arguments; /* "" if there are none */
};

/* What `chain` starts: a boot sector and where it is from. */
struct boot_target {
	uint8_t bios_drive; /* for INT 13h */
	unsigned partition; /* from 1; 0: the disk itself */
	uint64_t first_lba, block_count;
	uint8_t type;          /* MBR partition: its type byte */
	struct span gpt_entry; /* GPT partition: the entry's 128 bytes or more; empty for others */
};

struct boot_request {
	const char *protocol;    /* the entry's key: "linux", "multiboot2", ... */
	struct file *kernel;     /* unpacked if it was compressed; chain: the boot sector */
	const char *kernel_path; /* as the entry names it */
	const char *options;     /* the kernel's command line, without the path; "" */
	unsigned module_count;
	const struct boot_module *module;
	const struct machine *machine;
	struct entry_settings settings;   /* the entry's, and loader.conf's where the entry has none */
	const struct boot_target *target; /* chain only */
	struct library_gate *gate;        /* for unpacking a part of a file; as in struct platform */
};

struct boot_proto {
	const char *name;      /* equals the entry's key; the same key may have one protocol for each firmware */
	unsigned firmware;     /* FIRMWARE_BIOS | FIRMWARE_UEFI: where the protocol exists */
	bool verified;         /* the firmware verifies the kernel before it runs, so Secure Boot has nothing against it */
	const char *elsewhere; /* advice for a machine with the other firmware; NULL: none */
	/* Whether an entry with these settings is for this firmware; if not, it is refused. NULL: every entry is for all of them */
	bool (*is_meant)(const struct entry_settings *settings, enum firmware firmware);
	/*
	 * Fills the plan (already zeroed, with plan->memory set): places, entry, registers. Generated structures are memory files in
	 * `arena`. Every fact that a protocol requires and that is not there is an error that names the tag or field.
	 */
	enum status (*plan)(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err);
};

extern const struct boot_proto *const boot_protos[]; /* ends with NULL */

/*
 * Finds request->protocol in boot_protos[], makes the plan and checks it with plan_check(). Never ERR_NOT_FOUND: a kernel of another kind
 * than the entry says is ERR_UNSUPPORTED. ERR_DENIED: Secure Boot is on, and nobody would verify the kernel; or the preflight is strict and
 * found something. plan->notes are of use then, too.
 */
MUST_CHECK enum status boot_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err);

/* Whether an entry by this key and with these settings is meant to be started on the firmware. */
bool boot_is_meant(const char *protocol, const struct entry_settings *settings, enum firmware firmware);
