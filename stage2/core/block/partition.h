/* SPDX-License-Identifier: MIT */
/*
 * Partition tables: GPT (UEFI specification 2.10, section 5.3) and MBR with logical partitions.
 *
 * GPT: header and entry array are checked by their CRC32; when the primary is bad, the backup at the last LBA is used and `from_backup`
 * is set. A protective MBR is required, as the specification says, so that a disk repartitioned as MBR is not read as GPT.
 */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct block_device;

enum table_kind { TABLE_NONE, TABLE_MBR, TABLE_GPT };

enum { PARTITIONS_MAX = 256, GUID_BYTES = 16 };

struct partition {
	unsigned number; /* as Linux counts: from 1; logical partitions from 5 */
	uint64_t first_lba, blocks;
	uint8_t type_guid[GUID_BYTES], unique_guid[GUID_BYTES]; /* GPT, in on-disk byte order; zero for MBR */
	uint64_t attributes;                                    /* GPT */
	char name[37];                                          /* GPT, ASCII; other characters are shown as '?' */
	uint8_t mbr_type;                                       /* MBR */
	bool active;                                            /* MBR */
};

struct partition_table {
	enum table_kind kind;
	bool from_backup;              /* GPT: the primary header or array was bad */
	unsigned outside;              /* number of the first partition that was left out because it does not lie on the disk; 0: none */
	uint8_t disk_guid[GUID_BYTES]; /* GPT */
	uint64_t entries_lba;          /* GPT: the array that was read */
	uint32_t entry_bytes;          /* GPT: of one entry; a power of two, 128 to 4096 */
	uint32_t disk_signature;       /* MBR */
	unsigned too_many;             /* partitions behind PARTITIONS_MAX, which are left out */
	struct err logical;            /* MBR: why logical partitions may be missing; code OK: all were found */
	unsigned count;
	struct partition *partition; /* in `arena` */
};

/*
 * ERR_NOT_FOUND: neither table is there. ERR_CORRUPT: both GPTs are bad, or an MBR has nothing on the disk. ERR_UNSUPPORTED: the GPT was
 * made for sectors of another size. A chain of logical partitions that breaks or runs in a circle costs those behind the break: see
 * `logical`, whose trail names `disk`.
 */
MUST_CHECK enum status partition_table_read(struct block_device *disk, struct arena *arena, struct partition_table *table, struct err *err);

/* One of the two copies of a GPT. */
struct gpt_copy {
	uint64_t lba;                               /* of its header: 1, or where the primary says; without a good primary the last LBA */
	struct err err;                             /* what is wrong with header or array; code OK: nothing */
	uint64_t first_usable_lba, last_usable_lba; /* 0 if the header is bad */
};

struct gpt_copies {
	struct gpt_copy primary, backup;
	bool differ; /* both are good, but they do not say the same */
};

/* Examines both copies of the GPT of a disk, for tools: a boot reads no more than it needs. Fails with ERR_NO_MEMORY only. */
MUST_CHECK enum status gpt_copies_read(struct block_device *disk, struct arena *arena, struct gpt_copies *copies, struct err *err);

/* One of the four entries of an MBR or of an extended boot record (EBR). */
struct mbr_entry {
	uint8_t status, type;
	uint32_t first_lba, blocks;
};

enum { MBR_ENTRIES = 4, MBR_TYPE_GPT_PROTECTIVE = 0xEE };

/* Entry `index` (below MBR_ENTRIES) of a sector of at least 512 bytes. */
struct mbr_entry mbr_entry_get(struct span sector, unsigned index);

enum { GPT_ENTRY_BYTES_MAX = 4096 };

/* Reads the raw entry of partition `number`, table->entry_bytes bytes, of a GPT. */
MUST_CHECK enum status gpt_entry_read(struct block_device *disk, const struct partition_table *table, unsigned number,
				      uint8_t entry[GPT_ENTRY_BYTES_MAX], struct err *err);

/* On-disk order of the type GUIDs that the suite knows. */
extern const uint8_t GUID_ESP[GUID_BYTES];       /* C12A7328-F81F-11D2-BA4B-00A0C93EC93B */
extern const uint8_t GUID_XBOOTLDR[GUID_BYTES];  /* BC13C2FF-59E6-4262-A352-B275FD6F7172 */
extern const uint8_t GUID_BIOS_BOOT[GUID_BYTES]; /* 21686148-6449-6E6F-744E-656564454649 */

enum { MBR_TYPE_BLS_BOOT = 0xEA };

enum { GUID_TEXT_BYTES = 37 };

/* "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" with its NUL. */
void guid_format(const uint8_t guid[GUID_BYTES], char text[GUID_TEXT_BYTES]);
