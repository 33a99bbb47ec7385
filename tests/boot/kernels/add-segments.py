#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: add-segments.py IN OUT START:FILE_BYTES[:BYTES]...

Adds segments to the staging kernel (staging.c), at physical addresses of choice: each word of one is a function of its own address, and
zeros follow up to BYTES. The kernel's table says what it has to find.
"""

import array
import struct
import sys

MAGIC = b'MKBOOT-SEGMENTS\0'
SEGMENTS_MAX = 8
MULTIPLIER = 2654435761
PT_LOAD, READABLE, WRITABLE = 1, 4, 2
PAGE = 4096


def pattern(start, count):
	"""`count` bytes at the address `start`."""
	return array.array('I', (address * MULTIPLIER & 0xFFFFFFFF for address in range(start, start + count, 4))).tobytes()


def header_32(offset, start, file_bytes, size):
	return struct.pack('<8I', PT_LOAD, offset, start, start, file_bytes, size, READABLE | WRITABLE, PAGE)


def header_64(offset, start, file_bytes, size):
	return struct.pack('<2I6Q', PT_LOAD, READABLE | WRITABLE, offset, start, start, file_bytes, size, PAGE)


# By ELF class: how to pack a program header, its size, and where the ELF header has e_phoff (with its format) and e_phnum.
CLASSES = {1: (header_32, 32, 28, '<I', 44), 2: (header_64, 56, 32, '<Q', 56)}


def main():
	if len(sys.argv) < 4:
		sys.exit(__doc__.splitlines()[0])
	with open(sys.argv[1], 'rb') as file:
		image = bytearray(file.read())
	segments = [[int(number, 0) for number in word.split(':')] for word in sys.argv[3:]]
	header, header_bytes, offset_at, offset_format, count_at = CLASSES[image[4]]
	table = image.index(MAGIC) + len(MAGIC)
	(headers_at,), (count,) = struct.unpack_from(offset_format, image, offset_at), struct.unpack_from('<H', image, count_at)
	headers = bytes(image[headers_at:headers_at + count * header_bytes])
	if len(segments) > SEGMENTS_MAX or any(segment[0] % PAGE or segment[1] % 4 for segment in segments):
		sys.exit('add-segments.py: too many segments, or one that does not start on a page or does not end on a word')
	for index, (start, file_bytes, *size) in enumerate(segments):
		size = size[0] if size else file_bytes
		struct.pack_into('<3I', image, table + 12 * index, start, file_bytes, size)
		image += bytes(-len(image) % PAGE)
		headers += header(len(image), start, file_bytes, size)
		image += pattern(start, file_bytes)
	struct.pack_into(offset_format, image, offset_at, len(image))
	struct.pack_into('<H', image, count_at, count + len(segments))
	with open(sys.argv[2], 'wb') as file:
		file.write(image + headers)


main()
