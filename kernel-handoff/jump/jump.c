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

/* Segments of 64 KiB, as real mode has them; the code's base is added. */
static const uint64_t GDT_CODE_16 = 0x00009B000000FFFF, GDT_DATA_16 = 0x000093000000FFFF;

/* An available TSS, as PVH asks for it: 32 bits, base 0, limit 67h. Nothing reads it before the kernel has one of its own. */
static const uint64_t GDT_TSS = 0x0000890000000067;

extern const uint8_t jump_protected[], jump_protected_distance[], jump_protected_end[];
extern const uint8_t jump_real[], jump_real_far[], jump_real_data[], jump_real_ax[], jump_real_interrupts[], jump_real_entry[],
	jump_real_end[];
extern const uint8_t jump_long[], jump_long_target[], jump_long_end[];

_Static_assert(PLAN_MOVES_MAX <= JUMP_MOVES_MAX, "the data page has room for JUMP_MOVES_MAX moves");

static uint64_t with_base(uint64_t descriptor, uint64_t base)
{
	return descriptor | (base & 0xFFFFFF) << 16 | (base & 0xFF000000) << 32;
}

static void fill_gdt(uint8_t *gdt, uint64_t page_phys, enum entry_mode mode)
{
	uint64_t other = GDT_CODE_64, code = GDT_CODE_32, system = GDT_TSS;

	if (mode == ENTRY_MODE_LONG) {
		other = GDT_CODE_32;
		code = GDT_CODE_64;
		system = 0;
	} else if (mode == ENTRY_MODE_REAL) {
		other = with_base(GDT_CODE_16, page_phys - JUMP_PAGE_BYTES);
		system = GDT_DATA_16;
	}
	put_le64(gdt + JUMP_CODE_OTHER, other);
	put_le64(gdt + JUMP_CODE, code);
	put_le64(gdt + JUMP_DATA, GDT_DATA);
	put_le64(gdt + JUMP_SYSTEM, system);
}

static void fill_data_page(uint8_t *page, uint64_t page_phys, const struct plan *plan, const struct plan_moves *moves,
			   const struct machine *machine)
{
	const struct entry_registers *registers = &plan->registers;
	const uint64_t values[] = { registers->ax, registers->bx, registers->cx, registers->dx,
				    registers->si, registers->di, registers->bp, registers->sp };
	bool is_long = plan->mode == ENTRY_MODE_LONG;

	memset(page, 0, JUMP_PAGE_BYTES);
	fill_gdt(page + JUMP_GDT, page_phys, plan->mode);
	put_le16(page + JUMP_GDTR, JUMP_GDT_BYTES - 1);
	put_le64(page + JUMP_GDTR + 2, page_phys + JUMP_GDT);
	/* Real mode's IDT, which a kernel in protected mode needs when it goes back there. Long mode: none. */
	put_le16(page + JUMP_IDTR, is_long ? 0 : REAL_MODE_IDT_LIMIT);
	put_le32(page + JUMP_EFER, EFER_LME | (machine->cpu_no_execute ? EFER_NXE : 0));
	put_le64(page + JUMP_CR3, plan->page_table_root);
	for (unsigned i = 0; i < sizeof values / sizeof *values; i++)
		put_le64(page + JUMP_REGISTERS + 8 * i, values[i]);
	put_le16(page + JUMP_SEGMENTS, plan->segments.es);
	put_le16(page + JUMP_SEGMENTS + 2, plan->segments.fs);
	put_le16(page + JUMP_SEGMENTS + 4, plan->segments.gs);
	put_le32(page + JUMP_CR4, machine->firmware_cr4);
	put_le32(page + JUMP_STACK, (uint32_t)registers->sp);
	put_le16(page + JUMP_STACK + 4, plan->segments.ss);
	put_le64(page + JUMP_MOVE_COUNT, moves->count);
	for (unsigned i = 0; i < moves->count; i++) {
		uint8_t *at = page + JUMP_MOVES + (size_t)24 * i;

		put_le64(at, moves->move[i].from);
		put_le64(at + 8, moves->move[i].to);
		put_le64(at + 16, moves->move[i].bytes);
	}
}

/* No register is free when the last segment is loaded, so the last values are in the code itself. */
static void fill_real_code(uint8_t *page, uint64_t page_phys, const struct plan *plan)
{
	enum { CLI = 0xFA, STI = 0xFB };

	memcpy(page, jump_real, (size_t)(jump_real_end - jump_real));
	put_le16(page + (jump_real_far - jump_real), (uint16_t)(page_phys >> 4));
	put_le16(page + (jump_real_data - jump_real), plan->segments.ds);
	put_le32(page + (jump_real_ax - jump_real), (uint32_t)plan->registers.ax);
	page[jump_real_interrupts - jump_real] = plan->segments.interrupts ? STI : CLI;
	put_le16(page + (jump_real_entry - jump_real), (uint16_t)(plan->entry - ((uint64_t)plan->segments.cs << 4)));
	put_le16(page + (jump_real_entry - jump_real) + 2, plan->segments.cs);
}

static void fill_code_page(uint8_t *page, uint64_t page_phys, const struct plan *plan)
{
	size_t at;

	if (plan->mode == ENTRY_MODE_LONG) {
		memcpy(page, jump_long, (size_t)(jump_long_end - jump_long));
		put_le64(page + (jump_long_target - jump_long), plan->entry);
		return;
	}
	if (plan->mode == ENTRY_MODE_REAL) {
		fill_real_code(page, page_phys, plan);
		return;
	}
	memcpy(page, jump_protected, (size_t)(jump_protected_end - jump_protected));
	at = (size_t)(jump_protected_distance - jump_protected);
	put_le32(page + at, (uint32_t)(plan->entry - (page_phys + at + 4)));
}

_Noreturn void jump_to_kernel(const struct plan *plan, const struct plan_moves *moves, void *trampoline, const struct machine *machine)
{
	uint8_t *code = trampoline, *data = code + JUMP_PAGE_BYTES;

	fill_code_page(code, plan->trampoline, plan);
	fill_data_page(data, plan->trampoline + JUMP_PAGE_BYTES, plan, moves, machine);
	__asm__ volatile("cli\n\tcld\n\tjmp *%0" : : "r"(code), "D"(data) : "memory");
	__builtin_unreachable();
}
