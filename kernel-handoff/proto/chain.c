/* SPDX-License-Identifier: MIT */
/*
 * Boot sectors, entered as a BIOS or an MBR would enter them: loaded at 7C00h, DL = drive, ES:DI -> the Plug and Play structure
 * (Plug and Play BIOS specification 1.0A, section 3.2), and for a partition DS:SI -> its entry. On GPT that is a synthetic entry with
 * the GPT's own behind it, and "!GPT" in EAX (EDD-4, annex on booting from GPT; doc/gpt.txt of SYSLINUX).
 *
 * What a volume's BPB says of the volume's place is corrected in memory. Nothing is written to a disk.
 */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "kernel-handoff/image/boot_sector.h"
#include "kernel-handoff/proto/real_mode.h"

enum {
	LOAD_ADDRESS = 0x7C00, /* and the top of the stack */
	ENTRY_ADDRESS = 0x7BE, /* where the first entry is once an MBR has moved itself to 600h */
	BIOS_SEGMENT = 0xF000, /* of the Plug and Play structure */
	ACTIVE = 0x80,         /* the partition that is being booted is the active one, whatever its table says */
	TYPE_GPT_SYNTHETIC = 0xED,
	MBR_ENTRY_BYTES = 16,
	GPT_LENGTH_BYTES = 4,
};

static const uint32_t gpt_magic = 0x54504721; /* "!GPT" */

/* The geometry that partition tables are made with, whatever the drive's is. */
enum { HEADS = 255, TRACK_SECTORS = 63, CYLINDERS = 1024 };

/* Three bytes: head, sector and high bits of the cylinder, cylinder. Blocks beyond the reach of CHS have the highest. */
static void put_chs(uint8_t *at, uint64_t lba)
{
	uint64_t cylinder = lba / (HEADS * TRACK_SECTORS);
	unsigned head = (unsigned)(lba / TRACK_SECTORS % HEADS), sector = (unsigned)(lba % TRACK_SECTORS) + 1;

	if (cylinder >= CYLINDERS) {
		cylinder = CYLINDERS - 1;
		head = HEADS - 1;
		sector = TRACK_SECTORS;
	}
	at[0] = (uint8_t)head;
	at[1] = (uint8_t)(sector | (cylinder >> 2 & 0xC0));
	at[2] = (uint8_t)cylinder;
}

static uint32_t saturated(uint64_t value)
{
	return (uint32_t)min_u64(value, UINT32_MAX);
}

static bool is_gpt(const struct boot_target *target)
{
	return target->gpt_entry.bytes > 0;
}

/* For a whole disk all is zero: a volume without a table that looks here finds that nothing lies in front of it. */
static void fill_entry(uint8_t *entry, const struct boot_target *target)
{
	if (target->partition == 0)
		return;
	entry[0] = ACTIVE;
	put_chs(entry + 1, target->first_lba);
	entry[4] = is_gpt(target) ? TYPE_GPT_SYNTHETIC : target->type;
	put_chs(entry + 5, target->first_lba + target->block_count - 1);
	put_le32(entry + 8, saturated(target->first_lba));
	put_le32(entry + 12, saturated(target->block_count));
	if (!is_gpt(target))
		return;
	put_le32(entry + MBR_ENTRY_BYTES, (uint32_t)target->gpt_entry.bytes);
	memcpy(entry + MBR_ENTRY_BYTES + GPT_LENGTH_BYTES, target->gpt_entry.data, target->gpt_entry.bytes);
}

/* A volume may have been copied from elsewhere, or made where its place was not known. */
static void correct_bpb(uint8_t *sector, const struct boot_target *target)
{
	struct bpb bpb;

	if (target->partition == 0 || target->first_lba > UINT32_MAX || !boot_sector_bpb(span_of(sector, BOOT_SECTOR_BYTES), &bpb))
		return;
	put_le32(sector + bpb.hidden_sectors_at, (uint32_t)target->first_lba);
	sector[bpb.drive_at] = target->bios_drive;
}

static enum status add_sector(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	const struct place place = {
		.kind = PLACE_KERNEL,
		.what = "boot sector",
		.start = LOAD_ADDRESS,
		.bytes = BOOT_SECTOR_BYTES,
		.file_bytes = BOOT_SECTOR_BYTES,
	};
	uint8_t *sector = ARENA_NEW_ARRAY(arena, uint8_t, BOOT_SECTOR_BYTES);

	if (sector == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {s}", place.what, 0, 0);
	if (file_read(request->kernel, 0, BOOT_SECTOR_BYTES, sector, err) != OK)
		return err->code;
	if (get_le16(sector + BOOT_SECTOR_SIGNATURE_AT) != BOOT_SECTOR_SIGNATURE) {
		(void)err_set(err, ERR_CORRUPT, "the sector does not end with 55h AAh: there is no boot code in it", NULL, 0, 0);
		return err_hint(err, "install the boot loader that is to be started there, or name another disk or partition");
	}
	correct_bpb(sector, request->target);
	return real_mode_place(plan, &place, request->kernel->path, sector, arena, err);
}

static enum status add_entry(const struct boot_target *target, struct plan *plan, struct arena *arena, struct err *err)
{
	struct place place = { .kind = PLACE_INFORMATION, .what = "partition entry", .start = ENTRY_ADDRESS, .bytes = MBR_ENTRY_BYTES };
	uint8_t *entry;

	if (is_gpt(target))
		place.bytes += GPT_LENGTH_BYTES + target->gpt_entry.bytes;
	entry = ARENA_NEW_ARRAY(arena, uint8_t, place.bytes);
	if (entry == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {s}", place.what, 0, 0);
	fill_entry(entry, target);
	place.file_bytes = place.bytes;
	return real_mode_place(plan, &place, place.what, entry, arena, err);
}

/* It would start this loader, and the loader this entry, for ever. */
static enum status check_circle(const struct boot_request *request, struct err *err)
{
	const struct boot_target *target = request->target;

	if (target->partition != 0 || target->bios_drive != request->machine->bios_drive)
		return OK;
	(void)err_set(err, ERR_DENIED, "this disk, {a:x} of INT 13h, is the one that the loader itself was started from", NULL,
		      target->bios_drive, 0);
	return err_hint(err, "the BIOS counts the disk that it boots from as disk 0; the others follow");
}

static enum status chain_plan(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err)
{
	const struct boot_target *target = request->target;
	uint32_t pnp = request->machine->pnp_phys;

	if (check_circle(request, err) != OK || add_sector(request, plan, arena, err) != OK || add_entry(target, plan, arena, err) != OK)
		return err->code;
	real_mode_video(request, plan, arena);
	plan->mode = ENTRY_MODE_REAL;
	plan->entry = LOAD_ADDRESS;
	plan->registers = (struct entry_registers){
		.ax = is_gpt(target) ? gpt_magic : 0,
		.dx = target->bios_drive,
		.si = ENTRY_ADDRESS,
		.bp = ENTRY_ADDRESS, /* where the MBRs of later Windows have it, too */
		.sp = LOAD_ADDRESS,
	};
	plan->segments = (struct entry_segments){ .interrupts = true };
	if (pnp != 0) {
		plan->segments.es = BIOS_SEGMENT;
		plan->registers.di = pnp - (BIOS_SEGMENT << 4);
	}
	return OK;
}

const struct boot_proto proto_chain = {
	.name = "chain",
	.firmware = FIRMWARE_BIOS,
	.plan = chain_plan,
	.elsewhere = "UEFI starts programs, not boot sectors: name one with the key efi",
};
