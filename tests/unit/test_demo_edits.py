# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes to a tree, and the step files that hold them."""

import pytest

from bisectd.demo.edits import SOURCES, Change, Create, Delete, Move, Replace, apply, reverse, step


def after(change: Change, **tree: str) -> dict[str, str]:
    apply(change, tree)
    return tree


def test_each_change_does_what_it_says() -> None:
    assert after(Replace("a", "one\n", "two\n"), a="one\nmore\n") == {"a": "two\nmore\n"}
    assert after(Create("b", "text"), a="") == {"a": "", "b": "text"}
    assert after(Delete("a"), a="", b="") == {"b": ""}
    assert after(Move("a", "c"), a="text") == {"c": "text"}


@pytest.mark.parametrize("text", ["", "one one"])
def test_a_replacement_matches_exactly_once(text: str) -> None:
    with pytest.raises(ValueError, match="matches, not 1"):
        after(Replace("a", "one", "two"), a=text)


def test_a_change_wants_its_file_there_or_not() -> None:
    for change in (Create("a", ""), Replace("b", "", ""), Delete("b"), Move("b", "c")):
        with pytest.raises(ValueError, match="there already, or not there"):
            after(change, a="")


def test_a_replacement_is_undone_by_its_reverse() -> None:
    change = Replace("a", "one", "two")
    tree = after(change, a="one and more")
    apply(reverse(change), tree)
    assert tree == {"a": "one and more"}
    with pytest.raises(ValueError, match="cannot be undone"):
        reverse(Delete("a"))


def test_a_step_file_is_body_and_changes() -> None:
    fix = step("fix-fe-bits")
    assert fix.body.startswith("A 32-bit host that runs a MacOS guest under KVM-PR locks up")
    assert fix.changes == (
        Replace(
            "arch/powerpc/kernel/process.c",
            "\tmsr &= ~MSR_FP;\n",
            "\tmsr &= ~(MSR_FP|MSR_FE0|MSR_FE1);\n",
        ),
    )
    kinds = [type(change) for change in step("fpu-back").changes]
    assert kinds == [Delete, Move]


def test_every_step_file_is_readable_and_states_its_license() -> None:
    files = [entry for entry in (SOURCES / "steps").iterdir() if entry.name.endswith(".step")]
    assert len(files) > 30
    for entry in files:
        assert entry.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: GPL-2.0-or-later\n")
        assert step(entry.name.removesuffix(".step")).body
