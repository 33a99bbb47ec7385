# SPDX-License-Identifier: MIT
"""What mkboot does for UEFI: BOOTX64.EFI on the boot volume, entries that only UEFI has, plans, disks with large sectors."""

import json
import os
import struct

from support import (GPT_VOLUME, MBR_VOLUME, boots, check, create, equal, file_on, inspect, mkboot, read, tool, tree,
		     write)
import support

LOADER = 'EFI/BOOT/BOOTX64.EFI'


def kernel():
	return support.KERNEL


def loader():
	"""BOOTX64.EFI as mkboot brings it, as a file."""
	create('--elf', kernel(), 'of-the-loader.img')
	write('BOOTX64.EFI', file_on('of-the-loader.img', GPT_VOLUME, '/' + LOADER))
	os.unlink('of-the-loader.img')
	return 'BOOTX64.EFI'


def plan(*words):
	return json.loads(mkboot('plan', '--json', '--firmware', 'uefi', *words).expect(0).out)


def signed(name):
	"""The program with a signature of a key that nobody trusts."""
	tool('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test', '-keyout', 'key', '-out', 'cert')
	tool('sbsign', '--key', 'key', '--cert', 'cert', '--output', 'signed.efi', name)
	return 'signed.efi'


def test_uefi_installed():
	for table, offset in ('gpt', GPT_VOLUME), ('mbr', MBR_VOLUME):
		create('--table', table, '--elf', kernel(), 'x.img')
		check(file_on('x.img', offset, '/' + LOADER)[:2] == b'MZ', f'{table}: no program')
		seen = inspect('x.img')
		check(boots(seen), f'{table} would not boot')
		equal(seen['uefi']['state'], 'ok', 'state')
	tree({'a': 'elf /kernel\n'})
	create('--root', 'root', 'x.img')
	equal(inspect('x.img')['uefi']['state'], 'ok', 'state')


def test_uefi_inspect():
	create('--elf', kernel(), 'x.img')
	seen = inspect('x.img')['uefi']
	equal((seen['signed'], seen['nx_compat'], seen['partition']), (False, True, 2), 'facts')
	check(seen['sbat'].startswith('sbat,1,') and '\nmkboot,1,' in seen['sbat'], seen['sbat'])
	equal('mkboot ' + seen['version'], mkboot('version').out.strip(), 'version')
	access = {section['name']: section['access'] for section in seen['sections']}
	equal((access['.text'], access['.rodata'], access['.data'], access['.sbat']), ('r-x', 'r--', 'rw-', 'r--'), 'sections')
	check(not any('w' in rights and 'x' in rights for rights in access.values()), f'writable and executable: {access}')
	text = mkboot('inspect', 'x.img').out
	for words in 'UEFI loader ok, version', 'not signed, NX_COMPAT', '.text    r-x', 'boots       BIOS: by mkboot, UEFI: by mkboot':
		check(words in text, f'no {words!r} in {text}')


def test_uefi_signed():
	program = loader()
	create('--elf', kernel(), '--efi-loader', signed(program), 'x.img')
	equal(file_on('x.img', GPT_VOLUME, '/' + LOADER), read('signed.efi'), 'the signed loader')
	seen = inspect('x.img')
	equal((seen['uefi']['state'], seen['uefi']['signed'], boots(seen)), ('ok', True, True), 'signed')
	check('not signed' not in mkboot('inspect', 'x.img').out, 'the text does not say that it is signed')


