#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Breaks the Multiboot header, of version 1 or 2, or the ELF headers of a verdict kernel, or makes them what no specification allows and
other loaders start: break-header.py KIND[.KIND...] IN OUT.
"""

import struct
import sys

# version: (magic, words that add up to 0, alignment, bytes that are searched)
HEADERS = {1: (0x1BADB002, 3, 4, 8192), 2: (0xE85250D6, 4, 8, 32768)}
REQUEST, ADDRESS, ENTRY, CONSOLE = 1, 2, 3, 4
UNKNOWN = 0x7777
MB1_ADDRESSES, MB1_ENTRY, MB1_BYTES = 12, 28, 32 # with the address fields
PT_LOAD, PT_NOTE = 1, 4
# By ELF class: (e_phoff, e_phentsize, format of a word, offsets in a program header of the fields that are used here)
ELF = {
	1: (28, 42, '<I', {'offset': 4, 'virt': 8, 'phys': 12, 'file_bytes': 16, 'bytes': 20, 'align': 28}),
	2: (32, 54, '<Q', {'offset': 8, 'virt': 16, 'phys': 24, 'file_bytes': 32, 'bytes': 40, 'align': 48}),
}
E_ENTRY, EI_CLASS, EI_VERSION = 24, 4, 6
PAGE = 4096
BESIDE = 0x700000 # free memory behind all of these kernels
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


# --- what other loaders start -------------------------------------------------------------------------------------------------------------

def addresses(image):
	"""The offset of the four address fields."""
	version, offset = find(image)
	return offset + MB1_ADDRESSES if version == 1 else tag_offset(image, ADDRESS) + 8


def load_end(image):
	"""What is loaded ends where .bss ends, which the file does not have: ACRN's way to reserve it."""
	at = addresses(image)
	struct.pack_into('<2I', image, at + 8, struct.unpack_from('<I', image, at + 12)[0], 0)


def program(image):
	"""The image begins behind a page with a copy of its header, which is not loaded, in a file that could be one for DOS or Windows."""
	at = 64
	_, offset = find(image)
	page = bytearray(PAGE)
	page[:2] = b'MZ'
	page[at:at + header_bytes(image)] = image[offset:offset + header_bytes(image)]
	image[0:0] = page
	fields = addresses(image)
	struct.pack_into('<I', image, fields, struct.unpack_from('<I', image, fields + 4)[0] - PAGE + at)


def length(image):
	"""The header's length leaves out the tags."""
	_, offset = find(image)
	change(image, offset + 12, lambda value: value + struct.unpack_from('<I', image, offset + 8)[0] - 16)
	change(image, offset + 8, lambda _: 16)


def programs(image, kind):
	"""The program headers of a kind, as functions that read a field or change it."""
	offset_at, size_at, word, fields = ELF[image[EI_CLASS]]
	start, = struct.unpack_from(word, image, offset_at)
	size, count = struct.unpack_from('<HH', image, size_at)
	for header in range(start, start + size * count, size):
		if struct.unpack_from('<I', image, header)[0] == kind:
			def field(name, value=None, header=header):
				if value is not None:
					struct.pack_into(word, image, header + fields[name], value)
				return struct.unpack_from(word, image, header + fields[name])[0]
			yield header, field


def empty_segment(image):
	"""One more segment, all zeros, whose place in the file is behind its end: what lld and strip leave of .bss."""
	header, field = next(programs(image, PT_NOTE))
	struct.pack_into('<I', image, header, PT_LOAD)
	for name, value in (('offset', len(image) + PAGE), ('virt', BESIDE), ('phys', BESIDE), ('file_bytes', 0), ('bytes', PAGE)):
		field(name, value)


def physical_entry(image):
	"""The entry is physical: QEMU starts xv6 so."""
	_, field = next(programs(image, PT_LOAD))
	change(image, E_ENTRY, lambda entry: entry - field('virt') + field('phys'))


def identity(image):
	"""Fields that nobody looks at: the version of the identification is 0, and so is the length of program headers."""
	image[EI_VERSION] = 0
	struct.pack_into('<H', image, ELF[image[EI_CLASS]][1], 0)


def wide_notes(image):
	"""The notes are at the end of the file, behind one of GNU, which aligns them to 8, one of Xen, which is padded to 4, and a damaged one."""
	_, field = next(programs(image, PT_NOTE))
	notes = image[field('offset'):field('offset') + field('file_bytes')]
	gnu = struct.pack('<3I4s2I8x', 4, 16, 5, b'GNU', 0xC0000002, 4)
	damaged = struct.pack('<3I4s', 4, 0x7FFFFFFF, 1, b'GNU')
	image += bytes(-len(image) % 8)
	added = gnu + struct.pack('<3I4sI', 4, 4, 3, b'Xen', 0) + damaged + notes
	for name, value in (('offset', len(image)), ('file_bytes', len(added)), ('bytes', len(added)), ('align', 8)):
		field(name, value)
	image += added


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


KINDS = {function.__name__.replace('_', '-'): function for function in (checksum, last_offset, past_window, unaligned, unknown_bit,
	entry_field, unknown_tag, unknown_request, zero_tag, long_tag, console, entry_tag, overlap, entry, hole, vectors, load_end, program, length,
	empty_segment, physical_entry, identity, wide_notes)}


def main():
	kinds = sys.argv[1].split('.') if len(sys.argv) == 4 else ()
	if not kinds or any(kind not in KINDS for kind in kinds):
		sys.exit(f'usage: break-header.py {"|".join(KINDS)}[.KIND...] IN OUT')
	with open(sys.argv[2], 'rb') as file:
		image = bytearray(file.read())
	for kind in kinds:
		KINDS[kind](image)
	with open(sys.argv[3], 'wb') as file:
		file.write(image)


main()
