# SPDX-License-Identifier: MIT
"""Multiboot 1 kernels: an entry for a BIOS only is nothing to complain about."""

import json
import struct

from support import boots, check, create, equal, inspect, mkboot, tree, write

MAGIC, ADDRESSES, LOAD = 0x1BADB002, 1 << 16, 0x200000


def kernel(flags=3, start=b''):
	"""A file of 4 KiB whose header says that it belongs to 2 MiB."""
	flags |= ADDRESSES
	header = struct.pack('<8I', MAGIC, flags, -(MAGIC + flags) & 0xFFFFFFFF, LOAD + 64, LOAD, 0, 0, LOAD)
	return start.ljust(64, b'\x90') + header.ljust(4096 - 64, b'\x90')


def plan(*words):
	return json.loads(mkboot('plan', '--json', *words).expect(0).out)['entries'][0]


def test_multiboot_bios():
	write('kernel', kernel())
	done = create('--multiboot', 'kernel', '--module', 'kernel one', 'x.img')
	equal(done.err.splitlines(), ['mkboot: warning: nothing to boot: /loader/entries: no entry is for UEFI'], 'messages')
	seen = inspect('x.img')
	equal((boots(seen, 'bios'), boots(seen, 'uefi'), seen['entries'][0]['kind']), (True, False, 'multiboot'), 'boots')
	check(not any(problem['serious'] for problem in seen['problems']), seen['problems'])
	mkboot('inspect', '--firmware', 'bios', 'x.img').expect(0)
	mkboot('inspect', '--firmware', 'uefi', 'x.img').expect(3, 'would not boot')
	entry = plan('x.img')
	equal((entry['protocol'], entry['mode'], entry['entry'], entry['registers']['ax']), ('multiboot', 'protected', LOAD, 0x2BADB002), 'plan')
	places = {place['kind']: place for place in entry['places']}
	equal(places['kernel']['start'], LOAD, 'kernel')
	check(places['module']['start'] >= 1 << 20 and places['module']['start'] % 4096 == 0, places)
	equal(places['information']['start'], entry['registers']['bx'], 'boot information')
	mkboot('plan', '--firmware', 'uefi', 'x.img').expect(7, '/kernel is for machines with a BIOS', 'hint: use "multiboot2"', 'multiboot-uefi on')


def test_multiboot_uefi():
	write('kernel', kernel())
	equal(create('--multiboot', 'kernel', '--multiboot-uefi', 'on', 'x.img').err, '', 'messages')
	check(boots(inspect('x.img')), 'it would not boot')
	equal(plan('--firmware', 'uefi', 'x.img')['mode'], 'protected', 'plan')
	mkboot('create', '--elf', 'kernel', '--multiboot-uefi', 'on', 'y.img').expect(2, '--multiboot-uefi means nothing to --elf')


def test_multiboot_beside_others():
	"""UEFI has another entry to boot, so there is nothing to say."""
	tree({'a': 'sort-key a\nmultiboot /mb\n', 'b': 'sort-key b\nelf /kernel\n'}, mb=kernel())
	equal(create('--root', 'root', 'x.img').err, '', 'messages')
	seen = inspect('x.img')
	check(boots(seen) and seen['problems'] == [], seen['problems'])


def test_multiboot_bad():
	write('bit', kernel(flags=1 << 7))
	mkboot('create', '--multiboot', 'bit', 'x.img').expect(7, 'bit 7 of the flags 0x10080', 'hint: clear the bit')
	write('program', b'MZ'.ljust(64, b'\x90') + struct.pack('<3I', MAGIC, 0, -MAGIC & 0xFFFFFFFF).ljust(4096, b'\x90'))
	mkboot('create', '--multiboot', 'program', 'x.img').expect(7, 'it begins with "MZ"', 'it is a program for DOS or Windows')
	write('cut', kernel()[:80])
	mkboot('create', '--multiboot', 'cut', 'x.img').expect(7, 'the Multiboot 1 header at offset 0x40 does not fit')
	mkboot('create', '--multiboot2', 'bit', 'x.img').expect(7, 'no Multiboot2 header')
