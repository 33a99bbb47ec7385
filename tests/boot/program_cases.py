# SPDX-License-Identifier: MIT
"""
Programs of others, on what the loader has started: KVM in a Linux guest, and boot managers and a greeting under UEFI.
"""

import json
import re
import subprocess

from cases import EXAMPLE, LONG, USER_SPACE, VERDICT, Case, crc32_of, debugcon
from disk_image import Image

# QEMU emulates SVM, and nested page tables with it.
SVM_PROCESSOR = ('-cpu', 'EPYC,+svm')


def kvm_guest():
	"""Linux of the image runs a guest of its own. Its modules and the program come in an initrd of their own, which the kernel joins."""
	image = Image(('--linux', '{vmlinuz}', '--initrd', '{initrd}', '--initrd', '{kvm-initrd}', '--options', 'console=ttyS0 mkboot.test'))
	seen = (USER_SPACE, ('serial', r'^kvm-guest: 6 \* 7 = 42$'), ('serial', r'^MKBOOT-KVM-OK$'))
	for firmware, prefix in (('bios', ''), ('uefi', 'uefi-')):
		yield Case(f'{prefix}kvm-guest', image, (*seen, ('serial', rf'^mkboot-init: firmware {firmware}$')), status=0, memory='512',
			timeout=LONG, firmware=firmware, extra=SVM_PROCESSOR)


# --- UEFI ------------------------------------------------------------------------------------------------------------------------------

def hello_world():
	"""A program of another tool chain that greets, waits for a key and comes back."""
	tree = (('loader/entries/1-hello.conf', 'sort-key 1\nefi /HelloWorld.efi\n'), ('HelloWorld.efi', '@{hello-world}'),
		('loader/entries/2-last.conf', 'sort-key 2\nelf /kernel\noptions qemu-exit\n'), ('kernel', '@{example-kernel}'))
	greeting = ('serial', r'HelloWorld.*This file is used to prove')
	seen = (greeting, EXAMPLE, *debugcon(r'^mkboot: error: .*/HelloWorld\.efi was started and came back: success'))
	yield Case('uefi-hello-world', Image((), tree), seen, firmware='uefi', keys=((*greeting, 'ret'),))


# Names, sort keys, versions and boot counters of all kinds, behind the entry that is started: counting would write to the disk. No name is
# the beginning of another one: UAPI.1 compares them without ".conf", the other boot manager with it.
MENU = (('fed-6.10+02-00', 'm', '6.10'), ('fed-6.9+3', 'm', '6.9'), ('fed-6.10rc', 'm', '6.10~rc1'), ('zeta+0-3', '1', '9'), ('other+1', 'n', '1'),
	('zz-old', '', ''), ('arch-6.9', '', ''), ('arch-6.10+5-1', '', ''), ('gone+0', '', ''), ('c++', '', ''))


def same_menu(mkboot):
	"""The other boot manager has the same order. It leaves out itself, keeps counters in names, and adds entries of its own at the end."""
	def compare(machine, image):
		seen = re.search(r'^menu=(.*)$', machine.text('debugcon'), re.MULTILINE)
		done = subprocess.run([mkboot, 'inspect', '--json', image], check=True, stdout=subprocess.PIPE)
		ours = [entry['id'] for entry in json.loads(done.stdout)['entries'] if entry['id'] != '1-systemd']
		theirs = [re.sub(r'(\+\d+(-\d+)?)?\.conf$', '', name) for name in seen[1].split() if not name.startswith('auto-')] if seen else None
		return [] if ours == theirs and len(ours) == len(MENU) + 1 else [f'the order of the menu is {ours}, and systemd-boot has {theirs}']
	return compare


def systemd_boot(paths):
	"""
	A boot manager that reads the same entries as the loader. It leaves out the one that is itself, which it knows by its own path, and
	hands the initrd over by LoadFile2, which the loader must have left free.
	"""
	menu = tuple((f'loader/entries/{name}.conf', f'title {name}\nefi /verdict.efi\n' + (f'sort-key {key}\nversion {version}\n' if key else ''))
		for name, key, version in MENU)
	tree = (('loader/loader.conf', 'timeout 1\n'), ('payload', '@{payload}'),
		('loader/entries/1-systemd.conf', 'title systemd-boot\nsort-key 1\nefi /EFI/systemd/systemd-bootx64.efi\n'),
		('loader/entries/2-verdict.conf', 'title The verdict program\nsort-key 2\nlinux /verdict.efi\ninitrd /payload\noptions one two=2\n'),
		('EFI/systemd/systemd-bootx64.efi', '@{systemd-boot}'), ('verdict.efi', '@{efi-verdict.efi}'), *menu)
	seen = (('serial', r'The verdict program .*Boot in 1 s\.'), VERDICT, *debugcon(r'^mkboot: starting systemd-boot',
		r'^options=initrd=\\payload one two=2$', rf'^initrd\.crc32={crc32_of(paths["payload"])}$'))
	yield Case('uefi-systemd-boot', Image((), tree), seen, firmware='uefi', check=same_menu(paths['mkboot']))


def refind():
	"""A boot manager with a configuration of its own beside it. Unless it may use the firmware's variables it writes to the disk."""
	configuration = ('timeout -1\ntextonly\nscanfor manual\nuse_nvram true\n'
		'menuentry "The verdict program" {\n\tloader \\verdict.efi\n\toptions "one two=2"\n}\n')
	tree = (('loader/entries/refind.conf', 'efi /EFI/refind/refind_x64.efi\n'), ('EFI/refind/refind_x64.efi', '@{refind}'),
		('EFI/refind/refind.conf', configuration), ('verdict.efi', '@{efi-verdict.efi}'))
	seen = (('serial', r'Using load options .one two=2'), VERDICT, *debugcon(r'^mkboot: starting refind', r'^options=one two=2$'))
	yield Case('uefi-refind', Image((), tree), seen, firmware='uefi')


def cases(paths):
	return [*kvm_guest(), *hello_world(), *systemd_boot(paths), *refind()]
