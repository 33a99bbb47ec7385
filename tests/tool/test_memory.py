# SPDX-License-Identifier: MIT
"""Memory maps as firmware may have them: `mkboot plan --memory-map`."""

import json

from support import check, create, equal, mkboot, write
import support

MIB = 1 << 20


def plan(map_lines):
	write('map', '\n'.join(f'{start:#x}-{end:#x} {kind}' for start, end, kind in map_lines) + '\n')
	return json.loads(mkboot('plan', '--json', '--memory-map', 'map', 'x.img').expect(0).out), mkboot('plan', '--memory-map', 'map', 'x.img').expect(0).out


def test_long_memory_map():
	create('--elf', support.KERNEL, 'x.img')
	usual = [(0, 0x9F000, 'ram'), (MIB, 512 * MIB, 'ram')]
	# Pieces of 1 to 400 pages, each with something reserved of two kinds in front.
	tatters = [part for i in range(1, 401) for start, end in [(512 * MIB + i * 4 * MIB, 516 * MIB + i * 4 * MIB)]
		for part in ((start, start + i * 4096, 'ram'), (start + i * 4096, end - 4096, 'reserved'), (end - 4096, end, 'nvs'))]
	seen, text = plan(usual + tatters)
	left = [(part['start'], part['end']) for part in seen['memory_map'] if part['name'] == 'ram']
	check(len(seen['memory_map']) <= 256, f'{len(seen["memory_map"])} ranges')
	equal(left[:2], [(0, 0x9F000), (MIB, 512 * MIB)], 'the large pieces')
	pieces = [(start, end) for start, end, kind in tatters if kind == 'ram']
	check(len(left) > 100 and left[2:] == pieces[-(len(left) - 2):], f'not the largest pieces are left: {left[2:5]}')
	lost = sum(end - start for start, end in pieces[:-(len(left) - 2)])
	check("note        the firmware's memory map has 1202 ranges, and 256 can be used: neighbours that are no RAM have become one\n" in text, text)
	check(f'note        {lost} bytes of RAM, the smallest pieces of it, are left out\n' in text, text)
	text = plan(usual)[1]
	check('memory map has' not in text and 'left out' not in text, text)


def test_memory_types():
	create('--elf', support.KERNEL, 'x.img')
	kinds = ('ram', 'reserved', 'acpi', 'nvs', 'bad', 'persistent', 'unaccepted')
	seen, _ = plan([(0, 512 * MIB, 'ram')] + [((1024 + i) * MIB, (1025 + i) * MIB, kind) for i, kind in enumerate(kinds)])
	equal([part['name'] for part in seen['memory_map'][1:]], list(kinds), 'names')
	equal([part['type'] for part in seen['memory_map'][1:]], [1, 2, 3, 4, 5, 7, 8], 'numbers')
