# SPDX-License-Identifier: GPL-2.0-or-later
"""The first page: what is broken now, what is being asked, who is at work; and one regression in full."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.seen import Evidence, Heading
from bisectd.domain.tracking import Branch, Point, Regression, RegressionState, Sighting, Whole, series_of
from bisectd.services.regressions import Listed, regressions
from bisectd.services.shown import lines
from bisectd.settings import Settings
from bisectd.store.regressions import Filter
from bisectd.store.store import Store, Transaction

_FEW = 8


@dataclass(frozen=True)
class Worker:
    """A worker that lives. `busy`: it has a task. `offers`: what it can be asked for."""

    name: str
    busy: bool
    offers: tuple[str, ...]


@dataclass(frozen=True)
class StableAffected:
    """A stable branch that has regressions now, whether mainline is rid of them or not.

    `regressions`: the newest of them; `more`: how many others there are.
    """

    branch: Branch
    regressions: Sequence[Regression]
    more: int


@dataclass(frozen=True)
class Overview:
    """What stands on the first page."""

    counts: Mapping[RegressionState, int]
    open: Sequence[Listed]
    jobs: Sequence[Heading]
    workers: Sequence[Worker]
    waiting: int
    branches: Sequence[Branch]
    stable: Sequence[StableAffected]


def overview(store: Store, settings: Settings) -> Overview:
    """The newest of everything."""
    with store.read() as tx:
        alive = tx.tasks.workers(time.time() - settings.lease)
        workers = [Worker(row.name, row.task is not None, tuple(row.offers.values())) for row in alive]
        counts, jobs = tx.regressions.counts(), tx.lookups.jobs(limit=_FEW)
        waiting, branches = tx.lookups.waiting_tasks(), tx.branches.all()
        stable = _stable(tx, branches)
    found = regressions(store, Filter(RegressionState.OPEN), None, _FEW)
    return Overview(counts, found, jobs, sorted(workers, key=lambda one: one.name), waiting, branches, stable)


def stable_affected(store: Store) -> Sequence[StableAffected]:
    """The stable branches that have a regression now."""
    with store.read() as tx:
        return _stable(tx, tx.branches.all())


def _stable(tx: Transaction, branches: Sequence[Branch]) -> Sequence[StableAffected]:
    """Those of the branches that are stable ones and have a regression, in their order."""
    affected = tx.lookups.affected_branches([one.id for one in branches if one.stable])
    known = tx.lookups.regressions_numbered({one for some in affected.values() for one in some[:_FEW]})
    return [
        StableAffected(one, [known[number] for number in some[:_FEW]], max(len(some) - _FEW, 0))
        for one in branches
        if (some := affected.get(one.id, []))
    ]


@dataclass(frozen=True)
class Affected:
    """A series of releases with a regression: "4.19" of v4.19.1 and the head of linux-4.19.y.

    Heads of other branches stand alone, under their own name.
    """

    series: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class SeenBy:
    """A probe on a target, and every timeline on which it saw a regression.

    `evidence`: the observation at the first commit with it; None where none is stored.
    """

    probe: str
    target: str
    reason: str
    sightings: tuple[Sighting, ...]
    evidence: Evidence | None


@dataclass(frozen=True)
class Life:
    """A regression with its whole life.

    `affected`: the releases and heads that a probe saw BAD and that hold this regression, as `lines.affected`
    tells: they lie on a branch that has or had it, from its first release there to before the fix's.
    """

    whole: Whole
    affected: Sequence[Affected]
    seen: Sequence[SeenBy]


def life(store: Store, number: int) -> Life:
    """One regression; NotFound."""
    with store.read() as tx:
        whole = tx.regressions.whole(number)
        repository, asked = whole.regression.repository, {(one.probe, one.target) for one in whole.sightings}
        points = tx.lookups.bad_points(repository, asked)
        versions = tx.lookups.turns_by_timeline({one.timeline for one in whole.sightings})
        stable = {series for one in tx.branches.all(repository) if (series := series_of(one.name))}
        evidence = tx.lookups.evidence_of(number)
    affected = lines.affected(points, whole.sightings, versions, stable)
    return Life(whole, _by_series(affected), _by_probe(whole.sightings, evidence))


def _by_probe(sightings: Sequence[Sighting], evidence: Mapping[int, Evidence]) -> list[SeenBy]:
    found: dict[tuple[str, str], list[Sighting]] = {}
    for one in sightings:
        found.setdefault((one.probe, one.target), []).append(one)
    return [
        SeenBy(
            probe,
            target,
            several[0].reason,
            tuple(several),
            next((evidence[one.timeline] for one in several if one.timeline in evidence), None),
        )
        for (probe, target), several in sorted(found.items())
    ]


def _by_series(points: Sequence[Point]) -> Sequence[Affected]:
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.series or point.name, []).append(point)
    return [Affected(series, tuple(several)) for series, several in found.items()]
