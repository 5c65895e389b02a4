# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between two summaries, in words, and whether a message mentions it."""

import pytest

from bisectd.domain.changes import changes
from bisectd.domain.mentions import Mentioned, mark
from bisectd.domain.semantics import Effect, Subject, Summary

GIVEUP = Subject("FP", "giveup_fpu", "owned")
AREA = Subject("FP", "giveup_fpu", "owned, alternate save area")
SAVE = Subject("FP", "save_fpu", "owned")
CLEARS = Effect(cleared="FP FE0 FE1", saved={"thread_struct": "f0-f31 FPSCR"})
LEAKS = Effect(cleared="FP", saved={"thread_struct": "f0-f31 FPSCR"})


def texts(before: dict[Subject, Effect], after: dict[Subject, Effect]) -> list[str]:
    return [f"{change.entry} {change.text}" for change in changes(Summary(before), Summary(after))]


def test_equal_behaviour_is_equal_data_and_no_change() -> None:
    assert Summary({GIVEUP: CLEARS}).digest == Summary({GIVEUP: CLEARS}).digest
    assert Summary({GIVEUP: CLEARS}).digest != Summary({GIVEUP: LEAKS}).digest
    assert texts({GIVEUP: CLEARS}, {GIVEUP: CLEARS}) == []


def test_a_summary_survives_json() -> None:
    summary = Summary({GIVEUP: CLEARS, AREA: LEAKS, SAVE: Effect(clobbered="f0", live="FP")})
    assert Summary.from_json(summary.as_json()) == summary


def test_the_same_change_under_several_conditions_is_one() -> None:
    (found,) = changes(Summary({GIVEUP: CLEARS, AREA: CLEARS}), Summary({GIVEUP: LEAKS, AREA: LEAKS}))
    assert found.text == "no longer clears FE0 FE1 in the saved MSR"
    assert found.conditions == ("owned", "owned, alternate save area")
    assert (found.names, found.more) == (("FE0", "FE1"), False)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (LEAKS, CLEARS, "clears FE0 FE1 in the saved MSR now"),
        (Effect(), Effect(clobbered="f0"), "overwrites f0, which the task still uses"),
        (LEAKS, Effect(cleared="FP"), "no longer saves f0-f31 FPSCR to the thread_struct"),
        (Effect(), Effect(ends="took interrupt 0x700"), "took interrupt 0x700 now; before, it returned"),
        (Effect(kernel="FP"), Effect(), "no longer leaves FP on for the kernel"),
        (Effect(loaded="f0"), Effect(loaded="f0 FPSCR"), "loads FPSCR now"),
        (Effect(), Effect(mode="FE0 FE1"), "leaves fpexc_mode FE0 FE1; before, as it was"),
    ],
)
def test_each_kind_of_change_has_its_words(old: Effect, new: Effect, text: str) -> None:
    assert texts({GIVEUP: old}, {GIVEUP: new}) == [f"giveup_fpu {text}"]


def test_a_function_that_came_is_new_and_what_it_overwrites_is_said() -> None:
    assert texts({}, {SAVE: Effect(saved={"thread_struct": "f0"}, clobbered="f0")}) == [
        "save_fpu is new",
        "save_fpu overwrites f0, which the task still uses",
    ]
    assert texts({SAVE: CLEARS}, {}) == ["save_fpu is gone"]


def mentioned(message: str) -> list[tuple[str, Mentioned]]:
    before, after = Effect(cleared="FP FE0 FE1"), Effect()
    (change,) = changes(Summary({GIVEUP: before}), Summary({GIVEUP: after}))
    return [(" ".join(marked.change.names), marked.mentioned) for marked in mark(change, message)]


def test_what_the_message_names_is_parted_from_what_it_does_not() -> None:
    assert mentioned("the FPU stays on") == [("FE0 FE1", Mentioned.NO), ("FP", Mentioned.YES)]
    assert mentioned("MSR_FP, MSR_FE0 and MSR_FE1 stay") == [("FP FE0 FE1", Mentioned.YES)]
    assert mentioned("__giveup_fpu() becomes C") == [("FP FE0 FE1", Mentioned.FUNCTION)]
    assert mentioned("tidy up; nothing like FE01, my_FE0x or giveup_fpus") == [("FP FE0 FE1", Mentioned.NO)]
