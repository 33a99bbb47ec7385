#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks the Multiboot header, of version 1 or 2, or the ELF headers of a verdict kernel: break-header.py KIND IN OUT."""

import struct
import sys

# version: (magic, words that add up to 0, alignment, bytes that are searched)
HEADERS = {1: (0x1BADB002, 3, 4, 8192), 2: (0xE85250D6, 4, 8, 32768)}
REQUEST, ENTRY, CONSOLE = 1, 3, 4
UNKNOWN = 0x7777
MB1_LOAD_END, MB1_ENTRY, MB1_BYTES = 20, 28, 32 # with the address fields
PT_LOAD = 1
HOLE = 0xA0000 # no RAM is there


def find(image):
	"""(version, offset)"""
	for version, (magic, words, align, searched) in HEADERS.items():
		for offset in range(0, min(len(image), searched) - 4 * words, align):
			fields = struct.unpack_from(f'<{words}I', image, offset)
			if fields[0] == magic and sum(fields) % (1 << 32) == 0:
				return version, offset
	sys.exit('break-header.py: no Multiboot header')


def change(image, offset, function):
	value = function(struct.unpack_from('<I', image, offset)[0])
	struct.pack_into('<I', image, offset, value % (1 << 32))


def tag_offset(image, kind):
	offset = find(image)[1] + 16
	while True:
		tag, _flags, size = struct.unpack_from('<HHI', image, offset)
		if tag == kind:
			return offset
		if tag == 0 or size < 8:
			sys.exit(f'break-header.py: no tag {kind}')
		offset += (size + 7) & ~7


def segments(image):
	"""Offsets of the program headers of segments to load, in an ELF32 file."""
	start, = struct.unpack_from('<I', image, 28)
	size, count = struct.unpack_from('<HH', image, 42)
	headers = range(start, start + size * count, size)
	return [header for header in headers if struct.unpack_from('<I', image, header)[0] == PT_LOAD]


# --- the header as a whole ---------------------------------------------------------------------------------------------------------------

def checksum(image):
	"""The checksum is off by one."""
	version, offset = find(image)
	change(image, offset + 4 * (HEADERS[version][1] - 1), lambda value: value + 1)


def header_bytes(image):
	version, offset = find(image)
	return MB1_BYTES if version == 1 else struct.unpack_from('<I', image, offset + 8)[0]


def moved(image, beyond):
	"""The header ends so many bytes behind the window; for kernels whose header says where the file is to be loaded."""
	version, offset = find(image)
	image[0:0] = bytes(HEADERS[version][3] - header_bytes(image) + beyond - offset)


def last_offset(image):
	"""The last place at which the header may be: not broken at all."""
	moved(image, 0)


def past_window(image):
	"""One place behind it."""
	moved(image, HEADERS[find(image)[0]][2])


def unaligned(image):
	"""Half a place behind where it could be."""
	image[0:0] = bytes(HEADERS[find(image)[0]][2] // 2)


# --- Multiboot 1 -------------------------------------------------------------------------------------------------------------------------

def unknown_bit(image):
	"""A requirement that nobody knows: bit 5. The checksum is right."""
	_, offset = find(image)
	change(image, offset + 4, lambda flags: flags | 1 << 5)
	change(image, offset + 8, lambda value: value - (1 << 5))


def cut_off(image):
	"""The image ends one byte behind the file."""
	change(image, find(image)[1] + MB1_LOAD_END, lambda end: end + 1)


def entry_field(image):
	"""The entry is far outside the image."""
	change(image, find(image)[1] + MB1_ENTRY, lambda _: 0x7000000)


# --- Multiboot2 --------------------------------------------------------------------------------------------------------------------------

def unknown_tag(image):
	"""A required tag of a type that nobody knows."""
	struct.pack_into('<HH', image, tag_offset(image, CONSOLE), UNKNOWN, 0)


def unknown_request(image):
	"""A required information request for a type that nobody knows."""
	change(image, tag_offset(image, REQUEST) + 8, lambda _: UNKNOWN)


def zero_tag(image):
	"""A tag without a length: who believes it stays there for ever."""
	change(image, tag_offset(image, CONSOLE) + 4, lambda _: 0)


def long_tag(image):
	"""A tag that ends behind the header."""
	change(image, tag_offset(image, CONSOLE) + 4, lambda _: 0x10000)


def console(image):
	"""A console is required, and neither text nor pixels are supported."""
	change(image, tag_offset(image, CONSOLE) + 8, lambda _: 1)


def entry_tag(image):
	"""The entry is far outside the image."""
	change(image, tag_offset(image, ENTRY) + 8, lambda _: 0x7000000)


# --- ELF32 -------------------------------------------------------------------------------------------------------------------------------

def overlap(image):
	"""The second segment begins with the last bytes of the first one."""
	first, second = segments(image)[:2]
	start, = struct.unpack_from('<I', image, first + 12)
	size, = struct.unpack_from('<I', image, first + 20)
	change(image, second + 12, lambda _: start + size - 4)


def entry(image):
	"""The entry is in no segment."""
	change(image, 24, lambda _: 0x7000000)


def hole(image):
	"""The second segment lies where there is no RAM."""
	change(image, segments(image)[1] + 12, lambda _: HOLE)


def vectors(image):
	"""The second segment lies on the interrupt vectors."""
	change(image, segments(image)[1] + 12, lambda _: 0)


KINDS = {function.__name__.replace('_', '-'): function for function in (checksum, last_offset, past_window, unaligned, unknown_bit, cut_off,
	entry_field, unknown_tag, unknown_request, zero_tag, long_tag, console, entry_tag, overlap, entry, hole, vectors)}


def main():
	if len(sys.argv) != 4 or sys.argv[1] not in KINDS:
		sys.exit(f'usage: break-header.py {"|".join(KINDS)} IN OUT')
	with open(sys.argv[2], 'rb') as file:
		image = bytearray(file.read())
	KINDS[sys.argv[1]](image)
	with open(sys.argv[3], 'wb') as file:
		file.write(image)


main()
