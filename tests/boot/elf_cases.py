# SPDX-License-Identifier: MIT
"""
The suite's own hand-off, by the example kernel and its variants: addresses, pages, requests, processors, and what is refused. The kernel
checks all that the public header promises; here is what it has to say beyond "passed".
"""

import os
import re
import struct

import plan_compare
from cases import EXAMPLE, VERDICT, Case, debugcon
from disk_image import Image
from machine import PASSED, Machine

FIRMWARES = (('bios', ''), ('uefi', 'uefi-'))
TOP_2_GIB, GIB, BLOCK = 0xffffffff80000000, 1 << 30, 2 << 20
ALL_FEATURES = ('-cpu', 'max') # random numbers and pages of 1 GiB among them; the default processor has neither
THREE = ('-smp', '3')
NO_RANDOM_NUMBERS = ('serial', r'^mkboot: note: the kernel gets its fixed addresses, not random ones \(KASLR\): there is no source of random numbers$')


def started(kernel, lines=''):
	"""One entry for a kernel."""
	return Image((), (('loader/entries/kernel.conf', f'elf /kernel\noptions qemu-exit\n{lines}'), ('kernel', '@{%s}' % kernel)))


def addresses(text):
	"""(physical, virtual) of the kernel."""
	return tuple(int(number, 16) for number in re.search(r'^example: kernel at physical (0x\w+), virtual (0x\w+);', text, re.MULTILINE).groups())


def kernel_at(physical, virtual, kind='fixed'):
	return debugcon(rf'^example: kernel at physical {physical:#x}, virtual {virtual:#x};', rf'^example: our addresses are {kind} ones, ')


def check_random(machine, image, firmware):
	"""Inside the window, on a multiple of 2 MiB, and elsewhere at another start."""
	again = Machine(os.path.join(machine.folder, 'again'), image, memory=machine.memory, extra=ALL_FEATURES, firmware=firmware)
	again.run(60)
	if again.status != PASSED:
		return [f'the second start: QEMU exited with {again.status}; see {again.folder}']
	found = []
	seen = [addresses(each.text('debugcon')) for each in (machine, again)]
	for physical, virtual in seen:
		if physical % BLOCK or virtual % BLOCK or not BLOCK <= physical < 4 * GIB or not TOP_2_GIB <= virtual < TOP_2_GIB + GIB:
			found.append(f'{physical:#x}, {virtual:#x} are not addresses to choose from')
	if seen[0] == seen[1]:
		found.append(f'two starts, the same addresses: {seen[0]}')
	return found


def positions(paths):
	"""Where the kernel lies, and that it is told so."""
	random = debugcon(r'^example: our addresses are random ones, ')
	for firmware, prefix in FIRMWARES:
		def case(name, *more, prefix=prefix, firmware=firmware, **others):
			return Case(f'{prefix}elf-{name}', *more, firmware=firmware, **others)
		yield case('higher-half', started('example-kernel'), (EXAMPLE, *kernel_at(BLOCK, TOP_2_GIB + BLOCK)))
		yield case('pie-fixed', started('example-kernel-pie', 'kaslr off\n'), (EXAMPLE, *debugcon(rf'virtual {TOP_2_GIB:#x};', 'fixed ones')),
			reject=(NO_RANDOM_NUMBERS,), extra=ALL_FEATURES)
		yield case('pie-without-random-numbers', started('example-kernel-pie'), (EXAMPLE, NO_RANDOM_NUMBERS, *debugcon(rf'virtual {TOP_2_GIB:#x};', 'fixed ones')))
		yield case('pie-random', started('example-kernel-pie'), (EXAMPLE, *random), extra=ALL_FEATURES, memory='3G',
			check=lambda machine, image, firmware=firmware: check_random(machine, image, firmware))
		yield case('pie-relr', started('elf-relr'), (EXAMPLE, *random), extra=ALL_FEATURES)
	yield Case('elf-pie-lowest-block', started('example-kernel-pie', 'kaslr off\n'), (EXAMPLE, *kernel_at(BLOCK, TOP_2_GIB)), memory='16')
	yield Case('uefi-elf-low-segments', Image(('--elf', '{verdict-low-segments.elf}')), (VERDICT,), firmware='uefi')
	for firmware, prefix in FIRMWARES:
		yield Case(f'{prefix}plan-elf-pie', started('example-kernel-pie', 'kaslr off\n'), (EXAMPLE,), memory=plan_compare.MEMORY_MIB, firmware=firmware,
			check=lambda machine, image, firmware=firmware: plan_compare.compare(paths['mkboot'], machine, image, firmware))


