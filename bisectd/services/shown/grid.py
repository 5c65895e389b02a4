# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix: releases by probes by targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.jobs import Registered
from bisectd.domain.seen import Cell, Release
from bisectd.store.store import Store

ROWS = 20  # of one page


@dataclass(frozen=True)
class Grid:
    """Some rows of the matrix. `columns`: probe → its targets; `older`: what the next page comes after.

    A row has a cell for each column, in order; None where nothing was judged.
    """

    repositories: Sequence[Registered]
    repository: str
    probes: Sequence[str]
    toolchains: Sequence[str]
    toolchain: str
    columns: Mapping[str, Sequence[str]]
    rows: Sequence[tuple[Release, Sequence[Cell | None]]]
    older: Release | None


def grid(store: Store, name: str, probe: str, toolchain: str, before: Release | None) -> Grid:
    """The latest releases first; `name` "": the first repository that has any. NotFound for unknown ones."""
    with store.read() as tx:
        repositories = tx.repositories.all()
        if not repositories:
            return Grid((), "", (), (), "", {}, (), None)
        repository = tx.repositories.named(name) if name else _first(repositories, tx.lookups.with_points())
        releases = tx.lookups.releases(repository.id, before, ROWS + 1)
        older = releases[ROWS - 1] if len(releases) > ROWS else None
        cells = tx.lookups.cells(repository.id, [one.name for one in releases[:ROWS]])
    toolchains = sorted({cell.toolchain for cell in cells})
    chosen = toolchain if toolchain in toolchains else (toolchains or [""])[0]
    shown = [cell for cell in cells if cell.toolchain == chosen]
    probes = sorted({cell.probe for cell in shown})
    columns = {
        one: sorted({cell.target for cell in shown if cell.probe == one})
        for one in probes
        if probe in {"", one}
    }
    places = {cell[:3]: cell for cell in shown}
    pairs = [(one, target) for one, targets in columns.items() for target in targets]
    rows = [(release, [places.get((release.name, *pair)) for pair in pairs]) for release in releases[:ROWS]]
    return Grid(repositories, repository.name, probes, toolchains, chosen, columns, rows, older)


def _first(repositories: Sequence[Registered], with_points: frozenset[int]) -> Registered:
    return next((one for one in repositories if one.id in with_points), repositories[0])
