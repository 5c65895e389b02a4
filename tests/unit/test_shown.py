# SPDX-License-Identifier: GPL-2.0-or-later
"""What pages say of stored facts: differences, bits, pictures, words."""

import sys
from itertools import pairwise
from typing import Any

import pytest

from bisectd.domain.jobs import Asked, Job, JobKind, JobState, JobStep
from bisectd.domain.observation import Observation
from bisectd.domain.text import plain, plain_lines
from bisectd.domain.tracking import Point, Version
from bisectd.domain.verdict import Verdict
from bisectd.services.shown import words
from bisectd.services.shown.compare import compare
from bisectd.services.shown.jobs import JobPage, Told
from bisectd.services.shown.observations import _merged, _value
from bisectd.services.shown.timeline import Shown
from bisectd.web.pages.commits import diff_lines
from bisectd.web.pages.pictures import WIDTH, band, narrowing

GOODS, BAD = ("a" * 40,), "b" * 40


def _msr(after: str, **changed: Any) -> Observation:
    row = {
        "name": "MSR",
        "before": "0xf932",
        "after": f"0x{len(after)}",
        "expected": "0xd032",
        "before_bits": "EE FP FE0 FE1",
        "after_bits": after,
        "expected_bits": "EE",
        **changed,
    }
    return Observation(Verdict.BAD, "wrong", {"registers": [row]})


# -- differences ------------------------------------------------------------------------------------------


def test_bits_that_are_no_longer_cleared_are_worse_and_bits_cleared_again_are_better() -> None:
    (lost,) = compare(_msr("EE"), _msr("EE FE0 FE1"))
    assert [(part.before, part.bits, part.worse) for part in lost.parts] == [
        ("no longer clears", ("FE0", "FE1"), True)
    ]
    (fixed,) = compare(_msr("EE FE0 FE1"), _msr("EE"))
    assert [(part.before, part.bits, part.after, part.worse) for part in fixed.parts] == [
        ("clears", ("FE0", "FE1"), "now", False)
    ]


def test_a_bit_that_was_not_set_before_is_set_or_no_longer() -> None:
    (found,) = compare(_msr("EE"), _msr("EE VEC", judged=False))
    assert [(part.before, part.bits, part.worse) for part in found.parts] == [("sets", ("VEC",), None)]
    (found,) = compare(_msr("EE VEC"), _msr("EE"))
    assert [part.before for part in found.parts] == ["no longer sets"]


def test_registers_that_get_lost_are_told_when_they_come_and_go() -> None:
    rows = [{"name": "f0", "expected": "0x1", "after": "0x2"}]
    lost = Observation(Verdict.BAD, "x", {"unkept": rows, "unexpected": []})
    fine = Observation(Verdict.GOOD, "", {"registers": []})
    (came,) = compare(fine, lost)
    assert (came.name, came.there, came.here) == ("f0", "", "not kept: f0 (was 0x1, is 0x2)")
    (went,) = compare(lost, fine)
    assert (went.there, went.here) == (came.here, "")
    assert compare(lost, lost) == []


def test_every_bit_is_kept_set_or_cleared_and_right_or_wrong() -> None:
    (row,) = _msr("EE FE0 VEC").evidence["registers"]
    assert {(bit.name, bit.how, bit.wrong) for bit in _value(row).bits} == {
        ("EE", "kept", False),
        ("FP", "cleared", False),
        ("FE0", "kept", True),
        ("FE1", "cleared", False),
        ("VEC", "set", True),
    }


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [("A B C", "A C", "A B C"), ("A C", "A B C", "A B C"), ("", "A", "A"), ("A", "", "A"), ("A", "B", "A B")],
)
def test_lists_of_bits_are_merged_in_their_order(one: str, other: str, merged: str) -> None:
    assert _merged(one.split(), other.split()) == merged.split()


# -- pictures ---------------------------------------------------------------------------------------------


def _version(position: int, committed: float, verdict: Verdict) -> Shown:
    return Shown(
        Version(position, "c" * 40, "s", committed, None, verdict, "", None, None, None, ()), None, ()
    )


def _point(name: str, committed: float, *, release: bool = True) -> Point:
    return Point(name, "", release, "c" * 40, committed, "p", "t", "zig", Verdict.GOOD, "", None)


def test_a_band_is_as_wide_as_its_versions_lasted() -> None:
    drawn = band(
        [
            _version(0, 0, Verdict.GOOD),
            _version(1, 100, Verdict.GOOD),
            _version(2, 50, Verdict.BAD),
            _version(3, 200, Verdict.GOOD),
        ],
        [_point("v1", 0), _point("v2", 100), _point("v3", 200), _point("main", 200, release=False)],
    )
    assert [stretch.verdict for stretch in drawn.stretches] == [Verdict.GOOD, Verdict.BAD, Verdict.GOOD]
    assert drawn.stretches[0].x == 0
    last = drawn.stretches[-1]
    assert last.x + last.width == pytest.approx(WIDTH)
    assert last.width > WIDTH / 20  # it is seen, however new
    assert list(drawn.ticks) == sorted(drawn.ticks)  # a clock that went backwards
    assert [mark.text for mark in drawn.releases] == ["v1", "v2", "v3"]
    assert [mark.x for mark in drawn.releases] == [drawn.ticks[0], drawn.ticks[1], drawn.ticks[3]]
    assert band([]).stretches == ()


