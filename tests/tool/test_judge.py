# SPDX-License-Identifier: MIT
"""`mkboot inspect` on disks that firmware passes over. A boot test shows that OVMF does what is said here."""

import os
import sys

import support
from support import check

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../boot'))

import judge_disks  # noqa: E402


def test_judge():
	workshop = judge_disks.JudgeWorkshop(support.MKBOOT, support.KERNEL, os.getcwd())
	complaints = []
	for judged in judge_disks.judged_disks():
		path = workshop.make(judged.name, judged.base, judged.damage)
		complaints += judge_disks.complaints_of_inspect(judged, workshop.inspect(path, judged.sector))
		os.unlink(path)
	check(not complaints, '\n'.join(complaints))
