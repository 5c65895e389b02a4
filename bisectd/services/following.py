# SPDX-License-Identifier: GPL-2.0-or-later
"""A followed branch, scanned: what is new on it since it was last looked at.

`scan` asks and computes, and stores nothing but observations; `recording.record` stores what came of it, in
one transaction. Scanning again, after an interruption or by two processes at once, does no harm.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bisectd.domain.errors import MachineError, UserError
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.names import nearest
from bisectd.domain.records import Question
from bisectd.domain.tracking import ALL, Branch, Timeline, Version
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel import targets
from bisectd.probes import registry
from bisectd.search import LineVersion
from bisectd.services.bisection import bisect
from bisectd.services.desk import Task
from bisectd.services.evaluation import setup_for
from bisectd.services.ground import Ground, Key, Scan, Scanned, key_of
from bisectd.services.matrix_points import judge_points
from bisectd.services.panel import Panel, PanelWorkers
from bisectd.services.recording import Outdated, Recorded, record
from bisectd.services.replay import Pending
from bisectd.services.report import Report
from bisectd.services.targets import sensible
from bisectd.services.timeline import joined
from bisectd.store.tasks import Wanted

_TRIES = 5


class _Quiet:
    """A `bisection.Listener` that says nothing: the panel's own listener hears every verdict."""

    def searching(self, candidates: Sequence[str]) -> None:
        """See `Listener`."""

    def evaluated(self, evaluation: Evaluation, steps_left: int) -> None:
        """See `Listener`."""


def setups_of(branch: Branch, place: str, database: str) -> list[Setup]:
    """Every probe on every target that a branch is followed with. UserError for names that are none.

    `place`: where its repository is on this machine.
    """
    return setups_named(place, branch.probes, branch.targets, branch.toolchain, database)


def setups_named(
    place: str, probes: Sequence[str], target_names: Sequence[str], toolchain: str, database: str
) -> list[Setup]:
    """Every one of the probes on every one of the targets, as far as it makes sense there."""
    every = ALL in target_names
    found = []
    for name in registry.PROBES if ALL in probes else probes:
        chosen = sensible(registry.find(name), "")
        wanted = chosen if every else [targets.find(one) for one in target_names]
        found += [
            setup_for(place, name, target.name, toolchain, database)
            for target in wanted
            if ALL not in probes or target in chosen
        ]
    if not found:
        raise UserError(f"no probe makes sense on {', '.join(target_names)}")
    return found


def follow(branch: Branch, setups: Sequence[Setup], panel: Panel) -> Recorded:
    """Scan a branch and record what is new. Safe to be called again after whatever the pool raised."""
    for _ in range(_TRIES):
        with panel.desk.store.read() as tx:
            current = tx.branches.get(branch.id)
        ground = Ground(panel, current, _head(panel.desk.repository, branch.name))
        with suppress(Outdated):
            return record(ground, scan(ground, setups))
    raise MachineError(f"others recorded scans of {branch.name} all the time: follow it again later")


def scan(ground: Ground, setups: Sequence[Setup]) -> Scan:
    """Look at what is new on a branch. What the pool raises goes through, and nothing is lost by it."""
    timelines = _stored(ground)
    before = {setup: timelines.get(key_of(setup)) for setup in setups}
    starts = {setup: _start(ground, timeline) for setup, timeline in before.items()}
    scanned = _unchanged(ground, before, starts)
    changed = {setup: start for setup, start in starts.items() if setup not in scanned}
    _judge(ground, changed)
    scanned |= _each(ground, before, changed)
    points = judge_points(ground, tuple(scanned.values()))
    if any(point.release for point in points):
        scanned = {setup: _named_releases(ground, one) for setup, one in scanned.items()}
    commits = None if ground.fresh is None else len(ground.fresh)
    return Scan(
        ground.branch,
        ground.head,
        commits,
        tuple(scanned[setup] for setup in setups),
        tuple(points),
        frozenset(map(key_of, setups_of(ground.branch, setups[0].repository, setups[0].database))),
    )


def _named_releases(ground: Ground, one: Scanned) -> Scanned:
    """With the releases that there are by now."""
    versions = tuple(
        version if version.release else replace(version, release=ground.describe(version.commit))
        for version in one.versions
    )
    return replace(one, versions=versions)


def _head(repository: Repository, name: str) -> str:
    branches = repository.branches()
    if name not in branches:
        raise UserError(f"{repository.called} has no branch {name!r}: {nearest(name, branches)}")
    return branches[name]