def test_uefi_states():
	program = loader()
	data = read(program)
	header = struct.unpack_from('<I', data, 0x3C)[0]
	version = data.index(b'mkboot,1,mkboot,mkboot,')
	cases = (
		('other version', data[:version + 23] + b'9' + data[version + 24:], True), # another version in .sbat
		("not mkboot's", data.replace(b'\nmkboot,1,', b'\nother1,1,'), False),
		('damaged or changed', data + b'more', False), ('damaged or changed', data[:-1] + bytes([data[-1] ^ 1]), False),
	)
	for state, changed, good in cases:
		write('changed.efi', changed)
		create('--elf', kernel(), '--efi-loader', 'changed.efi', 'x.img')
		seen = inspect('x.img')
		equal((seen['uefi']['state'], boots(seen, 'bios'), boots(seen, 'uefi')), (state, True, good), 'state')
	for name, changed in (
		('cut', data[:1000]), ('empty', b''), ('no-pe', b'x' * 5000), ('x86', data[:header + 4] + b'\x4c\x01' + data[header + 6:]),
		('driver', data[:header + 24 + 68] + b'\x0b\0' + data[header + 24 + 70:])):
		write(name, changed)
		mkboot('create', '--elf', kernel(), '--efi-loader', name, 'y.img').expect(7, 'no loader for UEFI')
	check(not os.path.exists('y.img'), 'an image was left')
	tool('mcopy', '-o', '-i', f'x.img@@{GPT_VOLUME}', 'cut', '::/' + LOADER)
	seen = inspect('x.img', 3)
	equal((seen['uefi']['state'], boots(seen, 'bios'), boots(seen, 'uefi')), ('damaged', True, False), 'damaged')
	tool('mdel', '-i', f'x.img@@{GPT_VOLUME}', '::/' + LOADER)
	seen = inspect('x.img')
	equal((seen['uefi'], boots(seen, 'bios'), boots(seen, 'uefi')), ({'state': 'absent'}, True, False), 'absent')
	mkboot('inspect', '--firmware', 'uefi', 'x.img').expect(3, 'would not boot')


def test_uefi_tree_with_a_loader():
	program = loader()
	tree({'a': 'elf /kernel\n'}, **{LOADER: read(program)})
	mkboot('create', '--root', 'root', 'x.img').expect(2, 'two loaders for UEFI', f'--efi-loader root/{LOADER}')
	create('--root', 'root', '--efi-loader', f'root/{LOADER}', 'x.img')
	equal(inspect('x.img')['uefi']['state'], 'ok', 'state')
	mkboot('create', '--root', 'root', '--efi-loader', program, 'y.img').expect(7, 'two things of one name')
	os.unlink(f'root/{LOADER}')
	os.rename('root/EFI', 'root/efi')
	create('--root', 'root', 'x.img')
	equal(inspect('x.img')['uefi']['state'], 'ok', 'in a folder of small letters')
	write('root/efi/BOOT/bootx64.efi', 'x')
	mkboot('create', '--root', 'root', 'y.img').expect(2, 'two loaders for UEFI')
	mkboot('create', '--elf', kernel(), '--efi-loader', 'lost.efi', 'y.img').expect(7, 'lost.efi: No such file')


def test_uefi_entries():
	"""Programs for UEFI: an image for which a BIOS has nothing to boot is worth a warning."""
	program = loader()
	done = create('--efi', program, '--options', 'a b', 'x.img')
	check('warning: nothing to boot: /loader/entries: no entry is for a BIOS' in done.err, done.err)
	equal(done.err.count('warning'), 1, 'warnings')
	seen = inspect('x.img')
	equal((boots(seen, 'bios'), boots(seen, 'uefi'), seen['entries'][0]['kind']), (False, True, 'efi'), 'entry')
	entry = plan('x.img')['entries'][0]
	equal((entry['mode'], entry['protocol'], entry['image']['options']), ('image', 'efi', '/BOOTX64.EFI a b'), 'plan')
	mkboot('plan', 'x.img').expect(7, 'needs UEFI')
	mkboot('create', '--efi', kernel(), 'y.img').expect(7, 'cannot be started', 'not a PE image')
	mkboot('create', '--uki', program, 'y.img').expect(7, 'no section .linux')
	mkboot('create', '--efi', program, '--initrd', 'x', 'y.img').expect(2, '--efi takes neither')
	mkboot('create', '--uki', program, '--module', 'x', 'y.img').expect(2, '--uki takes neither')
	tool('objcopy', '--add-section', f'.linux={kernel()}', '--change-section-vma', '.linux=0x1000000', program, 'uki.efi')
	create('--uki', 'uki.efi', 'x.img')
	equal(plan('x.img')['entries'][0]['protocol'], 'uki', 'plan')


