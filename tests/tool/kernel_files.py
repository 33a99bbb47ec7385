# SPDX-License-Identifier: MIT
"""Small files of all kinds of kernels, just good enough to be planned."""

import struct

CODE = b'\xFA\xF4\xEB\xFD'
LOAD = 0x200000
RELOCATABLE = 1 # e_type


def pack_elf(bits, kind, machine, order, entry, headers):
	"""The ELF header and program headers (type, flags, offset, vaddr, paddr, filesz, memsz)."""
	word = 'Q' if bits == 64 else 'I'
	size, each = (64, 56) if bits == 64 else (52, 32)
	data = b'\x7fELF' + bytes([bits // 32, 1 if order == '<' else 2, 1]) + bytes(9)
	data += struct.pack(f'{order}HHI{word}{word}{word}I6H', kind, machine, 1, entry, size, 0, 0, size, each, len(headers), 40, 0, 0)
	for type_, flags, offset, virt, phys, file_bytes, memory_bytes in headers:
		places = (offset, virt, phys, file_bytes, memory_bytes)
		data += (struct.pack(f'{order}II5QQ', type_, flags, *places, 4096) if bits == 64 else
			 struct.pack(f'{order}I5III', type_, *places, flags, 4096))
	return data


def elf(bits=64, kind=2, machine=None, order='<', virt=LOAD, phys=LOAD, body=b'', note=b''):
	"""One segment at offset 4096, whose first bytes are code; `body` lies behind the headers, `note` in a PT_NOTE segment."""
	if machine is None:
		machine = 62 if bits == 64 else 3
	segments = [(1, 5, 4096, virt, phys, 4096, 4096)] if kind != RELOCATABLE else [] # an object file has none
	if note:
		segments.append((4, 4, 4096 + 1024, virt + 1024, phys + 1024, len(note), len(note)))
	head = pack_elf(bits, kind, machine, order, virt, segments)
	head += bytes(-len(head) % 8) + body
	return head.ljust(4096, b'\0') + (CODE.ljust(1024, b'\x90') + note).ljust(4096, b'\x90')


def multiboot(skip=0):
	"""A Multiboot 1 header behind `skip` bytes."""
	return bytes(skip) + struct.pack('<3I', 0x1BADB002, 3, -(0x1BADB002 + 3) & 0xFFFFFFFF)


def multiboot2(skip=0):
	magic = 0xE85250D6
	return bytes(skip) + struct.pack('<4IHHI', magic, 0, 24, -(magic + 24) & 0xFFFFFFFF, 0, 0, 8)


def pvh_note(entry=LOAD):
	return struct.pack('<3I', 4, 4, 18) + b'Xen\0' + struct.pack('<I', entry)


def handoff_note():
	return struct.pack('<3I', 7, 48, 1) + b'mkboot\0\0' + struct.pack('<2I', 1, 48).ljust(48, b'\0')


def bzimage():
	"""Boot protocol 2.12, by its 32-bit entry."""
	data = bytearray(1024 + 4096)
	data[0x1F1] = 1
	struct.pack_into('<I', data, 0x1F4, 4096 // 16)
	struct.pack_into('<H', data, 0x1FE, 0xAA55)
	data[0x200:0x202] = b'\xEB\x66'
	data[0x202:0x206] = b'HdrS'
	struct.pack_into('<H', data, 0x206, 0x20C)
	data[0x211] = 1
	struct.pack_into('<I', data, 0x214, 0x100000)
	struct.pack_into('<I', data, 0x22C, 0x7FFFFFFF)
	struct.pack_into('<I', data, 0x230, 0x200000)
	data[0x234:0x236] = b'\x01\x15'
	struct.pack_into('<I', data, 0x238, 2047)
	struct.pack_into('<Q', data, 0x258, 0x1000000)
	struct.pack_into('<I', data, 0x260, 0x100000)
	return bytes(data)


def pe(section=b'.text', subsystem=10, machine=0x8664):
	optional = struct.pack('<H', 0x20B).ljust(16, b'\0') + struct.pack('<IIQII', 0x1000, 0x1000, 0x140000000, 0x1000, 512)
	optional = optional.ljust(56, b'\0') + struct.pack('<II', 0x2000, 512)
	optional = (optional.ljust(68, b'\0') + struct.pack('<HH', subsystem, 0)).ljust(108, b'\0') + struct.pack('<I', 16)
	optional = optional.ljust(240, b'\0')
	data = b'MZ'.ljust(0x3C, b'\0') + struct.pack('<I', 64)
	data += b'PE\0\0' + struct.pack('<HHIIIHH', machine, 1, 0, 0, 0, len(optional), 0x22) + optional
	data += section.ljust(8, b'\0') + struct.pack('<IIII', 512, 0x1000, 512, 512).ljust(28, b'\0') + struct.pack('<I', 0x60000020)
	return data.ljust(512, b'\0') + CODE.ljust(512, b'\0')
