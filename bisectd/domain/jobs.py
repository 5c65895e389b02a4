# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs of the service, and the tasks that they are cut into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bisectd.domain.verdict import Verdict


class JobKind(Enum):
    """What a job asks. `scan` is an exhaustive bisection; `follow` a scan of what is new on a branch."""

    BISECT = "bisect"
    SUGGEST = "suggest"
    SCAN = "scan"
    FOLLOW = "follow"


class JobState(Enum):
    """Where a job stands. `failed` is the machine's or the user's fault: nothing was learned from it."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen unless somebody retries it."""
        return self in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


class TaskKind(Enum):
    """What a worker does: advance a job as far as stored facts carry it, compile a unit, run a probe."""

    ADVANCE = "advance"
    COMPILE = "compile"
    RUN = "run"


class TaskState(Enum):
    """Where a task stands. `idle`: nobody wants it now. `quarantined`: it took its worker down too often."""

    IDLE = "idle"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    QUARANTINED = "quarantined"


FOLLOWER = "bisectd"  # the user whose jobs the service itself submits

# A smaller number goes first. Somebody waits at the screen for the first, nobody for the last.
PRIORITY: Mapping[JobKind, int] = {
    JobKind.BISECT: 0,
    JobKind.SUGGEST: 0,
    JobKind.FOLLOW: 3,
    JobKind.SCAN: 6,
}


@dataclass(frozen=True)
class Asked:
    """What was submitted: full commit ids where the kind needs any; names of probe, target and toolchain.

    `mail` is the digest of the stored fix (suggest), `number` which patch of a series it is, 0 for its only
    one. `branch` is the number of the branch that is followed.
    """

    kind: JobKind
    repository: str
    toolchain: str
    probe: str = ""
    target: str = ""
    goods: tuple[str, ...] = ()
    bad: str = ""
    mail: str = ""
    branch: int = 0
    branch_name: str = ""
    number: int = 0

    def as_json(self) -> dict[str, Any]:
        """What stands in the store, and what the API prints."""
        return {**self.__dict__, "kind": self.kind.value, "goods": list(self.goods)}

    @classmethod
    def from_json(cls, asked: Mapping[str, Any]) -> "Asked":
        """The inverse of `as_json`."""
        return cls(**{**asked, "kind": JobKind(asked["kind"]), "goods": tuple(asked["goods"])})


@dataclass(frozen=True)
class Job:
    """A job as it stands. Times are seconds since the epoch, UTC.

    `offer`: the compiler and engine that all its tasks use, "" before its first worker. `progress`: what is
    known of the search. `result`: what `--json` prints for the same question asked locally; None also where
    it was not asked for. `changed`: rises with every change.
    """

    id: int
    asked: Asked
    user: str
    state: JobState
    priority: int
    offer: str
    progress: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: str | None
    created: float
    started: float | None
    finished: float | None
    changed: int


@dataclass(frozen=True)
class JobStep:
    """A verdict that a job has used, in the order in which it came to know them; `id` rises.

    `place`: where in the range the commit lies, 0 at its oldest, 1 at its newest; None for one outside.
    """

    id: int
    commit: str
    probe: str
    target: str
    verdict: Verdict
    reason: str
    fingerprint: str | None
    cached: bool
    created: float
    place: float | None = None


@dataclass(frozen=True)
class QueuedTask:
    """A task. `key` is the hash of what it does: equal work has one row, however many jobs wait for it.

    `route`: the offer that a worker must have. `payload`: what it takes to do it. `attempts`: how often a
    worker took it and did not finish. `worker`: who has it, or had it last.
    """

    id: int
    key: str
    kind: TaskKind
    route: str
    priority: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    state: TaskState = TaskState.QUEUED
    attempts: int = 0
    error: str | None = None
    worker: str | None = None


@dataclass(frozen=True)
class WorkerSeen:
    """A worker process: its offers (toolchain → offer), when it was last heard of, the task that it has."""

    name: str
    offers: Mapping[str, str]
    started: float
    seen: float
    task: int | None


@dataclass(frozen=True)
class Registered:
    """A repository that jobs may name. `source`: a path that is read in place, or a URL that is mirrored.

    `removed`: since when jobs may not name it any more.
    """

    id: int
    name: str
    source: str
    fetched: float | None
    error: str | None
    removed: float | None = None

    @property
    def mirrored(self) -> bool:
        """Whether the service keeps a copy of its own."""
        return "://" in self.source


@dataclass(frozen=True)
class Token:
    """A bearer token, without its secret."""

    id: int
    user: str
    scopes: frozenset[str]
    created: float
    expires: float | None
    revoked: float | None

    def may_change(self, user: str) -> bool:
        """Whether it may cancel and retry the jobs of a user."""
        return "admin" in self.scopes or ("submit" in self.scopes and user == self.user)
