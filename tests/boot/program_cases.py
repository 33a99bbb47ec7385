# SPDX-License-Identifier: MIT
"""
Programs of others, on what the loader has started: KVM in a Linux guest, and boot managers and a greeting under UEFI.
"""

from cases import LONG, USER_SPACE, Case
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


def cases(_):
	return [*kvm_guest()]
