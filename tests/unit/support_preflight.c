/* SPDX-License-Identifier: MIT */
/* The bench for the preflight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/base/print.h"
#include "kernel-handoff/preflight/preflight.h"
#include "support_iommu.h"
#include "support_preflight.h"

enum { MIB = 1 << 20, IMAGE = 2 * MIB, IMAGE_BYTES = 3 * MIB, MODULE = 16 * MIB, DOM0_BYTES = 4096 };

static uint8_t dom0[DOM0_BYTES];

static void use_intel(struct machine *machine)
{
	machine->cpu = (struct cpu_facts){
		.known = true,
		.vendor = "GenuineIntel",
		.msr = true,
		.apic = true,
		.x2apic = true,
		.vmx = true,
		.apic_base_known = true,
		.feature_control_known = true,
		.feature_control = 5,
		.vmx_controls_known = true,
		.ept = true,
		.unrestricted_guest = true,
	};
	machine->acpi.dmar = span_of(qemu_dmar, DMAR_BYTES);
}

static void use_amd(struct machine *machine)
{
	machine->cpu = (struct cpu_facts){
		.known = true,
		.vendor = "AuthenticAMD",
		.msr = true,
		.apic = true,
		.apic_base_known = true,
		.svm = true,
		.vm_cr_known = true,
		.nested_paging = true,
	};
	machine->acpi.ivrs = span_of(qemu_ivrs, IVRS_BYTES);
}

void preflight_start(struct bench *bench, bool amd)
{
	bench_init(bench, 64 * MIB, "multiboot2", dom0, sizeof dom0);
	arena_init(&bench->arena, bench->arena_bytes, sizeof bench->arena_bytes);
	bench->request.kernel_path = "/xen.gz";
	bench->request.settings.preflight = PREFLIGHT_WARN;
	bench_add_module(bench, "/vmlinuz", "console=hvc0", dom0, noted_elf_make(dom0, "Xen", XEN_NOTE_ENTRY, 0));
	bench->plan = (struct plan){
		.protocol = "multiboot2",
		.kernel = "/xen.gz",
		.mode = ENTRY_MODE_PROTECTED,
		.memory = &bench->memory,
		.count = 2,
		.place = { { .kind = PLACE_KERNEL, .what = "segment 0", .start = IMAGE, .bytes = IMAGE_BYTES },
			   { .kind = PLACE_MODULE, .what = "module 1 /vmlinuz", .start = MODULE, .bytes = DOM0_BYTES } },
	};
	if (amd)
		use_amd(&bench->machine);
	else
		use_intel(&bench->machine);
}

enum status preflight_run(struct bench *bench)
{
	bench->plan.notes = (struct plan_notes){ .count = 0 };
	return preflight(&bench->request, &bench->plan, &bench->arena, &bench->err);
}

void assert_preflight_value(const struct bench *bench, const char *key, const char *value)
{
	const char *line = bench->plan.notes.preflight;
	char word[64];
	const char *found;

	assert_non_null(line);
	assert_int_equal(strncmp(line, "PREFLIGHT ", 10), 0);
	snprintf(word, sizeof word, " %s=%s", key, value);
	found = strstr(line, word);
	if (found == NULL || (found[strlen(word)] != ' ' && found[strlen(word)] != '\0'))
		fail_msg("no \"%s\" in \"%s\"", word, line);
}

const struct plan_note *preflight_note(const struct bench *bench, const char *words)
{
	static char text[512];
	struct text_buffer buffer;

	for (unsigned i = 0; i < bench->plan.notes.count; i++) {
		text_buffer_init(&buffer, text, sizeof text);
		err_print(&buffer.sink, &(struct err){ .depth = 1, .frame = { bench->plan.notes.note[i].text } });
		if (strstr(text, words) != NULL)
			return &bench->plan.notes.note[i];
	}
	fail_msg("no note has \"%s\"; the last one is \"%s\"", words, text);
	return NULL;
}

void assert_preflight(struct bench *bench, const char *key, const char *value, const char *words)
{
	assert_ok(preflight_run(bench), &bench->err);
	assert_preflight_value(bench, key, value);
	assert_int_equal(bench->plan.notes.count, words != NULL ? 1 : 0);
	if (words != NULL)
		assert_non_null(preflight_note(bench, words)->hint);
}

size_t noted_elf_make(uint8_t *image, const char *owner, uint32_t type, size_t gap)
{
	enum { HEADER_BYTES = 64, PROGRAM_BYTES = 56, PT_NOTE = 4, ET_EXEC = 2, X86_64 = 62 };
	size_t notes = HEADER_BYTES + PROGRAM_BYTES + gap, name_bytes = strlen(owner) + 1, note_bytes = 12 + (name_bytes + 3) / 4 * 4 + 4;

	memset(image, 0, notes + note_bytes);
	memcpy(image, "\177ELF\2\1\1", 7);
	put_le16(image + 16, ET_EXEC);
	put_le16(image + 18, X86_64);
	put_le32(image + 20, 1);
	put_le64(image + 32, HEADER_BYTES);
	put_le16(image + 52, HEADER_BYTES);
	put_le16(image + 54, PROGRAM_BYTES);
	put_le16(image + 56, 1);
	put_le32(image + HEADER_BYTES, type != 0 ? PT_NOTE : 0);
	put_le64(image + HEADER_BYTES + 8, notes);
	put_le64(image + HEADER_BYTES + 32, note_bytes);
	put_le64(image + HEADER_BYTES + 40, note_bytes);
	put_le64(image + HEADER_BYTES + 48, 4);
	put_le32(image + notes, (uint32_t)name_bytes);
	put_le32(image + notes + 4, 4);
	put_le32(image + notes + 8, type);
	memcpy(image + notes + 12, owner, name_bytes);
	return notes + note_bytes;
}
