# SPDX-License-Identifier: GPL-2.0-or-later
"""What is followed, and what came of it: branches, their timelines, regressions, and who is told of them.

Times are seconds since the epoch, UTC; `committed`, `introduced_at` and `fixed_at` are the committer's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bisectd.domain.verdict import Verdict

_STABLE = re.compile(r"(?:.*/)?linux-(\d+(?:\.\d+)+)\.y")

ALL = "all"  # in place of names: every probe, every target on which a probe makes sense


def series_of(branch: str) -> str:
    """The release that a stable branch belongs to, "4.19" of linux-4.19.y; "" for any other branch."""
    match = _STABLE.fullmatch(branch)
    return match[1] if match else ""


class RegressionState(Enum):
    """Open while a branch has it that is no stable branch.

    One that only stable branches had is open while any of them has it.
    """

    OPEN = "open"
    FIXED = "fixed"


class BranchState(Enum):
    """How a branch stands to a regression. `unaffected`: it was looked for there and never seen."""

    AFFECTED = "affected"
    FIXED = "fixed"
    UNAFFECTED = "unaffected"


class EventKind(Enum):
    """What happened to a regression.

    `affected`: a branch got it that did not have it; `reached`: the fix reached one more branch.
    """

    OPENED = "opened"
    FIXED = "fixed"
    REOPENED = "reopened"
    AFFECTED = "affected"
    REACHED = "reached"


class HookKind(Enum):
    """How somebody is told."""

    WEBHOOK = "webhook"
    MAIL = "mail"


class DeliveryState(Enum):
    """Where a delivery stands. `failed`: given up."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"


JOB_DONE = "job.done"
EVENTS = (*(f"regression.{kind.value}" for kind in EventKind), JOB_DONE)


@dataclass(frozen=True)
class Branch:
    """A branch that is followed. `probes` and `targets` are names, or ("all",).

    `since`: the revision that its first scan begins from, "" for its oldest release. `head`: up to where all
    its timelines were scanned; `error`: why the latest scan failed. `created`: since when it is followed;
    `followed`: whether it still is.
    """

    id: int
    repository: int
    repository_name: str
    source: str
    name: str
    probes: tuple[str, ...]
    targets: tuple[str, ...]
    toolchain: str
    since: str
    head: str | None
    scanned: float | None
    error: str | None
    created: float = 0.0
    followed: bool = True

    @property
    def stable(self) -> bool:
        """Whether it is a stable branch (linux-X.Y.y)."""
        return bool(series_of(self.name))


@dataclass(frozen=True)
class Timeline:
    """One probe on one target along a branch. `start`: from where it was scanned; `verdict`: at `head`."""

    id: int
    branch: int
    branch_name: str
    probe: str
    target: str
    toolchain: str
    start: str
    head: str
    verdict: Verdict
    reason: str
    scanned: float


@dataclass(frozen=True)
class Version:
    """A commit of a branch's line at which the code, as the probe sees it, became another.

    Where the verdict changed, `origin` is the commit that changed it: this one, or one that this one merged;
    `candidates` are all that may have, oldest first, where untestable commits stand between. `release`: the
    first with it.
    """

    position: int
    commit: str
    subject: str
    committed: float
    release: str | None
    verdict: Verdict
    reason: str
    fingerprint: str | None
    observation: int | None
    origin: str | None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """A release or the head of a branch, judged: a cell of the matrix. `series`: "4.19" for v4.19.3."""

    name: str
    series: str
    release: bool
    commit: str
    committed: float
    probe: str
    target: str
    toolchain: str
    verdict: Verdict
    reason: str
    observation: int | None


@dataclass(frozen=True)
class Regression:
    """A good → bad change and its later life. `fixes`: the whole Fixes: line, None where a range is known.

    What broke again after a fix is told of its latest break; those before are in the sightings and events.
    `release`: the first with the fault, `fixed_release` the first with the fix; None: there is none.
    `opened` and `changed`: when bisectd learnt of it, and of the latest.
    """

    id: int
    repository: int
    repository_name: str
    state: RegressionState
    introduced: str
    candidates: tuple[str, ...]
    upstream: str | None
    subject: str
    fixes: str | None
    reason: str
    introduced_at: float
    release: str | None
    fixed: str | None
    fixed_subject: str | None
    fixed_at: float | None
    fixed_release: str | None
    opened: float
    changed: float


@dataclass(frozen=True)
class Sighting:
    """One probe on one target that went from GOOD to BAD on a branch; `fixed`: what made it GOOD again."""

    id: int
    regression: int
    timeline: int
    branch: int
    branch_name: str
    probe: str
    target: str
    toolchain: str
    reason: str
    state: RegressionState
    introduced: str
    candidates: tuple[str, ...]
    introduced_at: float
    fixed: str | None
    fixed_at: float | None


@dataclass(frozen=True)
class Event:
    """Something that happened to a regression, on a branch, by a commit."""

    id: int
    regression: int
    kind: EventKind
    branch: int
    branch_name: str
    commit: str
    detail: str
    created: float


@dataclass(frozen=True)
class BranchStanding:
    """How a branch stands to a regression; `how`: what ties the commit that fixed it there to the fix."""

    regression: int
    branch: int
    branch_name: str
    state: BranchState
    fixed: str | None
    subject: str | None
    how: str | None
    release: str | None


@dataclass(frozen=True)
class Whole:
    """A regression with all that is known of it."""

    regression: Regression
    sightings: Sequence[Sighting]
    branches: Sequence[BranchStanding]
    events: Sequence[Event]


@dataclass(frozen=True)
class Hook:
    """Who is told of what. `secret` signs webhooks; it is "" for mail."""

    id: int
    kind: HookKind
    address: str
    events: tuple[str, ...]
    secret: str
    created: float


@dataclass(frozen=True)
class Backlog:
    """What a hook has not taken. `waiting`: messages that are still to be delivered; `failed`: given up.

    `error`: why the latest of them was not taken; `next`: when one of them is tried, at the earliest.
    """

    waiting: int = 0
    failed: int = 0
    error: str | None = None
    next: float | None = None


@dataclass(frozen=True)
class Delivery:
    """A message to one hook. `due`: when it is tried next."""

    id: int
    hook: int
    event: str
    body: Mapping[str, Any]
    state: DeliveryState
    attempts: int
    due: float
    error: str | None
    created: float
    finished: float | None
