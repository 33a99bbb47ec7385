# SPDX-License-Identifier: MIT
"""The long list of `make adversary`: the kinds of adversary_cases.py with all their values, and what has always worked."""

from adversary.quirks import (A20_OFF, CORRUPT, DIRECTION_DOWN, DONE_BUT_FAIL, FAIL, HANG, INTERRUPTS_OFF, KIB, LOSE_ALL, LOSE_HIGH, LOSE_INDEXES, LOSE_OTHERS,
	LOSE_SEGMENTS, MIB, NVS, OTHER_GDT, POKE_16, POKE_64, PRETEND, RAM, RESERVED, SHORT, SHORT_SILENT, STACK, Bios, Rule, each, first, memory,
	resets_below, sectors_above, segment_from)
from adversary_cases import LOW, NO_EXTENSIONS, TOO_LITTLE, after, boots, boots_mb2, menu

STATUSES = (0x00, 0x01, 0x04, 0x09, 0x0C, 0x20, 0x31, 0x80, 0x86, 0xAA, 0xBB, 0xFF)
LOSSES = {'indexes': LOSE_INDEXES, 'others': LOSE_OTHERS, 'high': LOSE_HIGH, 'segments': LOSE_SEGMENTS, 'all': LOSE_ALL}
EFFECTS = {'a20': A20_OFF, 'if': INTERRUPTS_OFF, 'df': DIRECTION_DOWN, 'gdt': OTHER_GDT, 'all': A20_OFF | INTERRUPTS_OFF | DIRECTION_DOWN | OTHER_GDT}


def letters(text):
	return {'until': ('debugcon', f'^{text}')}


def reads(files):
	for status in STATUSES:
		yield boots(files, f'edd-dead-{status:02x}', Bios((Rule(0x13, 0x42, FAIL, status),)))
	for most in (1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 100, 119, 120, 127):
		for status in (0x00, 0x01, 0x09):
			yield boots(files, f'edd-{most}-{status:02x}', Bios((Rule(0x13, 0x42, FAIL, status, sectors_above(most)),)))
		if most < 120:
			yield boots_mb2(files, f'edd-short-{most}', Bios((Rule(0x13, 0x42, SHORT, most, sectors_above(most)),)))
			yield boots_mb2(files, f'edd-silent-{most}', Bios((Rule(0x13, 0x42, SHORT_SILENT, most, sectors_above(most)),)),
				**letters('SS') if most < 64 else {})
	yield boots(files, 'edd-pretends', Bios((Rule(0x13, 0x42, PRETEND),)), **letters('SS'))
	yield boots(files, 'edd-reads-but-fails', Bios((Rule(0x13, 0x42, DONE_BUT_FAIL, 0),)))
	for count in (0, 1, 0xFFFF):
		yield boots_mb2(files, f'edd-count-{count:x}', Bios((Rule(0x13, 0x42, POKE_16, count, where=2),)))
	for resets in (1, 2, 3, 4, 5, 6, 8, 12):
		yield boots(files, f'edd-resets-{resets}', Bios((Rule(0x13, 0x42, FAIL, 0x80, resets_below(resets)),)))
	for number in (2, 3, 5, 17, 40):
		for status in (0x00, 0x04, 0x10):
			yield boots_mb2(files, f'edd-each-{number}-{status:02x}', Bios((Rule(0x13, 0x42, FAIL, status, each(number)),)))
	for segment in (0x1000, 0x4000, 0x5000, 0x8000):
		yield boots_mb2(files, f'edd-segment-{segment:x}', Bios((Rule(0x13, 0x42, FAIL, 0x09, segment_from(segment)),)))
	yield boots(files, 'edd-corrupt-1', Bios((Rule(0x13, 0x42, CORRUPT, when=first(1)),)))
	yield boots(files, 'edd-corrupt-2', Bios((Rule(0x13, 0x42, CORRUPT, when=first(2)),)), **letters('SS'))


def parameters(files):
	yield boots(files, '48h-fails', Bios((Rule(0x13, 0x48, FAIL, 0x01),)))
	yield boots(files, '48h-and-08h-fail', Bios((Rule(0x13, 0x48, FAIL, 0x01), Rule(0x13, 0x08, FAIL, 0x07))))
	yield boots(files, '48h-carry', Bios((Rule(0x13, 0x48, DONE_BUT_FAIL, 0x00),)))
	for size in (0, 520):
		yield boots(files, f'48h-size-{size}', Bios((Rule(0x13, 0x48, POKE_16, size, where=0x18),)))
	yield boots(files, '48h-blocks-2048', Bios((Rule(0x13, 0x48, POKE_64, 2048, where=0x10),)),
		until=('serial', r'partition 1 does not lie on the disk, which has 2048 blocks'))
	for name, rule in (('hangs', Rule(0x13, 0x08, HANG)), ('fails', Rule(0x13, 0x08, FAIL, 0x07)), ('carry', Rule(0x13, 0x08, DONE_BUT_FAIL, 0))):
		yield boots(files, f'08h-{name}', Bios((rule,)))
	yield boots(files, '08h-carry-chs', Bios((NO_EXTENSIONS, Rule(0x13, 0x08, DONE_BUT_FAIL, 0))), device='ide')
	yield boots(files, '08h-fails-chs', Bios((NO_EXTENSIONS, Rule(0x13, 0x08, FAIL, 0x07))), device='ide', **letters('RR'))
	yield boots(files, '02h-fails-chs', Bios((NO_EXTENSIONS, Rule(0x13, 0x02, FAIL, 0x20))), device='ide', **letters('RR'))
	for resets in (1, 2, 3):
		yield boots_mb2(files, f'02h-resets-{resets}-chs', Bios((NO_EXTENSIONS, Rule(0x13, 0x02, FAIL, 0x00, resets_below(resets)))), device='ide')
	yield boots(files, '00h-fails', Bios((Rule(0x13, 0x00, FAIL, 0x05), Rule(0x13, 0x42, FAIL, 0x10, each(9)))))
	for number in (512, 2048, 4096, 6000, 8000, 12000, 16000, 24000):
		yield boots_mb2(files, f'stack-{number}', Bios((Rule(0x13, effects=STACK),), stack_bytes=number), memory='3500')


