# SPDX-License-Identifier: MIT
"""tests/conformance: that it notices a promise without a test, and a test that is not there."""

import os
import subprocess

from support import check, equal, write

CHECKER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'conformance')
HEAD = '# Some protocol\n\n| promise | where it is from | tests |\n|---|---|---|\n'
UNIT = """static void one(void **state)
{
}

static void forgotten(void **state)
{
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one),
	};
}
"""


def checked(text):
	"""(exit status, the lines without what all have in front, the last line)"""
	write('docs/conformance/README.md', '| not | a table |\n')
	write('docs/conformance/some.md', text)
	write('tests/unit/some_test.c', UNIT)
	write('tests/tool/test_some.py', 'def test_it():\n\tpass\n')
	write('tests/fuzz/some_fuzz.c', '')
	write('cases', 'linux-64\nlinux-32\n')
	done = subprocess.run([CHECKER, '--root', '.', '--cases', 'cases'], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
	equal(done.stderr, '', 'its errors')
	lines = done.stdout.splitlines()
	return done.returncode, [line.removeprefix('conformance: docs/conformance/some.md:') for line in lines[:-1]], lines[-1]


def test_conformance_whole():
	rows = '| a | b | boot:linux-*, unit:some_test.one |\n| a \\| b | | `tool:test_some.test_it`, fuzz:some |\n'
	equal(checked(HEAD + rows), (0, [], 'conformance: 2 promises, each with its tests'), 'the answer')


def test_conformance_missing():
	for tests, problem in (('boot:linux-16', 'no boot case has such a name'), ('boot:bsd-*', 'no boot case has such a name'),
			('unit:other_test.one', 'there is no tests/unit/other_test.c'), ('unit:some_test.two', 'tests/unit/some_test.c has no such function'),
			('unit:some_test.forgotten', 'tests/unit/some_test.c does not run it'), ('unit:some_test', 'tests/unit/some_test.c has no such function'),
			('tool:test_some.test_that', 'there is no such test of the tool'), ('fuzz:other', 'there is no tests/fuzz/other_fuzz.c'),
			('linux-64', 'not of the form boot:, unit:, tool: or fuzz:NAME')):
		code, lines, last = checked(f'{HEAD}| a | b | boot:linux-64, {tests} |\n')
		equal((code, lines), (1, [f'5: {tests}: {problem}']), 'the answer')
		check(last.startswith('conformance: 1 promises, 1 '), last)


def test_conformance_tables():
	for text, problem in ((f'{HEAD}| a | b | |\n', '5: names no test'), (f'{HEAD}| | b | boot:linux-64 |\n', '5: promises nothing'),
			(f'{HEAD}| a | boot:linux-64 |\n', '5: 2 cells and not 3'), (HEAD, '1: there is no table with a row')):
		equal(checked(text)[:2], (1, [problem]), 'the answer')
	code, lines, _ = checked(HEAD.replace('tests |', 'proof |') + '| a | b | boot:linux-64 |\n')
	equal((code, lines), (1, ['3: a table needs 3 columns, the last one called "tests"']), 'the answer')
