/* SPDX-License-Identifier: MIT */
/* The names of machines and types (System V ABI, chapter 4; the ABI's registry of e_machine). */
#include "kernel-handoff/image/elf_foreign.h"

#include "kernel-handoff/image/elf.h"

#include <stddef.h>

enum { CLASS_32 = 1, CLASS_64 = 2, LITTLE_ENDIAN_DATA = 1, BIG_ENDIAN_DATA = 2 };
enum { TYPE_RELOCATABLE = 1 };

static const char for_x86[] = "take the kernel that was built for x86-64 (amd64)";

static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {
	{ 2, "SPARC" },     { 8, "MIPS" },     { 20, "PowerPC" },  { 21, "64-bit PowerPC" }, { 22, "S/390" },      { 40, "ARM" },
	{ 43, "SPARC V9" }, { 50, "Itanium" }, { 183, "AArch64" }, { 243, "RISC-V" },        { 258, "LoongArch" },
};

enum status elf_check_identity(const char *path, const uint8_t *identity, struct err *err)
{
	if (identity[5] == BIG_ENDIAN_DATA) {
		(void)err_set(err, ERR_UNSUPPORTED, "{s} is a big-endian ELF file, not one for an x86 processor", path, 0, 0);
		return err_hint(err, for_x86);
	}
	if ((identity[4] == CLASS_32 || identity[4] == CLASS_64) && identity[5] == LITTLE_ENDIAN_DATA)
		return OK;
	return err_set(err, ERR_UNSUPPORTED, "{s} is an ELF file of class {a} and byte order {b}, not one for an x86 processor", path,
		       identity[4], identity[5]);
}

enum status elf_check_machine(const char *path, uint16_t machine, struct err *err)
{
	const char *name = NULL;

	if (machine == ELF_MACHINE_386 || machine == ELF_MACHINE_X86_64)
		return OK;
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		if (machines[i].machine == machine)
			name = machines[i].name;
	}
	(void)err_set(err, ERR_UNSUPPORTED, name != NULL ? "it is for {s} (e_machine {a})" : "its e_machine is {a}", name, machine, 0);
	(void)err_add(err, "{s} is an ELF file for another processor, not for x86", path, 0, 0);
	return err_hint(err, for_x86);
}

enum status elf_refuse_type(const char *path, uint16_t type, struct err *err)
{
	if (type == TYPE_RELOCATABLE) {
		(void)err_set(err, ERR_UNSUPPORTED, "{s} is a relocatable ELF file (an object file or a module), not an executable", path,
			      0, 0);
		return err_hint(err, "link it to a kernel: ld -o KERNEL FILE");
	}
	if (type == ELF_TYPE_CORE) {
		(void)err_set(err, ERR_UNSUPPORTED, "{s} is an ELF core dump, not an executable", path, 0, 0);
		return err_hint(err, "name the kernel's own file");
	}
	return err_set(err, ERR_UNSUPPORTED, "{s} is an ELF file of type {a}, not an executable", path, type, 0);
}
