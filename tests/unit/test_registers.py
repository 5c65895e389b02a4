# SPDX-License-Identifier: GPL-2.0-or-later
"""Many names of registers in a few words, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisectd.domain.registers import in_order, members, ranges

NAMES = [f"{kind}{n}" for kind in ("f", "v", "vs", "upper r") for n in range(32)] + ["FPSCR", "VSCR", "FE0"]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["f0"], "f0"),
        ([f"f{n}" for n in range(32)] + ["FPSCR"], "f0-f31 FPSCR"),
        (["f0", "f2", "f3"], "f0 f2-f3"),
        (["f1", "v2"], "f1 v2"),
        ([f"upper r{n}" for n in range(3)], "upper r0-r2"),
        ([f"f{n} of task A" for n in range(3)] + ["f3 of task B"], "f0-f2 of task A f3 of task B"),
    ],
)
def test_neighbours_are_drawn_together(names: list[str], text: str) -> None:
    assert ranges(names) == text


@given(st.sets(st.sampled_from(NAMES)))
def test_what_was_drawn_together_comes_apart_again(names: set[str]) -> None:
    assert members(ranges(in_order(names))) == names
