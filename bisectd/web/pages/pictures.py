# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures as coordinates: templates draw them as SVG, in classes, without a style of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bisectd.domain.jobs import Job, JobKind
from bisectd.domain.tracking import Point
from bisectd.domain.verdict import Verdict
from bisectd.services.shown.jobs import JobPage, Told
from bisectd.services.shown.timeline import Shown

WIDTH = 1000
_LABEL, _WIDE = 74, 190  # how far apart labels must be
_LETTER, _GAP = 7.5, 3  # as wide as a letter of a label is, and what stands between two labels
_LAST = 0.06  # of all versions before it: what the last one is given at least
_TALLEST = 420
_ROW, _THIN = 20, 5
_HEAD, _FOOT, _SIDE = 26, 30, 26


@dataclass(frozen=True)
class Stretch:
    """A part of a timeline with one verdict."""

    x: float
    width: float
    verdict: Verdict


@dataclass(frozen=True)
class Mark:
    """A place with a word."""

    x: float
    text: str
    kind: str = ""
    anchor: str = "middle"


@dataclass(frozen=True)
class Band:
    """A timeline: verdicts over time, a tick at each version, a mark at each release.

    `kind` of a release is its name, `text` the same where there is room for it and "" elsewhere.
    """

    stretches: Sequence[Stretch]
    ticks: Sequence[float]
    releases: Sequence[Mark]


def band(versions: Sequence[Shown], points: Sequence[Point] = (), end: float = 0.0) -> Band:
    """The versions of a timeline, oldest first, as wide as they lasted; the last one up to `end`.

    `points` are releases (and heads, which are left out): each stands where it was committed.
    """
    if not versions:
        return Band((), (), ())
    times: list[float] = []
    for one in versions:  # a clock that went backwards does not turn the picture around
        times.append(max(one.version.committed, times[-1] if times else one.version.committed))
    least = max(times[-1] - times[0], 1.0) * _LAST  # the last version has a width, however new it is
    span = max(end, times[-1] + least) - times[0]

    def place(time: float) -> float:
        return round((time - times[0]) / span * WIDTH, 1)

    places = [place(time) for time in times]
    stretches: list[Stretch] = []
    for one, (start, stop) in zip(versions, pairwise([*places, float(WIDTH)]), strict=True):
        last = stretches[-1] if stretches else None
        if last and last.verdict is one.version.verdict:
            stretches[-1] = Stretch(last.x, round(stop - last.x, 1), last.verdict)
        else:
            stretches.append(Stretch(start, round(stop - start, 1), one.version.verdict))
    marks = [Mark(place(one.committed), one.name, one.name) for one in points if one.release]
    return Band(stretches, places, _thinned([mark for mark in marks if 0 <= mark.x <= WIDTH]))


def _thinned(marks: Sequence[Mark]) -> list[Mark]:
    """All of them, with the names that do not run into each other."""
    found: list[Mark] = []
    end = -float(WIDTH)
    for mark in sorted(marks, key=lambda one: one.x):
        half, anchor = _LETTER * len(mark.text) / 2, _anchor(mark.x)
        left = mark.x - {"start": 0, "middle": half, "end": 2 * half}[anchor]
        room = left >= end
        end = left + 2 * half + _GAP if room else end
        found.append(replace(mark, text=mark.text if room else "", anchor=anchor))
    return found


def _anchor(x: float) -> str:
    return "start" if x < _LABEL / 2 else "end" if x > WIDTH - _LABEL / 2 else "middle"


@dataclass(frozen=True)
class Row:
    """A step of a search: where it looked, what it saw, and the range that was left after it."""

    y: float
    x: float
    verdict: Verdict
    number: int
    commit: str
    left: float
    width: float


@dataclass(frozen=True)
class Narrowing:
    """A search: row by row the range gets narrower. `changes`: where the behaviour changed.

    `narrows`: false for a scan, which runs everything.
    """

    height: float
    bottom: float
    row: float
    rows: Sequence[Row]
    changes: Sequence[Mark]
    left_out: int
    narrows: bool


def narrowing(page: JobPage) -> Narrowing | None:
    """The search of a job; None where nothing is known that could be drawn."""
    placed = [(told, place) for told in page.steps if (place := _place(told, page.job)) is not None]
    if not page.searches or not placed:
        return None
    most = int((_TALLEST - _HEAD - _FOOT) / _THIN)
    shown = placed[-most:]
    row = min(float(_ROW), (_TALLEST - _HEAD - _FOOT) / len(shown))
    low, high = 0.0, 1.0
    rows = []
    for index, (told, place) in enumerate(placed):
        verdict = told.step.verdict
        # Only what lies in what is left narrows it: a history is no line, and this picture of it is.
        if verdict is Verdict.BAD and low <= place < high:
            high = place
        elif verdict is Verdict.GOOD and low < place <= high:
            low = place
        at = index - (len(placed) - len(shown))
        if at >= 0:
            left, right = _x(low), _x(high)
            y = round(_HEAD + row * (at + 0.5), 1)
            rows.append(
                Row(y, _x(place), verdict, told.number, told.step.commit, left, round(right - left, 1))
            )
    bottom = round(_HEAD + row * len(shown), 1)
    narrows = page.job.asked.kind is JobKind.BISECT
    changes, left_out = _changes(page), len(placed) - len(shown)
    return Narrowing(bottom + _FOOT, bottom, round(row, 1), rows, changes, left_out, narrows)


def _place(told: Told, job: Job) -> float | None:
    if told.step.commit == job.asked.bad:
        return 1.0
    if told.step.commit in job.asked.goods:
        return 0.0
    return None if told.step.place is None else min(max(told.step.place, 0.0), 1.0)


def _x(place: float) -> float:
    return round(_SIDE + place * (WIDTH - 2 * _SIDE), 1)


def _changes(page: JobPage) -> list[Mark]:
    """The transitions of the answer, where their commit was a step."""
    places = {told.step.commit: _place(told, page.job) for told in page.steps}
    found = []
    for change in (page.job.result or {}).get("transitions", ()):
        place = places.get(change["commit"])
        if place is not None:
            x = _x(place)
            found.append(Mark(x, f"{change['commit'][:12]} {change['kind']}", change["kind"], _wide(x)))
    return _labelled(found)


def _labelled(marks: Sequence[Mark]) -> list[Mark]:
    """With the labels that have room."""
    found: list[Mark] = []
    end = -float(WIDTH)
    for mark in sorted(marks, key=lambda one: one.x):
        room = mark.x - end >= _WIDE
        end = mark.x if room else end
        found.append(mark if room else replace(mark, text=""))
    return found


def _wide(x: float) -> str:
    """A longer label."""
    return "start" if x < 3 * _LABEL / 2 else "end" if x > WIDTH - 3 * _LABEL / 2 else "middle"
