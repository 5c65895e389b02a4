# SPDX-License-Identifier: GPL-2.0-or-later
"""What is looked up to be shown: facts with their numbers and origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bisectd.domain.jobs import Asked, JobKind, JobState
from bisectd.domain.observation import Observation
from bisectd.domain.semantics import Summary
from bisectd.domain.verdict import Verdict


@dataclass(frozen=True)
class Seen:
    """A stored observation. `unit` was run; `seconds` is how long that took."""

    id: int
    fingerprint: str
    probe: str
    probe_version: int
    target: str
    toolchain: str
    emulator_version: str
    unit: str
    observation: Observation
    seconds: float
    created: float


@dataclass(frozen=True)
class Judged:
    """A verdict on a commit. `observation` is None where the unit does not build."""

    probe: str
    target: str
    toolchain: str
    verdict: Verdict
    reason: str
    observation: int | None


@dataclass(frozen=True)
class Summed:
    """A stored semantic summary. Two with one `setting` can be compared."""

    target: str
    setting: tuple[str, str, int, str]
    summary: Summary


@dataclass(frozen=True)
class Heading:
    """A job without its result: `outcome` and `fixes` are the parts of it that lists show."""

    id: int
    kind: JobKind
    asked: Asked
    user: str
    state: JobState
    progress: Mapping[str, Any]
    outcome: str | None
    fixes: str | None
    error: str | None
    created: float
    started: float | None
    finished: float | None


@dataclass(frozen=True)
class Release:
    """A row of the matrix: a release, or the head of a branch."""

    name: str
    release: bool
    committed: float


class Cell(NamedTuple):
    """A cell of the matrix."""

    name: str
    probe: str
    target: str
    toolchain: str
    verdict: Verdict
    reason: str
    observation: int | None
    commit: str


class Evidence(NamedTuple):
    """An observation as one commit has it: others with the same code share it, at other lines."""

    number: int
    commit: str


@dataclass(frozen=True)
class Passage:
    """A commit that a timeline knows: it changed the code there. `verdict`: from there on."""

    repository: str
    branch: int
    branch_name: str
    probe: str
    target: str
    commit: str
    subject: str
    verdict: Verdict
    observation: int | None