def _stored(ground: Ground) -> Mapping[Key, Timeline]:
    with ground.panel.desk.store.read() as tx:
        found = tx.branches.timelines(ground.branch.id)
    return {(timeline.probe, timeline.target, timeline.toolchain): timeline for timeline in found}


# -- from where --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Start:
    """From where to scan; `whole`: all versions are found anew, else those up to there stay."""

    commit: str
    whole: bool
    note: str = ""


def _start(ground: Ground, timeline: Timeline | None) -> _Start:
    if timeline is None:
        return _Start(_since(ground), whole=True)
    branch = ground.branch
    if branch.since and ground.resolve(branch.since) != timeline.start and _since(ground) != timeline.start:
        return _Start(_since(ground), whole=True, note=f"scanned anew from {branch.since}")
    if ground.is_ancestor(timeline.head, ground.head):
        return _Start(timeline.head, whole=False)
    known = ground.repository.has(timeline.head)
    bases = ground.repository.merge_bases(timeline.head, ground.head) if known else []
    if not bases or not ground.is_ancestor(timeline.start, bases[0]):
        return _Start(_since(ground), whole=True, note="history was rewritten: scanned anew")
    note = f"history was rewritten: {timeline.head[:12]} is gone, scanned from {bases[0][:12]}"
    return _Start(bases[0], whole=False, note=note)


def _since(ground: Ground) -> str:
    """The commit that the first scan begins from."""
    if not ground.branch.since:
        return _oldest(ground)
    bases = ground.repository.merge_bases(ground.resolve(ground.branch.since), ground.head)
    if not bases:
        raise UserError(
            f"{ground.branch.since}, where the scan begins, and {ground.branch.name} have no common history"
        )
    return bases[0]


def _oldest(ground: Ground) -> str:
    """The oldest release below the head, or the root of its first parents."""
    releases = [release for release in ground.repository.releases() if not release.candidate]
    for release in releases:
        if ground.is_ancestor(release.commit, ground.head):
            return release.commit
    commit = ground.head
    while parents := ground.commit(commit).parents:
        commit = parents[0]
    return commit


# -- what does not change ----------------------------------------------------------------------------------


def _unchanged(
    ground: Ground, timelines: Mapping[Setup, Timeline | None], starts: Mapping[Setup, _Start]
) -> dict[Setup, Scanned]:
    """The timelines for which no new commit changes a file that matters: one walk for all of them."""
    by_head: dict[str, dict[Setup, Timeline]] = {}
    for setup, timeline in timelines.items():
        if timeline and not starts[setup].whole and starts[setup].commit == timeline.head:
            by_head.setdefault(timeline.head, {})[setup] = timeline
    found: dict[Setup, Scanned] = {}
    for head, known in by_head.items():
        judged = ground.panel.judge([Task(setup, head) for setup in known])
        ends = {task.setup: evaluation for task, evaluation in judged.items()}
        for setup in _untouched(ground, head, ends):
            if ends[setup].observation.verdict is known[setup].verdict:
                found[setup] = _same(ground, setup, known[setup], ends[setup])
    return found


def _untouched(ground: Ground, start: str, ends: Mapping[Setup, Evaluation]) -> Iterator[Setup]:
    """All of them where nothing that any of them reads was changed; else, walked one by one, some."""
    evaluator = ground.panel.desk.evaluator
    # A unit that takes its worker down each time has no paths: it may be better now.
    paths = {setup: evaluator(setup).paths(end) for setup, end in ends.items() if end.unit}
    walked: dict[frozenset[str], bool] = {}

    def quiet(files: frozenset[str]) -> bool:
        if files not in walked:
            history = ground.repository.graph([start], ground.head, sorted(files))
            walked[files] = not history.commits and history.tip == start
        return walked[files]

    if start == ground.head or quiet(frozenset().union(*paths.values())):
        yield from paths
        return
    yield from (setup for setup, files in paths.items() if quiet(files))


def _same(ground: Ground, setup: Setup, timeline: Timeline, end: Evaluation) -> Scanned:
    """A timeline whose head moves and nothing else."""
    if timeline.head != ground.head:
        ground.panel.desk.evaluator(setup).share(end, ground.head)
    seen, versions = end.observation, _before(ground, timeline)
    return Scanned(setup, timeline, timeline.start, "", versions, seen.verdict, seen.reason)


# -- what does ---------------------------------------------------------------------------------------------


