# SPDX-License-Identifier: MIT
"""`mkboot plan`, `inspect`, `run`, `help` and the manual."""

import json
import os
import re
import subprocess

from support import SECTOR, boots, check, create, equal, inspect, mkboot, read, sparse, tool, tree, write
import support

COPY_A, COPY_B = 2048 * SECTOR, 3072 * SECTOR
MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/mkboot.1')


def kernel():
	return support.KERNEL


def plan(*words):
	return json.loads(mkboot('plan', '--json', *words).expect(0).out)


def test_plan():
	write('module', b'm' * 5000)
	create('--elf', kernel(), '--options', 'a b', '--module', 'module x y', 'x.img')
	text = mkboot('plan', 'x.img').expect(0).out
	entry = plan('x.img')['entries'][0]
	equal((entry['id'], entry['default'], entry['protocol'], entry['kernel'], entry['mode']),
	      ('example-kernel', True, 'elf', '/example-kernel', 'long'), 'plan')
	places = {place['what']: place for place in entry['places']}
	module = next(place for place in entry['places'] if place['kind'] == 'module')
	equal((module['file_bytes'], module['start'] % 4096), (5000, 0), 'module')
	check('/module' in module['what'] or module['file'] == '/module', f'the place does not name its file: {module}')
	equal(len(places), len(entry['places']), 'names of places')
	for place in entry['places']:
		check(f'0x{place["start"]:016x}' in text, f'the text does not show {place}')
	check(f'0x{entry["entry"]:016x}' in text, 'the text does not show the entry point')
	equal(entry['registers']['di'] % 8, 0, 'RDI')
	equal(mkboot('plan', 'x.img').expect(0).out, text, 'a second plan')


def test_plan_memory():
	create('--elf', kernel(), 'x.img')
	top = {}
	for memory in '16M', '512', '6G':
		machine = plan('--memory', memory, 'x.img')
		ram = [part for part in machine['memory_map'] if part['name'] == 'ram']
		top[memory] = ram[-1]['end']
		low = max(part['end'] for part in ram if part['end'] <= 1 << 32)
		for place in machine['entries'][0]['places']:
			check(place['start'] + place['bytes'] <= low, f'{place} lies outside the RAM of {memory}')
	equal((top['16M'], top['512'], top['6G']), ((16 << 20) - 0x23000, (512 << 20) - 0x23000, 7 << 30), 'ends of RAM')
	mkboot('plan', '--memory', '1M', 'x.img').expect(2, 'at least 2M')
	mkboot('plan', '--memory', '3M', 'x.img').expect(0)


def test_plan_of_a_position_independent_kernel():
	"""Nobody knows here what random numbers the machine will have, so the fixed addresses are shown, and said to be those."""
	for lines, note in ('', True), ('kaslr off\n', False):
		create('--root', tree({'a': f'elf /pie\n{lines}'}, pie=read(kernel() + '-pie')), 'x.img')
		text = mkboot('plan', 'x.img').expect(0).out
		entry = plan('x.img')['entries'][0]
		equal((entry['entry'], entry['places'][0]['start']), (0xffffffff80000000, 2 << 20), 'addresses')
		check(not any(place['staged'] for place in entry['places']), 'free memory was chosen')
		check(('note        the kernel gets its fixed addresses, not random ones (KASLR)' in text) == note, f'{lines!r}: {text}')
		os.unlink('x.img')


def test_plan_too_little_memory():
	create('--elf', kernel(), '--module', sparse('large', 40 << 20), 'x.img')
	mkboot('plan', '--memory', '32M', 'x.img').expect(7, 'large')
	mkboot('plan', '--memory', '64M', 'x.img').expect(0)


