/* SPDX-License-Identifier: MIT */
/* CRC-32 as in IEEE 802.3, gzip and GPT (polynomial 0x04C11DB7 reflected, initial value and final XOR all ones). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The CRC of `bytes` more bytes after a part whose CRC is `crc`; start with 0. */
uint32_t crc32_update(uint32_t crc, const void *data, size_t bytes);