def _judge(ground: Ground, starts: Mapping[Setup, _Start]) -> None:
    """All ends at once: workers have the most to do, and a queue is told of them together."""
    ground.panel.judge(
        [Task(setup, commit) for setup, start in starts.items() for commit in (start.commit, ground.head)]
    )


def _each(
    ground: Ground, timelines: Mapping[Setup, Timeline | None], starts: Mapping[Setup, _Start]
) -> dict[Setup, Scanned]:
    """Each timeline scanned. Pending names what all of them wait for, so that it is done at once."""
    found: dict[Setup, Scanned] = {}
    wanted: dict[str, Wanted] = {}
    for setup, start in starts.items():
        try:
            found[setup] = _scanned(ground, setup, timelines[setup], start)
        except Pending as pending:
            wanted.update((one.key, one) for one in pending.wanted)
    if wanted:
        raise Pending(list(wanted.values()))
    return found


def _scanned(ground: Ground, setup: Setup, timeline: Timeline | None, start: _Start) -> Scanned:
    before = _before(ground, timeline)
    kept: tuple[Version, ...] = ()
    if timeline and not start.whole:
        start, kept = _joint(ground, setup, timeline, start)
    report = _bisected(ground, setup, start.commit)
    versions = joined(kept, _versions(ground, setup, report, start.commit))
    known = {version.commit for version in before}
    head = ground.panel.commits(setup, [ground.head])[ground.head].observation
    return Scanned(
        setup,
        timeline,
        start.commit if start.whole or timeline is None else timeline.start,
        start.commit,
        versions,
        head.verdict,
        head.reason,
        new=sum(version.commit not in known for version in versions),
        evaluations=report.evaluations if report else 1,
        cached=report.cached if report else 0,
        note=start.note,
    )


def _joint(
    ground: Ground, setup: Setup, timeline: Timeline, start: _Start
) -> tuple[_Start, tuple[Version, ...]]:
    """From where to go on, and what stays. Where the end cannot be tested, from the last version that can."""
    kept = [one for one in _before(ground, timeline) if ground.is_ancestor(one.commit, start.commit)]
    tested = [number for number, one in enumerate(kept) if one.verdict is not Verdict.UNTESTABLE]
    if tested and tested[-1] < len(kept) - 1:
        kept = kept[: tested[-1] + 1]
        start = replace(start, commit=kept[-1].commit)
    seen = ground.panel.commits(setup, [start.commit])[start.commit].observation.verdict
    if kept and kept[-1].verdict is seen:
        return start, tuple(kept)
    was = kept[-1].verdict.value if kept else "not known"
    note = f"{start.commit[:12]} was {was} and is {seen.value}: scanned anew"
    return _Start(timeline.start, whole=True, note=note), ()


def _before(ground: Ground, timeline: Timeline | None) -> tuple[Version, ...]:
    if timeline is None:
        return ()
    with ground.panel.desk.store.read() as tx:
        return tuple(tx.branches.versions(timeline.id))


def _bisected(ground: Ground, setup: Setup, start: str) -> Report | None:
    """An exhaustive search of start..head; None where that is empty."""
    if start == ground.head:
        return None
    evaluator = ground.panel.desk.evaluator(setup)
    question = Question(
        setup.repository,
        (start,),
        ground.head,
        evaluator.probe.label,
        targets.label(evaluator.target),
        setup.toolchain,
        exhaustive=True,
    )
    return bisect(question, evaluator, PanelWorkers(ground.panel, setup), _Quiet())


def _versions(ground: Ground, setup: Setup, report: Report | None, start: str) -> tuple[Version, ...]:
    """The versions of the line; the first is named by the commit that the scan began from."""
    line = [LineVersion(start, start, Verdict.UNTESTABLE), *(report.line[1:] if report else ())]
    judged = ground.panel.commits(setup, [version.judged for version in line])
    numbers = ground.observations(setup, judged.values())
    return tuple(
        _version(ground, position, of_line, judged[of_line.judged], numbers)
        for position, of_line in enumerate(line)
    )


def _version(
    ground: Ground, position: int, of_line: LineVersion, judged: Evaluation, numbers: Mapping[str, int]
) -> Version:
    named = ground.commit(of_line.commit)
    return Version(
        position=position,
        commit=of_line.commit,
        subject=named.subject,
        committed=float(named.time),
        release=ground.describe(of_line.commit),
        verdict=judged.observation.verdict,
        reason=judged.observation.reason,
        fingerprint=judged.fingerprint,
        observation=numbers.get(judged.fingerprint or ""),
        origin=of_line.origin,
        candidates=of_line.candidates,
    )
