# SPDX-License-Identifier: MIT
"""Compares what `mkboot plan` says of an image with what the kernel saw that was started from it."""

import json
import re
import subprocess

MEMORY_MIB = '512'
SEGMENTS = ('cs', 'ds', 'es', 'fs', 'gs', 'ss')
REGISTERS = ('ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'sp')


def plan_of(mkboot, image, firmware):
	done = subprocess.run([mkboot, 'plan', '--json', '--firmware', firmware, '--memory', MEMORY_MIB + 'M', image], check=True, stdout=subprocess.PIPE)
	return next(entry for entry in json.loads(done.stdout)['entries'] if entry['default'])


def places(plan, kind, bytes_of='bytes'):
	return [(place['start'], place['start'] + place[bytes_of]) for place in plan['places'] if place['kind'] == kind]


def seen_by_verdict(text):
	"""What a verdict kernel reported, in the words of a plan."""
	values = dict(line.split('=', 1) for line in text.splitlines() if '=' in line)
	number = lambda name: int(values[name], 0)
	letter = 'r' if 'entry.rip' in values else 'e'
	long_mode = 'firmware' if values['verdict.protocol'] == 'multiboot2' else 'long' # only UEFI enters one of Multiboot2 so
	is_real = values['verdict.protocol'] in ('linux-16', 'chain')
	mode = long_mode if letter == 'r' else 'real' if is_real else 'protected'
	seen = {'mode': mode, 'entry': number(f'entry.{letter}ip')}
	seen |= {name: number(f'entry.{letter}{name}') for name in REGISTERS}
	if is_real:
		return seen | {name: number(f'entry.{name}') for name in SEGMENTS} | seen_in_real_mode(values, number)
	seen['kernel'] = (number('image.start'), number('image.end'))
	seen['screen'] = screen_of_verdict(values)
	if values['verdict.protocol'] == 'linux':
		seen['information'] = number('boot_params')
		seen['modules'] = [(number('initrd.start'), number('initrd.start') + number('initrd.bytes'))]
	else:
		seen['information'] = number('information.start')
		seen['modules'] = [(number(f'module.{i}.start'), number(f'module.{i}.end')) for i in range(number('module.count'))]
	return seen


def seen_in_real_mode(values, number):
	"""The rest of it."""
	if values['verdict.protocol'] == 'chain':
		return {'kernel': (number('entry.eip'), number('entry.eip') + 512), 'information': number('partition.at'), 'modules': []}
	initrd = number('initrd.start')
	return {'kernel': (number('setup.base'), number('setup.base') + number('image.end')), 'information': number('cmdline.start'),
		'modules': [(initrd, initrd + number('initrd.bytes'))]}


def screen_of_verdict(values):
	"""The screen that a verdict kernel was told of, as far as it reports it by these keys."""
	number = lambda name: int(values['screen.' + name], 0)
	if 'screen.start' in values:
		return {'kind': 'linear', 'address': number('start'), **{name: number(name) for name in ('pitch', 'width', 'height', 'depth')}}
	if 'screen.columns' in values:
		return {'kind': 'text', 'width': number('columns'), 'height': number('lines')}
	return {}


def seen_by_example(text):
	"""What the example kernel printed; it does not print all registers: it checks that they are zero."""
	find = lambda pattern: [int(group, 0) for group in re.search(pattern, text).groups()]
	modules = [(int(start, 16), int(start, 16) + int(count))
		for start, count in re.findall(r'^example: module \d+ at (0x[0-9a-f]+), (\d+) bytes', text, re.MULTILINE)]
	information, = find(r'hand-off at (0x[0-9a-f]+)')
	kernel, root = find(r'kernel at physical (0x[0-9a-f]+), virtual 0x[0-9a-f]+; page tables at (0x[0-9a-f]+)')
	stack, = find(r'RSP (0x[0-9a-f]+)')
	return {'mode': 'long', 'di': information, 'sp': stack, 'page_table_root': root, 'information': information,
		'kernel': (kernel, kernel + 1), 'modules': modules}


def within(inner, outers):
	"""Whether consecutive places cover it. A page's rest between two segments belongs to nobody."""
	return min(start for start, _ in outers) <= inner[0] and inner[1] <= max(end for _, end in outers)


def differences(plan, seen):
	planned = {**plan['registers'], **plan.get('segments', {}), **{name: plan[name] for name in ('mode', 'entry', 'page_table_root') if name in plan}}
	found = [f'{name}: plan {planned[name]}, machine {value}' for name, value in seen.items() if name in planned and planned[name] != value]
	if not within(seen['kernel'], places(plan, 'kernel')):
		found.append(f'kernel: plan {places(plan, "kernel")}, machine {seen["kernel"]}')
	if seen['information'] not in [start for start, _ in places(plan, 'information')]:
		found.append(f'information: plan {places(plan, "information")}, machine {seen["information"]}')
	found += [f'screen {name}: plan {plan["video"][name]}, machine {value}' for name, value in seen.get('screen', {}).items()
		if plan['video'][name] != value]
	modules = places(plan, 'module', 'file_bytes') # a place ends with a page, a module with its file
	if modules != seen['modules']:
		found.append(f'modules: plan {modules}, machine {seen["modules"]}')
	return [f'plan and machine differ: {line}' for line in found]


def compare(mkboot, machine, image, firmware='bios'):
	text = machine.text('debugcon')
	seen = seen_by_example(text) if 'example: hand-off at' in text else seen_by_verdict(text)
	return differences(plan_of(mkboot, image, firmware), seen)
