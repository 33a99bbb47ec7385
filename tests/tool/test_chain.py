# SPDX-License-Identifier: MIT
"""Entries with `chain`, and other plans that enter real mode."""

import json
import struct

from support import boots, create, equal, inspect, mkboot, read, tool, tree, write


def plan(*words, code=0):
	return json.loads(mkboot('plan', '--json', *words).expect(code).out)['entries']


def test_chain_partition():
	create('--chain', 'partition 2', 'x.img').expect(0)
	entry, = plan('x.img')
	equal((entry['id'], entry['protocol'], entry['kernel'], entry['mode'], entry['entry']),
	      ('partition-2', 'chain', 'partition 2', 'real', 0x7C00), 'plan')
	equal((entry['segments'], entry['interrupts']), ({'cs': 0, 'ds': 0, 'es': 0xF000, 'fs': 0, 'gs': 0, 'ss': 0}, True), 'segments')
	equal((entry['registers']['dx'], entry['registers']['si'], entry['registers']['sp']), (0x80, 0x7BE, 0x7C00), 'registers')
	text = mkboot('plan', 'x.img').expect(0).out
	for line in 'mode        real', '  es = 0xf000', 'interrupts  on':
		equal(line in text.splitlines(), True, line)
	equal(boots(inspect('x.img'), 'bios'), True, 'inspect')


def test_chain_partition_that_is_not_there():
	"""It may be made later, on the disk that the image is written to."""
	create('--chain', 'partition 7', 'x.img').expect(0)
	seen = inspect('x.img', 3)
	equal(boots(seen, 'bios'), False, 'inspect')
	mkboot('plan', 'x.img').expect(7, 'has no partition 7', 'hint: partitions count from 1')


def test_chain_other_disk():
	"""What is on another disk, only the machine knows."""
	create('--chain', 'disk 1 partition 2', 'x.img').expect(0, 'warning: not checked: /loader/entries/disk-1-partition-2.conf: what is on disk 1')
	equal(boots(inspect('x.img'), 'bios'), True, 'inspect')
	mkboot('plan', 'x.img').expect(7, 'cannot be planned: /loader/entries/disk-1-partition-2.conf', 'not known here', 'hint: the loader looks')
	entries = plan('--all', 'x.img', code=7)
	equal('not known here' in entries[0]['error'], True, 'error of the entry')
	mkboot('plan', '--firmware', 'uefi', 'x.img').expect(7, '"chain" needs a BIOS', 'hint: UEFI starts programs')


def test_chain_without_boot_sector():
	create('--chain', 'partition 1', 'x.img').expect(0)
	mkboot('plan', 'x.img').expect(7, 'does not end with 55h AAh')


def test_chain_syntax():
	for target, why in (('hd0', 'does not name a disk'), ('disk 300', 'from 0 to 127'), ('partition 0', 'from 1 to')):
		mkboot('create', '--chain', target, 'x.img').expect(2, f'--chain "{target}"', why, "hint: say --chain 'disk N'")
		root = tree({'a': f'chain {target}\n'})
		mkboot('create', '--root', root, 'y.img').expect(7, f'.conf:1: chain "{target}": ', why)
	mkboot('create', '--chain', 'disk 1', '--options', 'quiet', 'x.img').expect(2, '--chain takes no --options')
	root = tree({'a': 'chain disk 1\noptions quiet\n'})
	mkboot('create', '--root', root, 'y.img').expect(7, 'takes no options')
	root = tree({'a': 'chain disk 1\nmodule /kernel\n'})
	mkboot('create', '--root', root, 'y.img').expect(7, 'neither initrd nor module')


def test_chain_logical_partition():
	"""Partition tables are read as the loader reads them: a logical partition counts from 5."""
	create('--chain', 'partition 5', '--table', 'mbr', '--size', '8M', 'x.img').expect(0)
	with open('x.img', 'r+b') as file:
		file.truncate(16 << 20)
	tool('sh', '-c', "printf 'start=16384, size=16000, type=5\\nstart=18432, size=8192, type=c\\n' | sfdisk -q --append x.img")
	write('x.img', b'\x55\xaa', 18432 * 512 + 510)
	entry, = plan('x.img')
	equal(entry['kernel'], 'partition 5', 'kernel')
	equal(read('x.img', 18432 * 512 + 510, 2), b'\x55\xaa', 'signature')


def test_real_mode_kernel():
	"""A zImage with boot protocol 2.00: where it lies, and what UEFI has to say."""
	image = bytearray(2 * 512 + 4096)
	image[0x1F1] = 1
	struct.pack_into('<I', image, 0x1F4, 4096 // 16)
	struct.pack_into('<H2B4sH', image, 0x1FE, 0xAA55, 0xEB, 0x22, b'HdrS', 0x200)
	write('zimage', bytes(image))
	create('--linux', 'zimage', '--options', 'root=/dev/fd0', 'x.img').expect(0, 'can only be started in real mode, and UEFI has none')
	entry, = plan('x.img')
	equal((entry['mode'], entry['entry'], entry['segments']['cs'], entry['segments']['ds'], entry['interrupts']),
	      ('real', 0x90200, 0x9020, 0x9000, False), 'plan')
	places = {place['what']: place['start'] for place in entry['places']}
	equal((places['kernel'], places['command line']), (0x10000, 0x99800), 'places')