def test_the_last_version_of_a_band_lasts_until_its_end() -> None:
    drawn = band([_version(0, 0, Verdict.GOOD), _version(1, 100, Verdict.BAD)], (), 1000)
    assert [(stretch.x, stretch.width) for stretch in drawn.stretches] == [(0, 100), (100, 900)]
    (alone,) = band([_version(0, 50, Verdict.BAD)], [_point("v1", 50)], 0.0).stretches
    assert (alone.x, alone.width) == (0, WIDTH)


def test_releases_that_stand_close_are_all_marked_and_those_with_room_named() -> None:
    points = [_point(f"v4.9.{number}", 10.0 * number) for number in range(100)]
    marks = band([_version(0, 0, Verdict.GOOD)], [*points, _point("v9", -5.0)], 1000).releases
    assert [mark.kind for mark in marks] == [point.name for point in points]
    named = [mark.x for mark in marks if mark.text]
    assert len(named) > 10
    assert all(after - before >= 50 for before, after in pairwise(named))


def _page(*steps: tuple[float | None, Verdict], kind: JobKind = JobKind.BISECT) -> JobPage:
    asked = Asked(kind, "linux", "zig", "p", "t", GOODS, BAD)
    job = Job(1, asked, "me", JobState.RUNNING, 0, "", {}, None, None, 0.0, None, None, 1)
    told = [
        Told(n, JobStep(n, f"{n:040x}", "p", "t", verdict, "", None, False, 0.0, place), "", None)
        for n, (place, verdict) in enumerate(steps, 1)
    ]
    return JobPage(job, told, 0, (), {}, "")


def test_the_range_narrows_from_both_sides_and_never_crosses() -> None:
    steps = [(0.5, Verdict.BAD), (0.2, Verdict.GOOD), (0.9, Verdict.GOOD), (0.3, Verdict.UNTESTABLE)]
    drawn = narrowing(_page(*steps, (0.25, Verdict.GOOD)))
    assert drawn
    widths = [row.width for row in drawn.rows]
    assert widths == sorted(widths, reverse=True)
    assert widths[1] == widths[2] == widths[3]  # outside of what is left, or without a verdict
    assert [row.verdict for row in drawn.rows] == [verdict for _, verdict in steps] + [Verdict.GOOD]


def test_many_steps_are_drawn_thin_and_the_earliest_left_out() -> None:
    drawn = narrowing(_page(*[(number / 500, Verdict.GOOD) for number in range(500)], kind=JobKind.SCAN))
    assert drawn
    assert drawn.height < 500
    assert drawn.left_out + len(drawn.rows) == 500
    assert not drawn.narrows


def test_nothing_is_drawn_of_what_has_no_place() -> None:
    assert narrowing(_page()) is None
    assert narrowing(_page((None, Verdict.BAD))) is None
    assert narrowing(_page((0.5, Verdict.BAD), kind=JobKind.SUGGEST)) is None


# -- words and text ---------------------------------------------------------------------------------------


def test_every_outcome_has_a_sentence() -> None:
    details: dict[str, dict[str, Any]] = {
        "culprit": {},
        "range": {"commits": ["a", "b"]},
        "no-regression": {"good": "BAD", "bad": "GOOD"},
        "bad-merge-base": {"merge_base": "a" * 40, "good": "b" * 40},
        "untestable": {"commit": "a" * 40, "reason": "no"},
    }
    for outcome, detail in details.items():
        assert words.outcome_line({"outcome": outcome, "detail": detail}).endswith(".")
        assert words.outcome_word(outcome)


def test_plain_is_one_line_whatever_it_is_given() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        assert plain(character).isprintable(), hex(number)
        assert plain(f"a{character}b").isprintable(), hex(number)
    assert plain_lines("a\tb\r\n\x1b[31m") == ["a       b ", "\\x1b[31m"]


def test_a_line_of_a_diff_is_not_taken_for_its_head() -> None:
    text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- minus\n+++ plus\n same"
    assert [kind for kind, _ in diff_lines(text)] == [
        "file",
        "head",
        "head",
        "hunk",
        "removed",
        "added",
        "same",
    ]
    assert diff_lines("") == []


@pytest.mark.parametrize(
    ("kind", "known", "line"),
    [
        (
            JobKind.BISECT,
            {"candidates": 57, "steps_left": 1, "waiting": 32},
            "57 commits may matter, about 1 step left, waiting for 32 tasks",
        ),
        (
            JobKind.BISECT,
            {"candidates": 1, "steps_left": 2, "waiting": 0},
            "1 commit may matter, about 2 steps left",
        ),
        (
            JobKind.SCAN,
            {"candidates": 57, "steps_left": 6, "waiting": 1},
            "12 of 57 commits judged, waiting for 1 task",
        ),
        (
            JobKind.SUGGEST,
            {"stage": "judging releases", "waiting": 3},
            "judging releases, waiting for 3 tasks",
        ),
        (JobKind.FOLLOW, {}, ""),
    ],
)
def test_a_job_at_work_says_how_far_it_has_come(kind: JobKind, known: dict[str, Any], line: str) -> None:
    assert words.progress(Asked(kind, "linux", "zig"), known, 12) == line
