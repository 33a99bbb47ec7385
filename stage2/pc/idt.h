/* SPDX-License-Identifier: MIT */
/* The interrupt descriptor table in long mode (Intel SDM volume 3, section 6.14). */
#pragma once

#include "core/base/span.h"

#include <stdint.h>

enum { IDT_EXCEPTIONS = 32, IDT_GATE_BYTES = 16, GATE_INTERRUPT_PRESENT = 0x8E };

/* The operand of LIDT and SIDT. */
struct idtr {
	uint16_t limit; /* bytes less one */
	uint64_t base;
} __attribute__((packed));

/* An interrupt gate to `entry`, on the present stack; interrupts are off in its handler. */
static inline void idt_put_gate(uint8_t *gate, uint64_t entry, uint16_t code_selector)
{
	put_le16(gate, (uint16_t)entry);
	put_le16(gate + 2, code_selector);
	put_le16(gate + 4, GATE_INTERRUPT_PRESENT << 8);
	put_le16(gate + 6, (uint16_t)(entry >> 16));
	put_le32(gate + 8, (uint32_t)(entry >> 32));
	put_le32(gate + 12, 0);
}

/* The handler that a gate leads to. */
static inline uint64_t idt_get_entry(const uint8_t *gate)
{
	return get_le16(gate) | (uint64_t)get_le16(gate + 6) << 16 | (uint64_t)get_le32(gate + 8) << 32;
}
