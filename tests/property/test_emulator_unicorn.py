# SPDX-License-Identifier: GPL-2.0-or-later
"""Single instructions against unicorn: a fixed sample (`python -m tests.support.emulator_fuzz` does more)."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.opcodes.line import Line
from tests.support.emulator_oracle import Unicorn, difference, draw, lines, ours


@pytest.fixture(scope="module")
def processor() -> Unicorn:
    return Unicorn()


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.mnemonic)
def test_each_instruction_does_what_unicorn_does(processor: Unicorn, line: Line) -> None:
    choose = random.Random(line.mnemonic)
    for _ in range(25):
        case = draw(choose, line)
        assert difference(line, case, ours(case), processor.run(case)) == ""


@given(st.integers(0, 1 << 60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_instruction_does_what_unicorn_does(seed: int) -> None:
    choose = random.Random(seed)
    line = choose.choice(lines())
    case = draw(choose, line)
    assert difference(line, case, ours(case), Unicorn().run(case)) == ""
