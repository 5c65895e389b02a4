# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scan of a branch stands on, and what it comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.tracking import Branch, Point, Timeline, Version
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.services.panel import Panel

Key = tuple[str, str, str]  # probe, target, toolchain


def key_of(setup: Setup) -> Key:
    """What names the timeline of a setup on a branch."""
    return setup.probe, setup.target, setup.toolchain


@dataclass(frozen=True)
class Scanned:
    """What one probe on one target came to: the whole timeline, and how it was come by.

    `before`: the timeline as it was stored, None for a first scan. `begin`: from where was scanned now, ""
    where nothing had to be. `new`: how many of the versions are new. `note`: what was out of the ordinary.
    """

    setup: Setup
    before: Timeline | None
    start: str
    begin: str
    versions: tuple[Version, ...]
    verdict: Verdict
    reason: str
    new: int = 0
    evaluations: int = 0
    cached: int = 0
    note: str = ""

    @property
    def key(self) -> Key:
        """Probe, target and toolchain."""
        return key_of(self.setup)


@dataclass(frozen=True)
class Scan:
    """What a branch came to. `commits`: how many are new on it; None after a rewrite, and the first time.

    `every`: all that the branch is followed for; `scanned` may be a part of it.
    """

    branch: Branch
    head: str
    commits: int | None
    scanned: tuple[Scanned, ...]
    points: tuple[Point, ...]
    every: frozenset[Key]


class Ground:
    """The repository, asked each thing once; the branch, and the head that the scan goes up to."""

    def __init__(self, panel: Panel, branch: Branch, head: str) -> None:
        self.panel = panel
        self.branch = branch
        self.head = head
        self.repository: Repository = panel.desk.repository
        self.describe = cache(self.repository.describe)
        self.is_ancestor = cache(self._is_ancestor)
        self.commit = cache(self.repository.commit)
        self.resolve = cache(self.repository.resolve)

    def _is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Of nobody where it is not here: history was rewritten, and this mirror is younger than that."""
        return self.repository.has(ancestor) and self.repository.is_ancestor(ancestor, commit)

    @cached_property
    def fresh(self) -> frozenset[str] | None:
        """The commits that are new on the branch; None where it was never scanned, or was rewritten."""
        before = self.branch.head
        if not before or not self.is_ancestor(before, self.head):
            return None
        return frozenset(self.repository.walk([f"{before}..{self.head}"]) if before != self.head else ())

    def observations(self, setup: Setup, judged: Iterable[Evaluation]) -> Mapping[str, int]:
        """Fingerprint → number of the stored observation."""
        key = self.panel.desk.evaluator(setup).observation_key("")._asdict()
        del key["fingerprint"]
        with self.panel.desk.store.read() as tx:
            return tx.branches.observations(key, {one.fingerprint for one in judged if one.fingerprint})
