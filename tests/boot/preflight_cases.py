# SPDX-License-Identifier: MIT
"""
The preflight on processors and machines that QEMU has: what it says, that it lets a kernel start or does not, and that a register which
faults is survived. TCG has SVM and no VMX, and both IOMMUs.
"""

from cases import EXAMPLE, SECOND_ENTRY, VERDICT, Case, consoles, replace_code
from disk_image import Image

# With all that TCG has of AMD-V, and without hardware virtualisation.
EPYC = ('-cpu', 'EPYC,+svm,+npt')
NEHALEM = ('-cpu', 'Nehalem')
AMD_IOMMU = ('-machine', 'q35', '-device', 'amd-iommu')
INTEL_IOMMU = ('-machine', 'q35', '-device', 'intel-iommu')
FIRMWARES = (('', 'bios'), ('uefi-', 'uefi'))

# msr_read() has an IDT of 32 gates, so this instruction of two bytes is a general protection fault, as RDMSR of a register that is not there.
# TCG itself answers zero for such a register.
FAULT = b'\xcd\x20' # INT 20h
MSR_TRY = b'\x89\xf9\x0f\x32\x48\xc1\xe2\x20' # mov %edi, %ecx; rdmsr; shl $32, %rdx
LOADER = '::/EFI/BOOT/BOOTX64.EFI'


def image(setting='warn', kernel='kernel', module='', damage=None):
	"""A verdict kernel with the setting, and an entry behind it."""
	line = f'preflight {setting}\n' if setting else ''
	return Image((), (('loader/entries/first.conf', f'title The first\nsort-key a\nmultiboot2 /{kernel}\n{line}{module}'),
		('loader/entries/second.conf', SECOND_ENTRY), (kernel, '@{verdict-mb2.elf}'), ('second/kernel', '@{example-kernel}'), ('payload', '@{payload}')),
		damage=damage)


def values(**expected):
	"""The line for machines, with these values in it."""
	ahead = ''.join(rf'(?=.* {key}={value}(?: |$))' for key, value in expected.items())
	return consoles(rf'^PREFLIGHT(?: [a-z0-9-]+=(?:ok|missing|off|bad|unknown|n/a))+$', rf'^PREFLIGHT{ahead}')


NOTHING = consoles(r'PREFLIGHT', r'mkboot: note')
NO_VIRTUALISATION = consoles(r'^mkboot: note: this is a virtual machine \(TCGTCGTCGTCG\) whose processor has no VT-x or AMD-V$',
	r'^mkboot: hint: switch nested virtualisation on for this virtual machine')
NO_IOMMU = consoles(r'^mkboot: note: the firmware describes no IOMMU')
REFUSED = consoles(r'^mkboot: error: cannot start first\.conf: kernel /kernel: problems found by the preflight: 2, the first: this is a virtual machine',
	r'^mkboot: starting The second')


def fault_in_stage2(paths):
	return replace_code(paths['stage2.elf'], 'msr_instruction', FAULT)


def fault_in_application(_):
	def damage(disk):
		application = disk.mtools('mtype', LOADER)
		assert application.count(MSR_TRY) == 1
		disk.mtools('mcopy', '-o', '-', LOADER, data=application.replace(MSR_TRY, MSR_TRY.replace(b'\x0f\x32', FAULT)))
	return damage


FAULTS = {'bios': fault_in_stage2, 'uefi': fault_in_application}


def cases(paths):
	found = []
	for prefix, firmware in FIRMWARES:
		def case(name, disk, expect, cpu=EPYC, machine=(), reject=(), prefix=prefix, firmware=firmware):
			found.append(Case(f'{prefix}preflight-{name}', disk, expect, reject, firmware=firmware, extra=(*cpu, *machine)))

		both = {'secure-boot': 'n/a' if firmware == 'bios' else 'off', 'nested': 'ok', 'vmx': 'n/a', 'nx': 'ok'}
		# Strict is content with everything only.
		case('everything', image('strict', module='module /payload\n'),
			(VERDICT, *values(svm='ok', npt='ok', iommu='ok', memory='ok', modules='ok', dom0='n/a', **both)), machine=AMD_IOMMU,
			reject=consoles('mkboot: note'))
		case('intel-iommu', image(), (VERDICT, *values(svm='ok', iommu='ok', **both)), machine=INTEL_IOMMU, reject=consoles('mkboot: note'))
		case('strict', image('strict'), (EXAMPLE, *values(vmx='missing', iommu='missing'), *NO_VIRTUALISATION, *NO_IOMMU, *REFUSED), cpu=NEHALEM)
		case('off', image('off', kernel='xen'), (VERDICT,), cpu=NEHALEM, reject=NOTHING)
		# A kernel that is called Xen, that is not where Xen has to be, and whose first module is no kernel.
		case('known-name', image('', kernel='xen', module='module /payload\n'), (VERDICT, *values(memory='bad', modules='ok', dom0='bad', svm='ok'),
			*consoles(r'^mkboot: note: Xen would lie at 0x100000, ', r'^mkboot: note: the first module of Xen, /payload, is no kernel$')))
		case('register-faults', image(damage=FAULTS[firmware](paths)), (VERDICT, *values(svm='unknown', npt='ok')))
		if firmware != 'bios':
			continue # the rest has nothing to do with the firmware
		case('other-kernel', image(''), (VERDICT,), cpu=NEHALEM, reject=NOTHING)
		case('no-iommu', image(), (VERDICT, *values(svm='ok', iommu='missing', modules='n/a', **both), *NO_IOMMU))
		case('no-svm', image(), (VERDICT, *values(svm='missing', npt='n/a', nested='missing'), *NO_VIRTUALISATION), cpu=('-cpu', 'EPYC,-svm'))
		case('no-npt', image(), (VERDICT, *values(svm='ok', npt='missing'), *consoles('^mkboot: note: this processor.s AMD-V has no nested page tables')),
			cpu=('-cpu', 'EPYC,+svm,-npt'))
		case('no-vmx', image(), (VERDICT, *values(vmx='missing', svm='n/a', ept='n/a', ug='n/a', nested='missing'), *NO_VIRTUALISATION), cpu=NEHALEM)
		case('no-nx', image(), (VERDICT, *values(nx='missing'), *consoles('^mkboot: note: this processor has no pages without execution')),
			cpu=('-cpu', 'EPYC,+svm,+npt,-nx'))
	# A fault of anything else in the time of a read goes to the handler that was there before.
	found.append(Case('preflight-other-fault', image(damage=replace_code(paths['stage2.elf'], 'msr_try', FAULT)),
		(('serial', r'^mkboot: error: exception 13 in the loader'),), until=('serial', r'^rip [0-9a-f]{16} rsp')))
	return found
