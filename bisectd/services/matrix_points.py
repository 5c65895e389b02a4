# SPDX-License-Identifier: GPL-2.0-or-later
"""The releases of a followed branch, and its head, judged: cells of the matrix."""

from collections.abc import Iterator, Mapping, Sequence

from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.tracking import Point, series_of
from bisectd.history import Release
from bisectd.services.desk import Task
from bisectd.services.ground import Ground, Scanned

_DAY = 86_400  # clocks of committers differ


def judge_points(ground: Ground, scanned: Sequence[Scanned]) -> list[Point]:
    """The head, and the releases of the branch that are not judged yet."""
    wanted = dict(_wanted(ground, scanned))
    judged = ground.panel.judge(list(wanted))
    found: list[Point] = []
    for one in scanned:
        places = [
            (release.name, _dotted(release), task)
            for task, release in wanted.items()
            if task.setup == one.setup
        ]
        places.append((ground.branch.name, series_of(ground.branch.name), Task(one.setup, ground.head)))
        evaluations = judged | ground.panel.judge([places[-1][2]])
        mine = {task: evaluations[task] for _, _, task in places}
        numbers = ground.observations(one.setup, mine.values())
        found += [
            _point(ground, (name, series), task.setup, mine[task], numbers) for name, series, task in places
        ]
    return found


def _wanted(ground: Ground, scanned: Sequence[Scanned]) -> Iterator[tuple[Task, Release]]:
    with ground.panel.desk.store.read() as tx:
        known = tx.branches.judged(ground.branch.repository)
    oldest = min(ground.commit(one.start).time for one in scanned) - _DAY
    releases = [release for release in _releases(ground) if ground.commit(release.commit).time >= oldest]
    for one in scanned:
        for release in releases:
            if (release.name, release.commit, *one.key) not in known and _within(ground, one, release):
                yield Task(one.setup, release.commit), release


def _releases(ground: Ground) -> list[Release]:
    """Those that the branch may hold: a stable branch its own and older ones, others no stable ones."""
    releases = [release for release in ground.repository.releases() if not release.candidate]
    series = _numbers(series_of(ground.branch.name))
    if series:
        return [
            release
            for release in releases
            if release.series == series or (release.is_mainline and release.series < series)
        ]
    stable = {_numbers(name) for branch in ground.repository.branches() if (name := series_of(branch))}
    return [release for release in releases if release.is_mainline or release.series not in stable]


def _within(ground: Ground, one: Scanned, release: Release) -> bool:
    """Whether the release lies on the branch, not below where the timeline begins."""
    if one.before and ground.fresh and release.commit in ground.fresh:
        return True
    return ground.is_ancestor(release.commit, ground.head) and ground.is_ancestor(one.start, release.commit)


def _point(
    ground: Ground, named: tuple[str, str], setup: Setup, judged: Evaluation, numbers: Mapping[str, int]
) -> Point:
    return Point(
        name=named[0],
        series=named[1],
        release=named[0] != ground.branch.name,
        commit=judged.commit,
        committed=float(ground.commit(judged.commit).time),
        probe=setup.probe,
        target=setup.target,
        toolchain=setup.toolchain,
        verdict=judged.observation.verdict,
        reason=judged.observation.reason,
        observation=numbers.get(judged.fingerprint or ""),
    )


def _numbers(series: str) -> tuple[int, ...]:
    return tuple(int(part) for part in series.split(".") if part)


def _dotted(release: Release) -> str:
    return ".".join(map(str, release.series))