def test_plan_memory_map():
	create('--elf', kernel(), 'x.img')
	write('map', '# a machine\n0-0x9fc00 ram\n0x9fc00-0xa0000 reserved\n\n0x100000-0x4000000 1 # all\n0x4000000 - 0x4010000 acpi\n')
	machine = plan('--memory-map', 'map', 'x.img')
	equal([(part['start'], part['end'], part['name']) for part in machine['memory_map']],
	      [(0, 0x9fc00, 'ram'), (0x9fc00, 0xa0000, 'reserved'), (0x100000, 0x4000000, 'ram'), (0x4000000, 0x4010000, 'acpi')],
	      'memory map')
	for line in '5-3 ram', '0-0x1000', 'x-y ram', '0-0x1000 good', '0-0x1000 0', '0-99999999999999999999999 ram', '-1-5 ram':
		write('map', f'0-0x100000 ram\n{line}\n')
		mkboot('plan', '--memory-map', 'map', 'x.img').expect(7, 'map:2')
	write('map', '0x100000-0x4000000 ram\n')
	mkboot('plan', '--memory-map', 'map', 'x.img').expect(7, 'the loader has no room')
	write('map', '')
	mkboot('plan', '--memory-map', 'map', 'x.img').expect(7, 'map')
	mkboot('plan', '--memory-map', 'lost', 'x.img').expect(7, 'lost')


def test_plan_entries():
	tree({'first': 'sort-key a\nelf /kernel\n', 'second': 'sort-key b\nelf /kernel\noptions x\n'})
	write('root/loader/loader.conf', 'default second.conf\n')
	create('--root', 'root', 'x.img')
	equal([entry['id'] for entry in plan('x.img')['entries']], ['second'], 'default')
	equal([entry['id'] for entry in plan('--entry', 'first', 'x.img')['entries']], ['first'], '--entry')
	equal([(entry['id'], entry['default']) for entry in plan('--all', 'x.img')['entries']],
	      [('first', False), ('second', True)], '--all')
	mkboot('plan', '--entry', 'secnd', 'x.img').expect(2, 'no such entry', 'did you mean second')
	mkboot('plan', '--entry', 'first', '--all', 'x.img').expect(2)


def damage(image, offset, size=1):
	data = bytes(byte ^ 0x55 for byte in read(image, offset, size))
	write(image, data, offset)


def test_plan_of_a_damaged_kernel():
	"""The entry that cannot be started is named; the others still have their plans."""
	tree({'bad': 'sort-key a\nelf /bad\n', 'good': 'sort-key b\nelf /kernel\n'})
	write('root/bad', read(kernel()))
	create('--root', 'root', 'x.img')
	content = read('x.img')
	first = content.index(read(kernel(), 0, 4096))
	damage('x.img', first, 16)
	done = mkboot('plan', '--all', '--json', 'x.img').expect(7, '/loader/entries/bad.conf', '/bad')
	entries = json.loads(done.out)['entries']
	check('error' in entries[0] and 'places' in entries[1], done.out)
	seen = inspect('x.img')
	check(boots(seen) and seen['problems'][0]['serious'], 'inspect does not see it')


def test_not_an_image():
	mkboot('plan', 'lost.img').expect(7, 'lost.img')
	mkboot('plan', write('tiny', b'x')).expect(7, 'tiny')
	mkboot('plan', sparse('zero', 1 << 20)).expect(7, 'zero')
	mkboot('plan', '.').expect(7, 'neither a file nor a disk')
	mkboot('plan').expect(2, 'no image')
	mkboot('inspect', 'lost.img').expect(7, 'lost.img')
	equal(inspect('zero', 3)['stage1'], 'absent', 'stage 1')


def test_inspect_copies():
	"""One damaged copy is a notice; two are the end. Each sector counts."""
	create('--elf', kernel(), 'x.img')
	length = inspect('x.img')['stage2'][0]['bytes']
	for offset in 0, 100, 511, 512, length // 2, length - 1:
		damage('x.img', COPY_A + offset)
		seen = inspect('x.img')
		states = [copy['state'] for copy in seen['stage2']]
		check(states[0] in ('damaged', 'absent') and states[1] == 'ok', f'{offset}: {states}')
		check(boots(seen) and seen['problems'], f'{offset}: {seen}')
		damage('x.img', COPY_B + offset)
		seen = inspect('x.img', 3)
		equal((boots(seen, 'bios'), boots(seen, 'uefi')), (False, True), f'{offset} in both')
		damage('x.img', COPY_A + offset)
		damage('x.img', COPY_B + offset)
	check(boots(inspect('x.img')), 'as it was')


