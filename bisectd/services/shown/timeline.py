# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of a function: the versions along a branch, and what became different at each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.observation import Observation
from bisectd.domain.tracking import Branch, Timeline, Version
from bisectd.services.shown.compare import Differing, compare
from bisectd.store.store import Store, Transaction

MOST = 300  # versions of one page
_CHANGES = 24  # of the latest changes the difference is shown at once


@dataclass(frozen=True)
class Shown:
    """A version with the one before it. `differences`: of what was seen, where the verdict changed."""

    version: Version
    before: Version | None
    differences: Sequence[Differing]

    @property
    def changed(self) -> bool:
        """Whether the verdict changed here."""
        return self.before is not None and self.before.verdict is not self.version.verdict


@dataclass(frozen=True)
class Line:
    """One probe on one target along a branch, oldest version first. `left_out`: older ones."""

    branch: Branch
    timeline: Timeline
    versions: Sequence[Shown]
    left_out: int


def timelines(store: Store) -> Sequence[tuple[Branch, Sequence[Timeline]]]:
    """All that can be shown, branch by branch."""
    with store.read() as tx:
        return [(branch, tx.branches.timelines(branch.id)) for branch in tx.branches.all()]


def line(store: Store, branch: int, probe: str, target: str) -> Line | None:
    """One of them; None where it was never scanned."""
    with store.read() as tx:
        try:
            followed = tx.branches.get(branch)
        except KeyError:
            return None
        found = tx.branches.timeline(branch, probe, target, followed.toolchain)
        if found is None:
            return None
        versions = tx.branches.versions(found.id)
        return Line(followed, found, _shown(tx, versions[-MOST:]), max(len(versions) - MOST, 0))


def _shown(tx: Transaction, versions: Sequence[Version]) -> list[Shown]:
    pairs = list(zip([None, *versions], versions, strict=False))
    changes = [pair for pair in pairs if pair[0] and pair[0].verdict is not pair[1].verdict][-_CHANGES:]
    seen: dict[int, Observation] = {}
    for version in (one for pair in changes for one in pair if one):
        if version.observation and version.observation not in seen:
            seen[version.observation] = tx.lookups.observation(version.observation).observation
    return [Shown(after, before, _differences(before, after, seen)) for before, after in pairs]


def _differences(
    before: Version | None, after: Version, seen: Mapping[int, Observation]
) -> Sequence[Differing]:
    old = seen.get(before.observation or 0) if before and before.verdict is not after.verdict else None
    new = seen.get(after.observation or 0)
    return compare(old, new) if old and new else ()
