# SPDX-License-Identifier: MIT
"""
What a kernel sees differently under a BIOS and under UEFI, started from one image: these lists, and nothing else. What is on a list has to
differ, so that the lists stay short.
"""

import os
import re

from machine import PASSED, Machine

TIMEOUT = 60

# Tags of the Multiboot2 information: boot device and APM are a BIOS's; system table, ACPI 2.0 and EFI memory map come from UEFI.
TAGS_BIOS, TAGS_UEFI = {5, 10}, {12, 15, 17}

# Keys of a verdict kernel's report.
MULTIBOOT2 = (
	r'firmware', r'tsc',
	r'mmap\.(count|\d+\.(start|bytes|type))', r'meminfo\.(lower|upper)', # the firmware's memory, and what it keeps of it...
	r'entry\.gdt', r'module\.\d+\.start', r'elf\.names\.address', # ...so other addresses of our choice
	r'claim\.\d+\.(start|end)',
	r'information\.bytes', # other tags, of other lengths
	r'bootdev\.\w+', r'apm\.\w+', r'acpi2\.\w+', r'efi\.[\w.]+', r'acpi1\.\w+',
	r'framebuffer\.\w+', # 80x25 text, or a linear screen
	r'entry\.eflags', # bit 21, which only says that the processor has CPUID
)

# Lines of the example kernel, with X for numbers.
EXAMPLE = (
	r'firmware (BIOS|UEFI), boot drive X, boot partition \d', r'memory X to X (ACPI|NVS)',
	r'screen kind (1 at X: 80 x 25|2 at X: \d+ x \d+), .*', r'the screen is mapped, and writable: yes',
	r'EFI memory map at X: .*', r'the EFI memory map and the memory ranges agree: yes', r'the system table begins with "IBI SYST": yes',
	r'boot services have ended: yes', r'runtime services, by a physical address, begin with "RUNTSERV": yes',
	r'there is nothing of EFI on a BIOS: yes', r'all \d+ checks passed',
)


def report_of(text):
	"""{key: value} of a verdict kernel."""
	report = dict(re.findall(r'^([a-z][\w.-]*)=(.*)$', text, re.MULTILINE))
	tags = {int(value) for key, value in report.items() if re.fullmatch(r'tag\.\d+\.type', key)}
	for key in [key for key in report if re.fullmatch(r'module\.\d+\.end', key)]:
		report[key[:-len('end')] + 'bytes'] = int(report.pop(key), 0) - int(report[key[:-len('end')] + 'start'], 0)
	return {key: value for key, value in report.items() if not key.startswith('tag.')}, tags


def unknown_and_missing(different, allowed):
	found = [f'{item} differs' for item in sorted(different) if not any(re.fullmatch(pattern, item) for pattern in allowed)]
	return found + [f'no difference matches {pattern}: take it off the list' for pattern in allowed
		if not any(re.fullmatch(pattern, item) for item in different)]


def compare_multiboot2(bios, uefi):
	(bios, bios_tags), (uefi, uefi_tags) = report_of(bios), report_of(uefi)
	found = unknown_and_missing({key for key in bios.keys() | uefi.keys() if bios.get(key) != uefi.get(key)}, MULTIBOOT2)
	if bios_tags - uefi_tags != TAGS_BIOS or uefi_tags - bios_tags != TAGS_UEFI:
		found.append(f'tags: {sorted(bios_tags)} under a BIOS, {sorted(uefi_tags)} under UEFI')
	return found


def lines_of(text):
	lines = re.findall(r'^example: (.*)$', text, re.MULTILINE)
	return {re.sub(r'(?<!CRC-32 )0x[0-9a-f]+', 'X', line) for line in lines}


def compare_elf(bios, uefi):
	return unknown_and_missing(lines_of(bios) ^ lines_of(uefi), EXAMPLE)


COMPARISONS = {'multiboot2': compare_multiboot2, 'elf': compare_elf}


def compare(machine, image, protocol):
	"""`machine` has run under UEFI; runs the same image under a BIOS."""
	bios = Machine(os.path.join(machine.folder, 'bios'), image, memory=machine.memory)
	bios.run(TIMEOUT)
	if bios.status != PASSED:
		return [f'under a BIOS QEMU exited with {bios.status}; see {bios.folder}']
	return [f'BIOS and UEFI: {line}' for line in COMPARISONS[protocol](bios.text('debugcon'), machine.text('debugcon'))]
