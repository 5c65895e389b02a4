# SPDX-License-Identifier: GPL-2.0-or-later
"""Histories that mislead a bisection, one by one."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest

from bisectd.domain.regression import (
    BadMergeBase,
    Culprit,
    Kind,
    NoRegression,
    Outcome,
    Range,
    Transition,
    Untestable,
)
from bisectd.domain.verdict import Verdict
from bisectd.search import Ask, Done, Problem, next_step, search

GOOD, BAD, UNTESTABLE = Verdict.GOOD, Verdict.BAD, Verdict.UNTESTABLE
VERDICTS = {"g": GOOD, "b": BAD, "u": UNTESTABLE}


def verdicts(**commits: str) -> dict[str, Verdict]:
    """g, b, u for a list of commits each: verdicts(g="a m", b="t")."""
    return {commit: VERDICTS[letter] for letter, names in commits.items() for commit in names.split()}


def line(names: str) -> dict[str, tuple[str, ...]]:
    return {child: (parent,) for parent, child in pairwise(names.split())}


def answer(problem: Problem, truth: Mapping[str, Verdict]) -> Done:
    return search(problem, lambda commits: {commit: truth[commit] for commit in commits})


def introduced(commit: str, *parents: str, before: Verdict = GOOD, commits: Sequence[str] = ()) -> Transition:
    return Transition(Kind.INTRODUCED, commit, parents, before, BAD, tuple(commits) or (commit,))


def test_evil_merge_is_the_culprit() -> None:
    problem = Problem({"l": ("a",), "r": ("a",), "m": ("l", "r"), "t": ("m",)}, "t", ("a",))
    done = answer(problem, verdicts(g="a l r", b="m t"))
    assert done == Done(Culprit(introduced("m", "l", "r")), (introduced("m", "l", "r"),))


def test_merge_of_a_bad_branch_is_not_the_culprit() -> None:
    problem = Problem({"l": ("a",), "r": ("a",), "x": ("a",), "m": ("l", "r", "x")}, "m", ("a",))
    assert answer(problem, verdicts(g="a l r", b="x m")).outcome == Culprit(introduced("x", "a"))


def test_root_that_was_always_bad_is_a_culprit_without_parents() -> None:
    problem = Problem({"r": (), "m": ("a", "r")}, "m", ("a",))
    assert answer(problem, verdicts(g="a", b="r m")).outcome == Culprit(introduced("r", before=UNTESTABLE))


def test_untestable_root_gives_a_range() -> None:
    problem = Problem({"r": (), "s": ("r",), "m": ("a", "s")}, "m", ("a",))
    expected = introduced("s", before=UNTESTABLE, commits=("r", "s"))
    assert answer(problem, verdicts(g="a", u="r", b="s m")).outcome == Range(expected)


def test_range_holds_all_untestable_commits_before_the_first_bad_one() -> None:
    parents = {**line("a c d e"), "side": ("a",), "f": ("e", "side"), "t": ("f",)}
    done = answer(Problem(parents, "t", ("a",)), verdicts(g="a c", u="d e side", b="f t"))
    assert done.outcome == Range(introduced("f", "a", "c", commits=("d", "e", "side", "f")))


def test_range_leaves_out_a_commit_with_the_inputs_of_its_parent() -> None:
    problem = Problem(line("a u1 u2 b"), "b", ("a",), label={"u1": "same", "u2": "same"})
    done = answer(problem, verdicts(g="a", u="u1 u2", b="b"))
    assert done.outcome == Range(introduced("b", "a", commits=("u1", "b")))


def test_revert_and_reapply_end_at_the_culprit_that_is_still_in_effect() -> None:
    problem = Problem(line("a broke revert x broke2 t"), "t", ("a",), exhaustive=True)
    done = answer(problem, verdicts(g="a revert x", b="broke broke2 t"))
    fixed = Transition(Kind.FIXED, "revert", ("broke",), BAD, GOOD, ("revert",))
    assert done.transitions == (introduced("broke", "a"), fixed, introduced("broke2", "x"))
    assert done.outcome == Culprit(introduced("broke2", "x"))


def test_exhaustive_search_takes_a_culprit_before_an_older_range() -> None:
    parents = {"u": ("a",), "l": ("u",), "r": ("a",), "m": ("l", "r")}
    done = answer(Problem(parents, "m", ("a",), exhaustive=True), verdicts(g="a", u="u", b="l r m"))
    assert done.outcome == Culprit(introduced("r", "a"))
    assert done.transitions == (introduced("l", "a", commits=("u", "l")), introduced("r", "a"))


@pytest.mark.parametrize(
    ("truth", "outcome"),
    [
        (verdicts(g="g c t"), NoRegression(GOOD, GOOD)),
        (verdicts(b="g c", g="t"), NoRegression(BAD, GOOD)),
        (verdicts(b="g c t"), NoRegression(BAD, BAD)),
        (verdicts(g="g c", u="t"), Untestable("t", "the bad revision cannot be tested: name another one")),
    ],
)
def test_ends_that_leave_nothing_to_search(truth: Mapping[str, Verdict], outcome: Outcome) -> None:
    asked: list[str] = []

    def evaluate(commits: Sequence[str]) -> dict[str, Verdict]:
        asked.extend(commits)
        return {commit: truth[commit] for commit in commits}

    assert search(Problem(line("g c t"), "t", ("g",)), evaluate) == Done(outcome, ())
    assert "c" not in asked


def test_good_that_cannot_be_tested_leaves_the_first_bad_commit_open() -> None:
    done = answer(Problem(line("g c t"), "t", ("g",)), verdicts(u="g", b="c t"))
    assert isinstance(done.outcome, Untestable)
    assert done.outcome.commit == "g"
    assert "older good" in done.outcome.reason


def test_good_that_cannot_be_tested_does_no_harm_where_the_history_answers() -> None:
    done = answer(Problem(line("g c d t"), "t", ("g",)), verdicts(u="g", g="c", b="d t"))
    assert done.outcome == Culprit(introduced("d", "c"))


def test_badness_that_is_older_than_the_good_side_is_a_bad_merge_base() -> None:
    problem = Problem({"c": ("good",), "side": ("fork",), "m": ("c", "side")}, "m", ("good",))
    done = answer(problem, verdicts(g="good c", b="fork side m"))
    assert done == Done(BadMergeBase("fork", "good"), ())


def test_one_wrong_good_of_two_does_not_end_the_search() -> None:
    problem = Problem({"l": ("g1",), "r": ("g2",), "m": ("l", "r")}, "m", ("g1", "g2"))
    assert answer(problem, verdicts(g="g1", b="g2 l r m")).outcome == Culprit(introduced("l", "g1"))
    assert answer(problem, verdicts(g="g1 l", b="g2 r m")).outcome == NoRegression(BAD, BAD)


def test_bad_revision_that_is_the_good_one() -> None:
    assert answer(Problem({}, "a", ("a",)), {"a": GOOD}).outcome == NoRegression(GOOD, GOOD)
    assert answer(Problem({}, "a", ("a",)), {"a": BAD}).outcome == NoRegression(BAD, BAD)


def test_fix_below_the_first_cut_does_not_mislead() -> None:
    """Bad, fixed, bad again: the answer is one of the two true introductions, never the fix."""
    names = "a " + " ".join(f"c{n:02}" for n in range(40))
    for broke in range(2, 36):
        truth = {c: BAD if broke <= n < broke + 2 or n > 37 else GOOD for n, c in enumerate(names.split())}
        outcome = answer(Problem(line(names), "c39", ("a",)), truth).outcome
        assert isinstance(outcome, Culprit)
        (parent,) = outcome.transition.parents
        assert (truth[parent], truth[outcome.transition.commit]) == (GOOD, BAD)


def test_a_stretch_that_does_not_build_is_left_at_once() -> None:
    """Of 1000 commits 400 to 599 cannot be built and 100 is the culprit: few steps go into the stretch."""
    names = [f"c{n:04}" for n in range(1000)]
    truth = {c: BAD if n >= 100 else GOOD for n, c in enumerate(names)}
    truth |= dict.fromkeys(names[400:600], UNTESTABLE)
    asked: list[str] = []

    def evaluate(commits: Sequence[str]) -> dict[str, Verdict]:
        asked.extend(commits)
        return {commit: truth[commit] for commit in commits}

    done = search(Problem(line(" ".join(names)), names[-1], (names[0],)), evaluate)
    assert done.outcome == Culprit(introduced("c0100", "c0099"))
    assert sum(truth[commit] is UNTESTABLE for commit in asked) <= 3
    assert len(asked) <= 15


def test_badness_that_the_good_side_has_fixed_is_bisected_and_not_walked() -> None:
    """Broken at 100 of 1000, fixed at 300; a side branch from 280 misses the fix, and its merge undoes it."""
    names = [f"c{n:04}" for n in range(1000)]
    parents = {**line(" ".join(names)), "side": (names[280],), "t": (names[-1], "side")}
    truth = {c: BAD if 100 <= n < 300 else GOOD for n, c in enumerate(names)} | verdicts(b="side t")
    asked: list[str] = []

    def evaluate(commits: Sequence[str]) -> dict[str, Verdict]:
        asked.extend(commits)
        return {commit: truth[commit] for commit in commits}

    done = search(Problem(parents, "t", (names[0],)), evaluate)
    assert done.outcome == Culprit(introduced("c0100", "c0099"))
    assert len(asked) <= 25


def test_first_step_is_the_ends_and_spare_workers_cut_at_once() -> None:
    problem = Problem(line("g c d e f t"), "t", ("g",), width=4)
    step = next_step(problem, {})
    assert isinstance(step, Ask)
    assert step.commits[:2] == ("t", "g")
    assert len(step.commits) == 4


def test_several_workers_share_the_branches_of_an_octopus() -> None:
    parents = {**line("a l1 l2 l3"), **line("a m1 m2 m3"), **line("a r1 r2 r3"), "o": ("l3", "m3", "r3")}
    step = next_step(Problem(parents, "o", ("a",), width=3), verdicts(g="a", b="o"))
    assert isinstance(step, Ask)
    assert {commit[0] for commit in step.commits} == {"l", "m", "r"}


def test_spare_workers_run_the_parents_that_the_answer_will_rest_on() -> None:
    problem = Problem({"m": ("l", "r"), "l": ("a",), "r": ("b",)}, "m", ("a",), width=4)
    step = next_step(problem, verdicts(g="a l r", b="m"))
    assert isinstance(step, Done)
    step = next_step(problem, verdicts(g="a", b="m"))
    assert isinstance(step, Ask)
    assert set(step.commits) == {"l", "r"}


def test_exhaustive_search_runs_the_ends_first_and_counts_its_steps() -> None:
    problem = Problem(line("g c d e f t"), "t", ("g",), exhaustive=True, width=2)
    assert next_step(problem, {}) == Ask(("t", "g"), 3)
    assert next_step(problem, verdicts(g="g", b="t")) == Ask(("e", "c"), 2)


def test_evaluation_that_answers_nothing_it_was_asked_is_refused() -> None:
    with pytest.raises(ValueError, match="no verdict for any of t"):
        search(Problem(line("g t"), "t", ("g",)), lambda _: {"other": GOOD})
