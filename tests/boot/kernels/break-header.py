#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks the Multiboot2 header of a verdict kernel: break-header.py KIND IN OUT."""

import struct
import sys

MAGIC = 0xE85250D6
REQUEST, CONSOLE = 1, 4
UNKNOWN = 0x7777
SEARCHED = 32768


def header_offset(image):
	for offset in range(0, min(len(image), SEARCHED) - 16, 8):
		fields = struct.unpack_from('<4I', image, offset)
		if fields[0] == MAGIC and sum(fields) % (1 << 32) == 0:
			return offset
	sys.exit('break-header.py: no Multiboot2 header')


def tag_offset(image, kind):
	offset = header_offset(image) + 16
	while True:
		tag, _flags, size = struct.unpack_from('<HHI', image, offset)
		if tag == kind:
			return offset
		if tag == 0 or size < 8:
			sys.exit(f'break-header.py: no tag {kind}')
		offset += (size + 7) & ~7


def checksum(image):
	"""The checksum is off by one."""
	offset = header_offset(image) + 12
	struct.pack_into('<I', image, offset, (struct.unpack_from('<I', image, offset)[0] + 1) % (1 << 32))


def unknown_tag(image):
	"""A required tag of a type that nobody knows."""
	struct.pack_into('<HH', image, tag_offset(image, CONSOLE), UNKNOWN, 0)


def unknown_request(image):
	"""A required information request for a type that nobody knows."""
	struct.pack_into('<I', image, tag_offset(image, REQUEST) + 8, UNKNOWN)


KINDS = {'checksum': checksum, 'unknown-tag': unknown_tag, 'unknown-request': unknown_request}


def main():
	if len(sys.argv) != 4 or sys.argv[1] not in KINDS:
		sys.exit(f'usage: break-header.py {"|".join(KINDS)} IN OUT')
	with open(sys.argv[2], 'rb') as file:
		image = bytearray(file.read())
	KINDS[sys.argv[1]](image)
	with open(sys.argv[3], 'wb') as file:
		file.write(image)


main()
