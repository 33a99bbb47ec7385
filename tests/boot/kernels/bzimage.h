/* SPDX-License-Identifier: MIT */
/* Layout of the fake bzImages, for bzimage.S, linux.c and the build. */
#pragma once

/* Offsets in the protected-mode part: a copy of the setup header, kernel_info, the 64-bit entry (Linux boot protocol), our own code. */
#define PAYLOAD_HEADER_COPY 0x20
#define PAYLOAD_KERNEL_INFO 0x180
#define PAYLOAD_ENTRY_64    0x200
#define PAYLOAD_CODE_32     0x1000
#define PAYLOAD_CODE_64     0x10000

/* Offsets in the first sector, and the same in struct boot_params. */
#define SETUP_HEADER_START 0x1f1
