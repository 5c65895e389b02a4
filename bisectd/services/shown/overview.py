# SPDX-License-Identifier: GPL-2.0-or-later
"""The first page: what is broken now, what is being asked, who is at work; and one regression in full."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.seen import Heading
from bisectd.domain.tracking import Branch, RegressionState, Sighting, Whole
from bisectd.services.regressions import Listed, regressions
from bisectd.settings import Settings
from bisectd.store.regressions import Filter
from bisectd.store.store import Store

_FEW = 8


@dataclass(frozen=True)
class Worker:
    """A worker that lives. `busy`: it has a task. `offers`: what it can be asked for."""

    name: str
    busy: bool
    offers: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """What stands on the first page."""

    counts: Mapping[RegressionState, int]
    open: Sequence[Listed]
    jobs: Sequence[Heading]
    workers: Sequence[Worker]
    waiting: int
    branches: Sequence[Branch]


def overview(store: Store, settings: Settings) -> Overview:
    """The newest of everything."""
    with store.read() as tx:
        alive = tx.tasks.workers(time.time() - settings.lease)
        workers = [Worker(row.name, row.task is not None, tuple(row.offers.values())) for row in alive]
        counts, jobs = tx.regressions.counts(), tx.lookups.jobs(limit=_FEW)
        waiting, branches = tx.lookups.waiting_tasks(), tx.branches.all()
    found = regressions(store, Filter(RegressionState.OPEN), None, _FEW)
    return Overview(counts, found, jobs, sorted(workers, key=lambda one: one.name), waiting, branches)


@dataclass(frozen=True)
class Affected:
    """A line of releases with a regression: "4.19" of v4.19.1 and v4.19.2; heads of branches stand alone.

    `points`: each with its evidence.
    """

    series: str
    points: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class SeenBy:
    """A probe on a target, and every timeline on which it saw a regression.

    `evidence`: the observation at the first commit with it; None where none is stored.
    """

    probe: str
    target: str
    reason: str
    sightings: tuple[Sighting, ...]
    evidence: int | None


@dataclass(frozen=True)
class Life:
    """A regression with its whole life."""

    whole: Whole
    affected: Sequence[Affected]
    seen: Sequence[SeenBy]


def life(store: Store, number: int) -> Life | None:
    """One regression; None where there is none of that number."""
    with store.read() as tx:
        whole = tx.regressions.whole(number)
        if whole is None:
            return None
        asked = {(one.probe, one.target) for one in whole.sightings}
        since = whole.regression.introduced_at
        points = tx.lookups.affected(whole.regression.repository, asked, since)
        evidence = tx.lookups.evidence_of(number)
    return Life(whole, _by_series(points), _by_probe(whole.sightings, evidence))


def _by_probe(sightings: Sequence[Sighting], evidence: Mapping[int, int]) -> list[SeenBy]:
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


def _by_series(points: Sequence[tuple[str, str, int | None]]) -> Sequence[Affected]:
    found: dict[str, list[tuple[str, int | None]]] = {}
    for series, name, observation in points:
        found.setdefault(series or name, []).append((name, observation))
    return [Affected(series, tuple(several)) for series, several in found.items()]
