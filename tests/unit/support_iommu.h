/* SPDX-License-Identifier: MIT */
/* The IOMMUs' tables of QEMU 7.2, to be spoilt. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { IOMMU_TABLE_MAX = 512, DMAR_BYTES = 104, IVRS_BYTES = 100 };

/* With one remapping unit and the scopes of its devices; without an RMRR. */
extern const uint8_t qemu_dmar[DMAR_BYTES];
/* With one IVHD of type 10h. */
extern const uint8_t qemu_ivrs[IVRS_BYTES];

/* Makes the checksum right, and the length in the header what it is. */
void iommu_table_seal(uint8_t *table, size_t bytes);

/* Adds a structure of any bytes at the end and seals the table; returns the new length. */
size_t iommu_table_append(uint8_t *table, size_t bytes, const void *structure, size_t structure_bytes);
