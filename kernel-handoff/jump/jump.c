/* SPDX-License-Identifier: MIT */
/* Fills the trampoline from a plan. The code itself is trampoline.S. */
#include "kernel-handoff/jump/jump.h"

#include "core/base/memory.h"
#include "core/base/span.h"
#include "kernel-handoff/jump/jump-layout.h"
#include "kernel-handoff/moves.h"

enum { EFER_LME = 1 << 8, EFER_NXE = 1 << 11, REAL_MODE_IDT_LIMIT = 0x3FF };

/* Flat segments of 4 GiB, present, ring 0, accessed (so that the processor has nothing to write into a read-only GDT). */
static const uint64_t GDT_CODE_32 = 0x00CF9B000000FFFF, GDT_CODE_64 = 0x00AF9B000000FFFF, GDT_DATA = 0x00CF93000000FFFF;

extern const uint8_t jump_protected[], jump_protected_distance[], jump_protected_end[];
extern const uint8_t jump_long[], jump_long_target[], jump_long_end[];

_Static_assert(PLAN_MOVES_MAX <= JUMP_MOVES_MAX, "the data page has room for JUMP_MOVES_MAX moves");

static void fill_data_page(uint8_t *page, uint64_t page_phys, const struct plan *plan, const struct plan_moves *moves, bool cpu_no_execute)
{
	const struct entry_registers *registers = &plan->registers;
	const uint64_t values[] = { registers->ax, registers->bx, registers->cx, registers->dx,
				    registers->si, registers->di, registers->bp, registers->sp };
	bool is_long = plan->mode == ENTRY_MODE_LONG;

	memset(page, 0, JUMP_PAGE_BYTES);
	put_le64(page + JUMP_GDT + JUMP_CODE_OTHER, is_long ? GDT_CODE_32 : GDT_CODE_64);
	put_le64(page + JUMP_GDT + JUMP_CODE, is_long ? GDT_CODE_64 : GDT_CODE_32);
	put_le64(page + JUMP_GDT + JUMP_DATA, GDT_DATA);
	put_le16(page + JUMP_GDTR, JUMP_GDT_BYTES - 1);
	put_le64(page + JUMP_GDTR + 2, page_phys + JUMP_GDT);
	/* Protected mode: the IDT register as a kernel that goes back to real mode needs it. Long mode: none. */
	put_le16(page + JUMP_IDTR, is_long ? 0 : REAL_MODE_IDT_LIMIT);
	put_le32(page + JUMP_EFER, EFER_LME | (cpu_no_execute ? EFER_NXE : 0));
	put_le64(page + JUMP_CR3, plan->page_table_root);
	for (unsigned i = 0; i < sizeof values / sizeof *values; i++)
		put_le64(page + JUMP_REGISTERS + 8 * i, values[i]);
	put_le64(page + JUMP_MOVE_COUNT, moves->count);
	for (unsigned i = 0; i < moves->count; i++) {
		uint8_t *at = page + JUMP_MOVES + (size_t)24 * i;

		put_le64(at, moves->move[i].from);
		put_le64(at + 8, moves->move[i].to);
		put_le64(at + 16, moves->move[i].bytes);
	}
}

static void fill_code_page(uint8_t *page, uint64_t page_phys, const struct plan *plan)
{
	size_t at;

	if (plan->mode == ENTRY_MODE_LONG) {
		memcpy(page, jump_long, (size_t)(jump_long_end - jump_long));
		put_le64(page + (jump_long_target - jump_long), plan->entry);
		return;
	}
	memcpy(page, jump_protected, (size_t)(jump_protected_end - jump_protected));
	at = (size_t)(jump_protected_distance - jump_protected);
	put_le32(page + at, (uint32_t)(plan->entry - (page_phys + at + 4)));
}

_Noreturn void jump_to_kernel(const struct plan *plan, const struct plan_moves *moves, void *trampoline, bool cpu_no_execute)
{
	uint8_t *code = trampoline, *data = code + JUMP_PAGE_BYTES;

	fill_code_page(code, plan->trampoline, plan);
	fill_data_page(data, plan->trampoline + JUMP_PAGE_BYTES, plan, moves, cpu_no_execute);
	__asm__ volatile("cli\n\tcld\n\tjmp *%0" : : "r"(code), "D"(data) : "memory");
	__builtin_unreachable();
}
