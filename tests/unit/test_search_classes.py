# SPDX-License-Identifier: GPL-2.0-or-later
"""Classes, audit, and verdicts taken from a label."""

from itertools import pairwise

from bisectd.domain.verdict import Verdict
from bisectd.search import (
    ClassSummary,
    Disagreement,
    Done,
    Problem,
    audit_sample,
    classes,
    disagreements,
    next_step,
    not_run,
    verdict_of,
)

GOOD, BAD, UNTESTABLE = Verdict.GOOD, Verdict.BAD, Verdict.UNTESTABLE
NAMES = ["good", *(f"c{n}" for n in range(9))]
LABEL = dict(zip(NAMES, "AAAABBBBUC", strict=True))
PROBLEM = Problem({child: (parent,) for parent, child in pairwise(NAMES)}, "c8", ("good",), LABEL)
KNOWN = {"c1": GOOD, "c5": BAD, "c7": UNTESTABLE}


def test_verdict_comes_from_the_commit_then_from_its_label() -> None:
    assert verdict_of("c1", PROBLEM, KNOWN) is GOOD
    assert verdict_of("c0", PROBLEM, KNOWN) is GOOD
    assert verdict_of("c8", PROBLEM, KNOWN) is None


def test_label_whose_commits_disagree_gives_the_same_verdict_in_any_order() -> None:
    for known in ({"c4": BAD, "c3": GOOD}, {"c3": GOOD, "c4": BAD}):
        assert verdict_of("c3", PROBLEM, known) is GOOD
        assert verdict_of("c4", PROBLEM, known) is BAD
        assert verdict_of("c6", PROBLEM, known) is GOOD


def test_classes_are_counted_with_commits_that_took_their_label_s_verdict() -> None:
    assert classes(PROBLEM, {"c1": "f1", "c5": "f2"}, KNOWN) == (
        ClassSummary("f1", GOOD, 4, "good", "c2"),
        ClassSummary("f2", BAD, 4, "c3", "c6"),
        ClassSummary(None, UNTESTABLE, 1, "c7", "c7"),
    )


def test_labels_with_one_fingerprint_are_one_class_and_two_verdicts_are_two() -> None:
    fingerprints = {"c1": "f", "c5": "f", "c8": "f"}
    assert classes(PROBLEM, fingerprints, {"c1": GOOD, "c5": GOOD, "c8": BAD}) == (
        ClassSummary("f", GOOD, 8, "good", "c6"),
        ClassSummary("f", BAD, 1, "c8", "c8"),
    )


def test_audit_draws_from_the_commits_that_did_not_run() -> None:
    answered = {"good", "c0", "c2", "c3", "c4", "c6"}
    assert set(audit_sample(PROBLEM, KNOWN, 99, "seed")) == answered
    draws = {seed: audit_sample(PROBLEM, KNOWN, 2, str(seed)) for seed in range(30)}
    assert {commit for draw in draws.values() for commit in draw} == answered
    assert all(len(draw) == 2 for draw in draws.values())
    assert draws[3] == audit_sample(PROBLEM, dict(reversed(KNOWN.items())), 2, "3")


def test_audit_names_each_commit_whose_run_disagrees() -> None:
    audited = {"c0": GOOD, "c4": GOOD, "c6": UNTESTABLE, "c8": BAD}
    assert disagreements(PROBLEM, KNOWN, audited) == (
        Disagreement("c4", "B", BAD, GOOD),
        Disagreement("c6", "B", BAD, UNTESTABLE),
    )


def test_what_the_culprit_rests_on_can_be_run_itself() -> None:
    step = next_step(PROBLEM, {**KNOWN, "c8": BAD})
    assert isinstance(step, Done)
    (transition,) = step.transitions
    assert not_run(transition, KNOWN) == ("c2", "c3")
    assert not_run(transition, {"c2": GOOD, "c3": BAD}) == ()
