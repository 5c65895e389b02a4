# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of a function: the versions along a branch, and what became different at each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.observation import Observation
from bisectd.domain.tracking import Branch, Point, Timeline, Version, series_of
from bisectd.services.shown.compare import Differing, compare
from bisectd.services.shown.lines import lies_on
from bisectd.store.store import Store, Transaction

MOST = 80  # versions of one page
_CHANGES = 16  # of the latest changes the difference is shown at once


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
    """One probe on one target along a branch, oldest version first. `others`: all along that branch.

    `whole`: how many versions there are; `older`: the position before which the next page ends. `points`: the
    releases on the branch and its head, oldest first. `end`: when the last of `versions` ended, or how far it
    is known to last: the time of the version after it, or of the branch's head.
    """

    branch: Branch
    timeline: Timeline
    others: Sequence[Timeline]
    versions: Sequence[Shown]
    whole: int
    older: int | None
    points: Sequence[Point]
    end: float


def timelines(store: Store) -> Sequence[tuple[Branch, Sequence[Timeline]]]:
    """All that can be shown, branch by branch."""
    with store.read() as tx:
        return [(branch, tx.branches.timelines(branch.id)) for branch in tx.branches.all()]


def line(store: Store, branch: int, probe: str, target: str, before: int | None = None) -> Line | None:
    """The latest versions of one of them, before a position; None where it was never scanned."""
    with store.read() as tx:
        try:
            followed = tx.branches.get(branch)
        except KeyError:
            return None
        found = tx.branches.timeline(branch, probe, target, followed.toolchain)
        if found is None:
            return None
        whole = tx.lookups.versions_of(found.id)
        end = whole if before is None else min(before, whole)
        first = max(end - MOST, 0)
        # One more, so that the first of the page has something to differ from.
        versions = tx.lookups.some_versions(found.id, max(first - 1, 0), end + 1)
        after = [one.committed for one in versions if one.position >= end]
        shown = _shown(tx, [one for one in versions if one.position < end])
        page = [one for one in shown if one.version.position >= first]
        points = _points(tx, followed, found)
        heads = [point.committed for point in points if not point.release]
        others = tx.branches.timelines(branch)
        return Line(
            followed, found, others, page, whole, first or None, points, max(after or heads, default=0.0)
        )


def _points(tx: Transaction, branch: Branch, timeline: Timeline) -> list[Point]:
    stable = {series for one in tx.branches.all(branch.repository) if (series := series_of(one.name))}
    points = tx.lookups.points_of(branch.repository, timeline)
    return [point for point in points if lies_on(branch.name, stable, point)]


def _shown(tx: Transaction, versions: Sequence[Version]) -> list[Shown]:
    pairs = list(zip([None, *versions], versions, strict=False))
    changes = [pair for pair in pairs if pair[0] and pair[0].verdict is not pair[1].verdict][-_CHANGES:]
    numbers = {one.observation for pair in changes for one in pair if one and one.observation}
    seen = tx.lookups.observations(numbers)
    return [Shown(after, before, _differences(before, after, seen)) for before, after in pairs]


def _differences(
    before: Version | None, after: Version, seen: Mapping[int, Observation]
) -> Sequence[Differing]:
    old = seen.get(before.observation or 0) if before and before.verdict is not after.verdict else None
    new = seen.get(after.observation or 0)
    return compare(old, new) if old and new else ()