def states(files):
	"""Registers that a call loses, and what else it leaves behind."""
	for name, effects in LOSSES.items():
		results = 0 if name in ('others', 'all') else effects
		yield boots(files, f'13h-loses-{name}', Bios((Rule(0x13, 0x42, effects=effects), Rule(0x13, 0x00, effects=effects), Rule(0x13, effects=results))))
		yield boots(files, f'13h-loses-{name}-chs', Bios((NO_EXTENSIONS, Rule(0x13, 0x02, effects=effects))), device='ide')
		yield boots(files, f'15h-loses-{name}', Bios((Rule(0x15, effects=effects & ~LOSE_OTHERS & ~LOSE_HIGH),), a20_off=True))
		yield boots(files, f'a20-loses-{name}', Bios((Rule(0x15, 0x2401, effects=effects),), a20_off=True))
		yield boots(files, f'10h-loses-{name}', Bios((Rule(0x10, effects=effects), Rule(0x13, 0x42, CORRUPT, when=first(1)))))
		yield boots(files, f'12h-loses-{name}', Bios((Rule(0x12, effects=effects),)))
		yield boots(files, f'16h-loses-{name}', Bios((Rule(0x16, effects=effects),)), menu())
	for name, effects in EFFECTS.items():
		for interrupt in (0x10, 0x12, 0x13, 0x15):
			yield boots(files, f'{interrupt:x}h-leaves-{name}', after(interrupt, effects))
		yield boots(files, f'13h-leaves-{name}-ide', after(0x13, effects), device='ide')
		yield boots_mb2(files, f'13h-leaves-{name}-mb2', after(0x13, effects))
		yield boots(files, f'16h-leaves-{name}', after(0x16, effects), menu())
	for name, rules in (('good', ()), ('absent', (Rule(0x15, 0x2401, FAIL, 0x86),)), ('lies', (Rule(0x15, 0x2401, PRETEND),)),
			('off', (Rule(0x15, 0x2401, PRETEND, effects=A20_OFF),))):
		yield boots_mb2(files, f'a20-entry-{name}-mb2', Bios(rules, a20_off=True))
		yield boots(files, f'a20-entry-{name}-ide', Bios(rules, a20_off=True), device='ide')
	for function in (0x5300, 0x5303, 0x5304):
		yield boots(files, f'apm-{function:x}', Bios((Rule(0x15, function, HANG),)))


def low_memory(files):
	for kib in (639, 600, 576, 545, 513, 512, 511, 508, 496, 480, 448, 416, 400, 384, 380, 379, 360, 352, 336, 328, 324, 320):
		yield boots(files, f'ebda-at-{kib}', Bios(low_kib=kib))
	for kib in (288, 280, 264, 256):
		yield boots(files, f'ebda-at-{kib}', Bios(low_kib=kib), until=('debugcon', f'{TOO_LITTLE}|^MM'))
	for kib in (192, 100):
		yield boots(files, f'ebda-at-{kib}', Bios(low_kib=kib), until=('debugcon', '^MM'))
	for answer in (0, 640, 0xFFFF):
		yield boots(files, f'12h-{answer:x}', Bios((Rule(0x12, None, PRETEND, answer),)))


def maps(files):
	usual = memory()
	lists = {
		'usual': usual, 'reversed': usual[::-1], 'thrice': [one for one in usual for _ in range(3)],
		'empty-ranges': [one for given in usual for one in (given, (given[0], 0, RESERVED))],
		'round-to-1': [*usual[:-1], (*usual[-1], 1)], 'round-to-last': [*usual[:-1], (*usual[-1], len(usual) - 1)],
		'overlap': [*usual, (128 * MIB, 16 * MIB, RESERVED), (100 * MIB, MIB, NVS)],
		'no-low': memory((0, 0, RESERVED)), 'low-256k': memory((0, 256 * KIB, RAM), (256 * KIB, 384 * KIB, RESERVED)),
		'page-0': memory((0, 4 * KIB, RESERVED), (4 * KIB, 619 * KIB, RAM)), 'nvs': memory(LOW, (0x57000, 4 * KIB, NVS)),
		'vga': memory((0, MIB, RAM)), 'wraps': [*usual, ((1 << 64) - MIB, 2 * MIB, RAM)], 'beyond': [*usual, (1 << 52, 1 << 40, RAM)],
		'types': [*usual, *((512 * MIB + at * MIB, MIB, kind) for at, kind in enumerate((0, 7, 12, 0xFFFFFFFF)))],
	}
	for name, ranges in lists.items():
		yield boots(files, f'e820-{name}', Bios(ranges=tuple(ranges)))
	for name in ('usual', 'thrice', 'round-to-1', 'page-0', 'beyond'):
		yield boots_mb2(files, f'e820-{name}-mb2', Bios(ranges=tuple(lists[name])))
	for status in (0x00, 0x86):
		yield boots_mb2(files, f'e820-missing-{status:02x}', Bios((Rule(0x15, 0xE820, FAIL, status),)))
	yield boots(files, 'e820-e801-missing', Bios((Rule(0x15, 0xE820, FAIL, 0x86), Rule(0x15, 0xE801, FAIL, 0x86))))


def cases(files):
	return [*reads(files), *parameters(files), *states(files), *low_memory(files), *maps(files)]
