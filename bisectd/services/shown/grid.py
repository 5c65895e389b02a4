# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix: releases by probes by targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.jobs import Registered
from bisectd.domain.seen import Release
from bisectd.domain.tracking import Point
from bisectd.store.store import Store

ROWS = 20  # of one page


@dataclass(frozen=True)
class Grid:
    """Some rows of the matrix. `columns`: probe → its targets; `older`: where the next page begins."""

    repositories: Sequence[Registered]
    repository: str
    probes: Sequence[str]
    toolchains: Sequence[str]
    toolchain: str
    columns: Mapping[str, Sequence[str]]
    rows: Sequence[tuple[Release, Mapping[tuple[str, str], Point]]]
    older: float | None


def grid(store: Store, name: str, probe: str, toolchain: str, before: float | None) -> Grid:
    """The latest releases first; `name` "": the first repository that has any. NotFound for unknown ones."""
    with store.read() as tx:
        repositories = tx.repositories.all()
        if not repositories:
            return Grid((), "", (), (), "", {}, (), None)
        repository = tx.repositories.named(name) if name else _first(repositories, tx.lookups.with_points())
        releases = tx.lookups.releases(repository.id, before, ROWS + 1)
        older = releases[ROWS - 1].committed if len(releases) > ROWS else None
        points = tx.lookups.points(repository.id, [one.name for one in releases[:ROWS]])
    toolchains = sorted({point.toolchain for point in points})
    chosen = toolchain if toolchain in toolchains else (toolchains or [""])[0]
    shown = [point for point in points if point.toolchain == chosen]
    probes = sorted({point.probe for point in shown})
    shown = [point for point in shown if probe in {"", point.probe}]
    columns = {
        one: sorted({point.target for point in shown if point.probe == one})
        for one in probes
        if probe in {"", one}
    }
    by_name: dict[str, dict[tuple[str, str], Point]] = {}
    for point in shown:
        by_name.setdefault(point.name, {})[point.probe, point.target] = point
    rows = [(release, by_name.get(release.name, {})) for release in releases[:ROWS]]
    return Grid(repositories, repository.name, probes, toolchains, chosen, columns, rows, older)


def _first(repositories: Sequence[Registered], with_points: frozenset[int]) -> Registered:
    return next((one for one in repositories if one.id in with_points), repositories[0])