def test_uefi_one_firmware_fails():
	"""An entry that one of the firmwares where its kind exists cannot start is worth a warning; one that none can is an error."""
	program = loader()
	tree({'pe': 'linux /pe.efi\n'}, **{'pe.efi': read(program)})
	done = create('--root', 'root', 'x.img')
	check('warning: cannot be started by a BIOS: root/loader/entries/pe.conf' in done.err, done.err)
	seen = inspect('x.img')
	equal((boots(seen, 'bios'), boots(seen, 'uefi')), (False, True), 'boots')
	problem = next(problem for problem in seen['problems'] if problem['what'] == 'cannot be started by a BIOS')
	equal(problem['serious'], False, 'serious')
	tree({'pe': 'linux /pe.efi\n'}, **{'pe.efi': b'nothing' * 1000})
	done = mkboot('create', '--root', 'root', 'y.img').expect(7, 'error: cannot be started: root/loader/entries/pe.conf')
	equal(done.err.count('error: '), 1, 'errors')


def test_uefi_plan():
	create('--elf', kernel(), 'x.img')
	for memory in '128M', '512', '6G':
		machine = plan('--memory', memory, 'x.img')
		equal(machine['firmware'], 'uefi', 'firmware')
		ram = [(part['start'], part['end']) for part in machine['memory_map'] if part['name'] == 'ram']
		for place in machine['entries'][0]['places']:
			check(any(start <= place['start'] and place['start'] + place['bytes'] <= end for start, end in ram), f'{place} is not in RAM')
	check('nvs' in {part['name'] for part in machine['memory_map']}, 'the map is not OVMF\'s')
	mkboot('plan', '--firmware', 'uefi', '--memory', '64M', 'x.img').expect(2, 'at least 128M')
	mkboot('plan', '--firmware', 'coreboot', 'x.img').expect(2, 'bios or uefi')
	write('map', '0x100000-0x4000000 ram\n')
	entry = plan('--memory-map', 'map', 'x.img')['entries'][0]
	check(all(place['start'] + place['bytes'] <= 0x4000000 for place in entry['places']), 'places of another machine')


def test_uefi_large_sectors():
	for size in '8M', '64M', '300M':
		create('--sector-size', 4096, '--size', size, '--elf', kernel(), 'x.img')
		tool('dd', 'if=x.img', 'of=volume', 'bs=1M', 'skip=1', f'count={int(size[:-1]) - 2}', 'conv=sparse', 'status=none')
		tool('fsck.fat', '-n', 'volume')
		seen = inspect('x.img')
		equal((seen['sector_bytes'], seen['stage1'], boots(seen, 'bios'), boots(seen, 'uefi')), (4096, 'absent', False, True), size)
		equal([(part['first_lba'], part['use']) for part in seen['table']['partitions']], [(256, 'EFI system partition')], 'partitions')
	for words in ['--table', 'mbr'], ['--pmbr-active']:
		mkboot('create', '--sector-size', 4096, *words, '--elf', kernel(), 'y.img').expect(2, '--sector-size 4096')
	mkboot('create', '--sector-size', 1024, '--elf', kernel(), 'y.img').expect(2, '512 or 4096')
	mkboot('create', '--sector-size', 4096, '--size', '1M', '--elf', kernel(), 'y.img').expect(6, 'at least')


def test_uefi_run():
	create('--elf', kernel(), '--options', 'hello', 'x.img')
	before = read('x.img')
	done = mkboot('run', '--firmware', 'uefi', '--expect', '^example: firmware UEFI', '--timeout', 100, 'x.img').expect(0)
	check('command line "hello"' in done.out, done.out)
	equal(read('x.img'), before, 'the image')
