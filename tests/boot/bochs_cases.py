# SPDX-License-Identifier: MIT
"""
Second opinions: Bochs has a BIOS, chips and a processor that nobody wrote after QEMU's. It has VT-x, which TCG has not, so the preflight's
good words of it are proved here alone.
"""

from bochs import BIOSES
from cases import EXAMPLE, VERDICT, Case, consoles, handed_over, replace_boot_sector
from disk_image import Image
from real_cases import DISK_SEEN, chain, sector_seen

EXAMPLE_OPTIONS = ('--elf', '{example-kernel}', '--module', '{payload} first module', '--options', 'qemu-exit')
MULTIBOOT2_OPTIONS = ('--multiboot2', '{verdict-mb2.elf}', '--options', 'one two=2', '--module', '{payload} first module', '--module', '{payload.gz}',
	'--preflight', 'warn')
VIRTUALISATION = consoles(r'^PREFLIGHT vmx=ok svm=n/a ept=ok ug=ok npt=n/a nx=ok .* iommu=missing ', r'^mkboot: note: the firmware describes no IOMMU')


def second_disk(path):
	return (f'ata0-slave: type=disk, mode=volatile, path="{path}"',)


# The legacy BIOS has no ACPI. That is all that the kernel may miss.
NO_ACPI = 'the ACPI root pointer is missing'
ENDINGS = {'bochs': (VERDICT, ()), 'bochs-legacy': (('debugcon', rf'^verdict=fail {NO_ACPI}$'), (('debugcon', rf'^failed=(?!{NO_ACPI}$)'),))}


def cases(paths):
	seen = handed_over(paths)
	for firmware in BIOSES:
		ending, reject = ENDINGS[firmware]
		facts = tuple(line for line in seen['multiboot2'] if line != VERDICT)
		yield Case(f'{firmware}-example', Image(EXAMPLE_OPTIONS), seen['example'], until=EXAMPLE, firmware=firmware)
		yield Case(f'{firmware}-multiboot2', Image(MULTIBOOT2_OPTIONS), (*facts, *VIRTUALISATION), reject, until=ending, firmware=firmware)
		yield Case(f'{firmware}-chain', chain('disk 1'), sector_seen(0x81, *DISK_SEEN), until=VERDICT, firmware=firmware,
			extra=second_disk(paths['chain-mbr.img']))
	yield Case('writes-are-seen-bochs', Image(EXAMPLE_OPTIONS, damage=replace_boot_sector(paths['write-sector.bin'])), until=('debugcon', '^W$'),
		firmware='bochs', writes=True)