def pages():
	small = debugcon(r'^example: \.text in pages: \d+ of 4 KiB, 0 of 2 MiB, 0 of 1 GiB$', r'^example: the first 4 GiB in pages: \d+ of 4 KiB, \d{4} of 2 MiB, 0 of 1 GiB$')
	large = debugcon(r'^example: \.data and \.bss in pages: \d+ of 4 KiB, 1 of 2 MiB, 0 of 1 GiB$')
	huge = debugcon(r'^example: the first 4 GiB in pages: \d+ of 4 KiB, \d+ of 2 MiB, 3 of 1 GiB$')
	for firmware, prefix in FIRMWARES:
		yield Case(f'{prefix}elf-large-pages', started('elf-large-pages'), (EXAMPLE, *small, *large), firmware=firmware)
		yield Case(f'{prefix}elf-gigabyte-pages', started('elf-large-pages'), (EXAMPLE, *large, *huge), firmware=firmware, extra=ALL_FEATURES, memory='6G')


def requests():
	"""The variants check that their stack has 1 MiB, and require the list of processors."""
	pixels = debugcon(r'^example: screen kind 2 at 0x[0-9a-f]+: 1024 x 768, 32 bits, ', r'^example: the screen is mapped, and writable: yes$')
	for firmware, prefix in FIRMWARES:
		yield Case(f'{prefix}elf-linear', started('elf-linear'), (EXAMPLE, *pixels), firmware=firmware)
	yield Case('elf-text', started('elf-text'), (EXAMPLE, *debugcon(r'^example: screen kind 1 at 0xb8000: 80 x 25, ')))


def processors():
	lines = (rf'^example: processor of APIC id {number}, ACPI UID \d+: enabled{" runs this" if number == 0 else ""}$' for number in range(3))
	seen = debugcon(*lines, r'^example: 3 processors$')
	for firmware, prefix in FIRMWARES:
		yield Case(f'{prefix}elf-processors', started('example-kernel'), (EXAMPLE, *seen), firmware=firmware, extra=THREE)
	yield Case('elf-processors-without-acpi', started('example-kernel'), (EXAMPLE, *debugcon(r'^example: 0 processors$', r'^example: RSDP 0x0,')),
		extra=('-machine', 'acpi=off'))


# --- what is refused -------------------------------------------------------------------------------------------------------------------

# Offsets in an ELF64 file: the header's e_entry, and a program header's fields.
E_ENTRY, E_PHOFF, PHDR_BYTES = 24, 64, 56
P_FLAGS, P_OFFSET, P_VADDR, P_PADDR = (4, 'I'), (8, 'Q'), (16, 'Q'), (24, 'Q')
DT_RELA, RELA_TARGET, RELA_TYPE = 7, (0, 'Q'), (8, 'I')
NOTE_REQUIRED = 20 + 8 # of a note: its header and owner, version and length of the request


class Elf:
	"""The bytes of a kernel, to be changed. Headers of the example kernel: 0 text, 1 constants, 2 data."""

	def __init__(self, data):
		self.data = bytearray(data)

	def get(self, at, kind='Q'):
		return struct.unpack_from('<' + kind, self.data, at)[0]

	def put(self, at, value, kind='Q'):
		struct.pack_into('<' + kind, self.data, at, value)

	def header(self, index, field):
		return self.get(E_PHOFF + index * PHDR_BYTES + field[0], field[1])

	def set_header(self, index, field, value):
		self.put(E_PHOFF + index * PHDR_BYTES + field[0], value, field[1])

	def of_type(self, wanted):
		"""Where in the file the first segment of a type is."""
		for index in range(self.get(56, 'H')):
			if self.header(index, (0, 'I')) == wanted:
				return self.header(index, P_OFFSET)
		raise LookupError(wanted)

	def relocation(self):
		"""Where in the file the first entry of DT_RELA is: in the constants."""
		at = self.of_type(2)
		while self.get(at) != DT_RELA:
			at += 16
		return self.get(at + 8) - self.header(1, P_VADDR) + self.header(1, P_OFFSET)


