# SPDX-License-Identifier: GPL-2.0-or-later
"""A fixed sample of random instructions of the e500v2 on our processor and on qemu's."""

import random

import pytest

from tests.support import emulator_qemu as qemu
from tests.support.emulator_qemu_e500 import compare, draw, lines


def test_instructions_of_the_e500v2_agree_with_qemu() -> None:
    if reason := qemu.missing("e500v2"):
        pytest.skip(reason)
    choose = random.Random(500)
    chosen = lines() * 16
    with qemu.Qemu("e500v2") as oracle:
        for start in range(0, len(chosen), qemu.MOST):
            part = chosen[start : start + qemu.MOST]
            batch = [(line, draw(choose, line, i)) for i, line in enumerate(part)]
            assert compare(oracle, batch) == []
