# SPDX-License-Identifier: MIT
"""A BIOS that misbehaves, as data: rules for adversary.S, which has the same names and numbers, and how it is put on a disk."""

import struct
from dataclasses import dataclass

SECTOR = 512
ORIGINAL_LBA, RESIDENT_LBA, RESIDENT_BYTES = 34, 40, 16 * 1024 # in front of a GPT's first partition
MBR_CODE_BYTES = 440 # the rest is the partition table's
CONFIGURATION = struct.Struct('<16s5H6x')
RULE, RULES_MAX = struct.Struct('<BB7Hxx'), 16
RANGE = struct.Struct('<QQII')

# Conditions: (number, operand)
ALWAYS = (0, 0)


def sectors_above(count):
	return 1, count


def segment_from(segment):
	return 2, segment


def each(count):
	return 3, count


def first(count):
	return 4, count


def resets_below(count):
	return 5, count


# Actions
NOTHING, FAIL, PRETEND, TABLE, DONE_BUT_FAIL, SHORT, SHORT_SILENT, CORRUPT, POKE_16, POKE_64, HANG = range(11)
# Effects
LOSE_INDEXES, LOSE_OTHERS, LOSE_HIGH, LOSE_SEGMENTS, A20_OFF, INTERRUPTS_OFF, DIRECTION_DOWN, STACK, OTHER_GDT = (1 << bit for bit in range(9))
LOSE_ALL = LOSE_INDEXES | LOSE_OTHERS | LOSE_HIGH | LOSE_SEGMENTS

RAM, RESERVED, ACPI, NVS = 1, 2, 3, 4
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@dataclass(frozen=True)
class Rule:
	"""What goes wrong in a call: INT `interrupt`, AH or, above FFh, AX = `function` (None: all)."""
	interrupt: int
	function: int = None
	action: int = NOTHING
	value: int = 0
	when: tuple = ALWAYS
	where: int = 0
	effects: int = 0

	def packed(self):
		function, mask = (0, 0) if self.function is None else (self.function, 0xFFFF) if self.function > 0xFF else (self.function << 8, 0xFF00)
		return RULE.pack(self.interrupt, self.when[0], function, mask, self.when[1], self.action, self.value, self.where, self.effects)


@dataclass(frozen=True)
class Bios:
	"""`ranges`: (start, bytes, type), and the number of the range that is told next where that is not the following one."""
	rules: tuple = ()
	ranges: tuple = ()
	a20_off: bool = False # at the entry of the boot sector
	low_kib: int = 0      # an EBDA begins here
	stack_bytes: int = 0  # for STACK

	def packed(self):
		rules = list(self.rules)
		if self.ranges:
			rules.append(Rule(0x15, 0xE820, TABLE))
		assert len(rules) <= RULES_MAX
		return CONFIGURATION.pack(b'ADVERSARY', self.a20_off, self.low_kib, self.stack_bytes, len(rules), len(self.ranges)) + \
			b''.join(rule.packed() for rule in rules)

	def packed_ranges(self):
		last = len(self.ranges) - 1
		return b''.join(RANGE.pack(*given[:3], given[3] if len(given) > 3 else 0 if at == last else at + 1)
			for at, given in enumerate(self.ranges))

	def install(self, disk, program):
		"""Puts it on a disk.Disk with a GPT; `program` is the path of adversary.bin."""
		with open(program, 'rb') as file:
			loader, resident = file.read(SECTOR), file.read()
		configuration = self.packed()
		resident = configuration + resident[len(configuration):] + self.packed_ranges()
		assert len(resident) <= RESIDENT_BYTES
		disk.write(ORIGINAL_LBA * SECTOR, disk.read(0, SECTOR))
		disk.write(0, loader[:MBR_CODE_BYTES])
		disk.write(RESIDENT_LBA * SECTOR, resident)


def memory(*ranges, mib=256):
	"""The ranges of a QEMU with so much memory, with others in place of what lies below 640 KiB."""
	low = ranges or ((0, 639 * KIB - 16 * KIB, RAM), (623 * KIB, 17 * KIB, RESERVED))
	tail = 256 * KIB
	return (*low, (0xF0000, 64 * KIB, RESERVED), (MIB, (mib - 1) * MIB - tail, RAM), (mib * MIB - tail, tail, RESERVED), (4 * GIB - tail, tail, RESERVED))