def set_header(index, field, value):
	return lambda elf: elf.set_header(index, field, value)


# (id, kernel, lines of its entry, what is done to it, what the loader has to say)
REFUSALS = (
	('overlap', 'example-kernel', '', set_header(2, P_PADDR, 0x200000), r'segment 2 cannot have the memory .*: .* belongs to segment 0'),
	('writable-code', 'example-kernel', '', set_header(0, P_FLAGS, 7), r'segment 0 is writable and executable'),
	('entry-outside', 'example-kernel', '', lambda elf: elf.put(E_ENTRY, 0xffffffff90000000), r'the entry 0xffffffff90000000 is in none of the 3 segments'),
	('entry-in-data', 'example-kernel', '', lambda elf: elf.put(E_ENTRY, elf.header(2, P_VADDR)), r'the entry 0x\w+ is in segment 2, which is not executable'),
	('reserved-memory', 'example-kernel', '', set_header(1, P_PADDR, 0xf0000), r'segment 1: there is not RAM everywhere from 0xf0000'),
	('above-4-gib', 'example-kernel', '', set_header(1, P_PADDR, 1 << 32), r'segment 1 wants to lie at 0x100000000, above 4 GiB'),
	('unknown-requirement', 'example-kernel', '', lambda elf: elf.put(elf.of_type(4) + NOTE_REQUIRED, 1 << 9, 'I'), r'requires 0x200, which this loader does not know'),
	('short-note', 'example-kernel', '', lambda elf: elf.put(elf.of_type(4) + 4, 1 << 20, 'I'), r'the notes of program header 3 cannot be read'),
	('relocation-type', 'example-kernel-pie', '', lambda elf: elf.put(elf.relocation() + RELA_TYPE[0], 1, 'I'), r'relocation 0 of DT_RELA is of type 1,'),
	('relocation-outside', 'example-kernel-pie', '', lambda elf: elf.put(elf.relocation(), 0x100000), r'relocation 0 of DT_RELA changes the word at 0x100000: no segment is there'),
)
REFUSALS_BIOS = ('no-pixels', 'elf-linear', 'video text\n', None, r'the kernel requires a screen of pixels')
REFUSALS_UEFI = ('no-text', 'elf-text', '', None, r'the kernel requires a screen of text')


def refusals(firmware, prefix, list_of_them):
	"""All in one boot: each is tried, and says why not; then comes one that is sound."""
	def damage(disk):
		for name, _, _, change, _ in list_of_them:
			if change:
				elf = Elf(disk.file_read(f'/{name}'))
				change(elf)
				disk.file_write(f'/{name}', bytes(elf.data))
	tree = [('loader/entries/last.conf', 'sort-key 99\nelf /last\noptions qemu-exit\n'), ('last', '@{example-kernel}')]
	for number, (name, kernel, lines, _, _) in enumerate(list_of_them):
		tree += [(f'loader/entries/{name}.conf', f'sort-key {number:02}\nelf /{name}\n{lines}'), (name, '@{%s}' % kernel)]
	lines = [rf'^mkboot: error: cannot start {name}\.conf: .*/{name}.*{words}' for name, _, _, _, words in list_of_them]
	return Case(f'{prefix}elf-refusals', Image((), tuple(tree), damage=damage), (*debugcon(*lines), *(('serial', line) for line in lines), EXAMPLE),
		firmware=firmware)


def cases(paths):
	return [*positions(paths), *pages(), *requests(), *processors(), refusals('bios', '', (*REFUSALS, REFUSALS_BIOS)),
		refusals('uefi', 'uefi-', (*REFUSALS, REFUSALS_UEFI))]
