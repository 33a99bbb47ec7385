/* SPDX-License-Identifier: MIT */
/* The verdict sector's second part: how a boot sector was entered, and what it was handed. */
#include "machine.h"

enum {
	SECTOR_AT = 0x7c00,
	BPB_HIDDEN_AT = SECTOR_AT + 0x1c,
	BPB_DRIVE_AT = SECTOR_AT + 0x24,
	SIGNATURE_AT = SECTOR_AT + 510,
	SIGNATURE = 0xaa55,
	MBR_ENTRY_BYTES = 16,
	GPT_TYPE = 0xed,
	PNP_BYTES_MIN = 0x21,
};

static const uint32_t pnp_signature = 0x506e5024; /* "$PnP" */

static struct real_entry entry;

static void entry_take(void)
{
	uint8_t *to = (uint8_t *)&entry;

	for (uint32_t i = 0; i < REAL_ENTRY_BYTES; i++)
		to[i] = far8(SECTOR_STATE + i);
	entry.general.ip = SECTOR_AT;
}

/* What DS:SI points to; nothing is wrong with an entry that is all zero: there is no partition. */
static void partition_report(void)
{
	uint32_t at = ((uint32_t)entry.ds << 4) + ((uint32_t)entry.general.si & 0xffff);

	report_hex("partition.at", at);
	if (entry.general.si == 0)
		return;
	report_hex("partition.flag", far8(at));
	report_hex("partition.chs.first", far32(at + 1) & 0xffffff);
	report_hex("partition.type", far8(at + 4));
	report_hex("partition.chs.last", far32(at + 5) & 0xffffff);
	report_number("partition.lba", far32(at + 8));
	report_number("partition.blocks", far32(at + 12));
	report_hex("partition.at.bp", ((uint32_t)entry.ds << 4) + ((uint32_t)entry.general.bp & 0xffff));
	if (far8(at + 4) != GPT_TYPE)
		return;
	report_number("partition.gpt.bytes", far32(at + MBR_ENTRY_BYTES));
	report_hex("partition.gpt.crc32", far_crc32(at + MBR_ENTRY_BYTES + 4, far32(at + MBR_ENTRY_BYTES)));
	report_number("partition.gpt.lba", far32(at + MBR_ENTRY_BYTES + 4 + 32));
}

static void pnp_check(void)
{
	uint32_t at = ((uint32_t)entry.es << 4) + ((uint32_t)entry.general.di & 0xffff);
	uint8_t sum = 0;

	report_hex("pnp", at);
	if (at == 0)
		return;
	require(far32(at) == pnp_signature && far8(at + 5) >= PNP_BYTES_MIN, "ES:DI does not point to a Plug and Play structure");
	for (uint32_t i = 0; i < far8(at + 5); i++)
		sum = (uint8_t)(sum + far8(at + i));
	check(sum == 0, "the Plug and Play structure has a bad checksum");
}

__attribute__((noreturn)) void verdict_main(void);

void verdict_main(void)
{
	report_text("verdict.protocol", "chain");
	image_check();
	entry_take();
	real_machine_check(&entry, true);
	check(entry.cs == 0, "CS is not 0");
	check(far16(SIGNATURE_AT) == SIGNATURE, "the sector is not at 0x7c00");
	report_hex("sector.crc32", far_crc32(SECTOR_AT, SIGNATURE_AT + 2 - SECTOR_AT));
	report_number("bpb.hidden", far32(BPB_HIDDEN_AT));
	report_hex("bpb.drive", far8(BPB_DRIVE_AT));
	partition_report();
	pnp_check();
	real_firmware_check((uint8_t)entry.general.dx);
	verdict_end();
}
