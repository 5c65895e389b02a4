# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures as coordinates: templates draw them as SVG, in classes, without a style of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bisectd.domain.jobs import Job, JobKind
from bisectd.domain.verdict import Verdict
from bisectd.services.shown.jobs import JobPage, Told
from bisectd.services.shown.timeline import Shown

WIDTH = 1000
_LABEL, _WIDE = 74, 190  # how far apart labels must be
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
    """A timeline: verdicts over time, a tick at each version, releases by name."""

    stretches: Sequence[Stretch]
    ticks: Sequence[float]
    releases: Sequence[Mark]


def band(versions: Sequence[Shown]) -> Band:
    """The versions of a timeline, oldest first, as wide as they lasted."""
    if not versions:
        return Band((), (), ())
    times: list[float] = []
    for one in versions:  # a clock that went backwards does not turn the picture around
        times.append(max(one.version.committed, times[-1] if times else one.version.committed))
    span = max(times[-1] - times[0], 1.0) * 1.06  # the last version has a width, too
    places = [round((time - times[0]) / span * WIDTH, 1) for time in times]
    stretches: list[Stretch] = []
    for one, (start, end) in zip(versions, pairwise([*places, float(WIDTH)]), strict=True):
        last = stretches[-1] if stretches else None
        if last and last.verdict is one.version.verdict:
            stretches[-1] = Stretch(last.x, round(end - last.x, 1), last.verdict)
        else:
            stretches.append(Stretch(start, round(end - start, 1), one.version.verdict))
    return Band(stretches, places, _apart(_releases(versions, places)))


def _releases(versions: Sequence[Shown], places: Sequence[float]) -> Iterable[Mark]:
    """Each release where its first version is."""
    named: set[str] = set()
    for one, x in zip(versions, places, strict=True):
        release = one.version.release
        if release and release not in named:
            named.add(release)
            yield Mark(x, release, anchor=_anchor(x))


def _apart(marks: Iterable[Mark]) -> list[Mark]:
    shown: list[Mark] = []
    for mark in marks:
        if not shown or mark.x - shown[-1].x >= _LABEL:
            shown.append(mark)
    return shown


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