def test_inspect_boot_sector():
	create('--elf', kernel(), 'x.img')
	damage('x.img', 0x10, 4)
	equal(inspect('x.img')['stage1'], 'ok', 'with a changed BPB')
	damage('x.img', 0x60)
	equal(inspect('x.img')['stage1'], 'other version', 'with changed code')
	write('x.img', bytes(440), 0)
	seen = inspect('x.img')
	equal((seen['stage1'], boots(seen, 'bios'), boots(seen, 'uefi')), ('absent', False, True), 'without code')
	mkboot('inspect', '--firmware', 'bios', 'x.img').expect(3, 'would not boot')
	mkboot('inspect', '--firmware', 'uefi', 'x.img').expect(0)


def test_inspect_tables():
	create('--elf', kernel(), 'x.img')
	damage('x.img', SECTOR + 60)
	seen = inspect('x.img')
	check(seen['table']['from_backup'] and boots(seen) and seen['problems'], 'damaged primary GPT')
	damage('x.img', os.path.getsize('x.img') - SECTOR + 60)
	seen = inspect('x.img', 3)
	check(not boots(seen, 'bios') and not boots(seen, 'uefi') and seen['volumes'] == [], 'both GPTs damaged')


def test_inspect_volume():
	create('--elf', kernel(), 'x.img')
	write('x.img', bytes(SECTOR), support.GPT_VOLUME)
	done = mkboot('inspect', 'x.img').expect(3, 'would not boot')
	check('boots       BIOS: no, UEFI: no' in done.out and 'stage 2 A   ok' in done.out, done.out)


def test_output_is_data_only():
	create('--elf', kernel(), 'x.img')
	with open('/dev/full', 'w', encoding='ascii') as full:
		for words in (['plan'], ['plan', '--json'], ['inspect'], ['inspect', '--json']):
			done = subprocess.run([support.MKBOOT, *words, 'x.img'], stdout=full, stderr=subprocess.PIPE, text=True,
					      check=False)
			check(done.returncode in (5, 6) and 'standard output' in done.stderr, f'{words}: {done}')


def test_run():
	create('--elf', kernel(), '--options', 'hello', 'x.img')
	before = read('x.img')
	done = mkboot('run', '--expect', '^example: command line "hello"$', '--timeout', 60, 'x.img').expect(0)
	check('command line "hello"' in done.out, done.out)
	equal(read('x.img'), before, 'the image')
	mkboot('run', '--expect', 'never', '--timeout', 3, 'x.img').expect(1, 'timeout of 3 s')
	mkboot('run', '--expect', '(', 'x.img').expect(2, 'regular expression')
	mkboot('run', '--expect', 'x', 'lost.img').expect(7, 'lost.img')
	mkboot('run', '--firmware', 'coreboot', 'x.img').expect(2, 'firmware')


def test_help():
	overview = mkboot('help').expect(0).out
	check(mkboot('--help').expect(0).out == overview, '--help')
	commands = re.findall(r'^  (\w+) ', overview, re.MULTILINE)
	for command in ('create', 'plan', 'inspect', 'run'):
		check(command in commands, f'{command} is not in the overview')
		text = mkboot('help', command).expect(0).out
		equal(mkboot(command, '--help').expect(0).out, text, f'{command} --help')
	check(mkboot('version').expect(0).out.startswith('mkboot '), 'version')
	equal(mkboot('--version').out, mkboot('version').out, '--version')
	check('usage' in mkboot().err, 'no command')


def test_manual():
	"""mkboot(1) is well-formed and has every command and option."""
	equal(tool('mandoc', '-Tlint', '-Wwarning', MANUAL), '', 'mandoc')
	manual = tool('mandoc', '-Tascii', MANUAL)
	manual = re.sub('.\b', '', manual)
	for command in 'create', 'plan', 'inspect', 'run':
		check(f'mkboot {command}' in manual, f'{command} is not in the manual')
		for option in re.findall(r'^  (--[\w-]+)', mkboot('help', command).out, re.MULTILINE):
			check(option in manual, f'{option} of {command} is not in the manual')
