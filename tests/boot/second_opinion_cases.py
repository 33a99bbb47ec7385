# SPDX-License-Identifier: MIT
"""
A second opinion on the UEFI shell: U-Boot's UEFI, which shares no code with EDK2. It is at the kernel in two seconds. Debian's Linux does
not start on this firmware, by GRUB neither.
"""

from cases import Case
from uefi_cases import FINAL, chain, chain_seen, final_seen


def lines_come_once(machine, _):
	"""The firmware's console is the serial port, which no device path says."""
	lines = [line for line in machine.text('serial').split('\n') if line.startswith('mkboot')]
	return [] if lines and len(lines) == len(set(lines)) else [f'the loader says on the serial port {lines}']


def cases(paths):
	for final in FINAL:
		yield Case(f'u-boot-{final}', chain(final), (*chain_seen(paths), *final_seen(final, paths)), firmware='u-boot', check=lines_come_once)
