# SPDX-License-Identifier: GPL-2.0-or-later
"""Which releases and stable branches have the fault, by verdicts, and which of them the fix has reached."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bisectd.domain.commit import Commit
from bisectd.domain.evaluation import Setup
from bisectd.domain.verdict import Verdict
from bisectd.history import Release, Repository
from bisectd.services.fix import Fix
from bisectd.services.panel import Panel
from bisectd.suggest import diff
from bisectd.suggest.backports import How, names_of, tie

_STABLE = re.compile(r"(?:.*/)?linux-(\d+(?:\.\d+)+)\.y")
_MAIN = ("master", "main", "mainline")


@dataclass(frozen=True)
class Point:
    """A release, or the head of a branch. `judged`: it ran; else it lies between two that ran and agree."""

    name: str
    commit: str
    verdict: Verdict
    judged: bool


@dataclass(frozen=True)
class Line:
    """A mainline release with its stable branch, or the main branch after the newest release."""

    name: str
    points: tuple[Point, ...]

    @property
    def affected(self) -> tuple[Point, ...]:
        """The points with the fault."""
        return tuple(point for point in self.points if point.verdict is Verdict.BAD)

    @property
    def open(self) -> bool:
        """Whether it has the fault to this day."""
        return self.points[-1].verdict is Verdict.BAD


@dataclass(frozen=True)
class Reached:
    """The fix, or a backport of it, on a line. `release`: the first that has it, None before there is one."""

    line: str
    commit: Commit
    how: How
    release: str | None


@dataclass(frozen=True)
class _Line:
    """A line before it is judged: names and commits, oldest first."""

    name: str
    places: tuple[tuple[str, str], ...]


def survey(panel: Panel, setup: Setup, since: str | None, culprits: Sequence[str] = ()) -> tuple[Line, ...]:
    """Verdicts of every line from the release that is at the commit `since` (GOOD) on; None: all of them.

    A line that is BAD from its start, and starts without any of the culprits (one that was backported is
    several commits; none where it is not known), has another fault and is left out.

    Both ends of a line are judged and, where they differ, what it takes to find between which two it changed.
    """
    lines = _lines(panel.desk.repository, since)
    panel.commits(setup, [line.places[end][1] for line in lines for end in (0, -1)])
    judged = [_judged(panel, setup, line) for line in lines]
    if not culprits:
        return tuple(judged)
    repository = panel.desk.repository
    return tuple(
        line
        for line in judged
        if line.points[0].verdict is not Verdict.BAD
        or any(repository.is_ancestor(culprit, line.points[0].commit) for culprit in culprits)
    )


def _judged(panel: Panel, setup: Setup, line: _Line) -> Line:
    commits = [commit for _, commit in line.places]
    verdicts: dict[int, Verdict] = {}

    def settle(low: int, high: int) -> None:
        for end in (low, high):
            verdicts[end] = panel.verdict(setup, commits[end])
        if high - low > 1 and verdicts[low] is not verdicts[high]:
            middle = (low + high) // 2
            settle(low, middle)
            settle(middle, high)

    settle(0, len(commits) - 1)
    points: list[Point] = []
    for number, (name, commit) in enumerate(line.places):
        last = verdicts.get(number) or points[-1].verdict
        points.append(Point(name, commit, last, number in verdicts))
    return Line(line.name, tuple(points))


def _lines(repository: Repository, since: str | None) -> list[_Line]:
    releases = [release for release in repository.releases() if not release.candidate]
    start = next((release.series for release in releases if release.commit == since), ())
    heads = _heads(repository)
    found = []
    for series, members in groupby(releases, lambda release: release.series):
        if series < start:
            continue
        places = [(release.name, release.commit) for release in members]
        name = ".".join(map(str, series))
        if series in heads and heads[series][1] != places[-1][1]:
            places.append(heads[series])
        found.append(_Line(name, tuple(places)))
    main = _main(repository)
    if main and main[1] not in {release.commit for release in releases}:
        found.append(_Line(main[0], (main,)))
    return found


def _heads(repository: Repository) -> dict[tuple[int, ...], tuple[str, str]]:
    """The heads of stable branches by series."""
    found = {}
    for name, commit in repository.branches().items():
        if match := _STABLE.fullmatch(name):
            found[tuple(map(int, match[1].split(".")))] = name, commit
    return found


def _main(repository: Repository) -> tuple[str, str] | None:
    branches = repository.branches()
    return next(((name, branches[name]) for name in _MAIN if name in branches), None)


def reached(repository: Repository, fix: Fix, base: str, lines: Sequence[Line]) -> tuple[Reached, ...]:
    """Where the fix, or a backport of it, is: on the main line since `base`, and on each stable branch.

    What a commit on the main line is known by (its id, its upstream's) is what backports name.
    """
    patch = diff.patch_id(fix.patch.changes)
    paths = fix.patch.paths
    names = names_of(repository.commit(fix.commit)) if fix.commit else ()
    found: list[Reached] = []
    main = _newest(repository)
    for line, start, head in [("", base, main), *((line.name, *_ends(line)) for line in lines)]:
        for commit in _changing(repository, start, head, paths):
            equal = diff.patch_id(diff.parse(repository.diff(commit.id, paths))) == patch
            how = tie(commit, names, equal)
            if how:
                names = (*names, *names_of(commit))
                found.append(Reached(line or "mainline", commit, how, repository.describe(commit.id)))
    return tuple(found)


def _newest(repository: Repository) -> str:
    """The head of the main line: its branch, else the newest mainline release."""
    main = _main(repository)
    if main:
        return main[1]
    mainline = [release for release in repository.releases() if release.is_mainline]
    return mainline[-1].commit if mainline else repository.resolve("HEAD")


def _ends(line: Line) -> tuple[str, str]:
    return line.points[0].commit, line.points[-1].commit


def _changing(repository: Repository, start: str, head: str, paths: Sequence[str]) -> list[Commit]:
    """The commits of start..head with one parent that change the files, oldest first."""
    if start == head:
        return []
    commits = (repository.commit(commit) for commit in reversed(repository.walk([f"{start}..{head}"], paths)))
    return [commit for commit in commits if len(commit.parents) == 1]


def first_affected(repository: Repository, lines: Sequence[Line], culprit: str | None) -> str | None:
    """The first release with the fault: the first with the culprit, if that is BAD; else the first BAD one.

    None where no release has it.
    """
    releases: dict[str, Release] = {release.name: release for release in repository.releases()}
    affected = [point.name for line in lines for point in line.affected if point.name in releases]
    first = repository.describe(culprit) if culprit else None
    return first if first in affected else min(affected, key=lambda name: releases[name].number, default=None)
