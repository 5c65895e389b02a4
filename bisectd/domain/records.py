# SPDX-License-Identifier: GPL-2.0-or-later
"""What is remembered between runs, and the keys it is found by. Equal keys mean equal facts."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict

LARGEST = (1 << 63) - 1  # number that a row can have: that of a signed column of 64 bits


class ObservationKey(NamedTuple):
    """Everything that can change what a probe sees: two runs with one key must see the same."""

    fingerprint: str
    probe: str
    probe_version: int
    target: str
    toolchain: str  # name and version of the compiler
    emulator_version: str


@dataclass(frozen=True)
class StoredObservation:
    """An observation as it stands in the store; in a list its evidence is left out.

    `seconds` is how long the run took, `created` when it was stored.
    """

    id: int
    key: ObservationKey
    unit: str
    observation: Observation
    seconds: float
    created: float


@dataclass(frozen=True)
class Question:
    """What one bisection asks. Commits are full ids; the order of `goods` does not matter."""

    repository: str  # absolute path
    goods: tuple[str, ...]
    bad: str
    probe: str
    target: str
    toolchain: str
    exhaustive: bool = False

    @property
    def key(self) -> str:
        """Equal for equal questions: SHA-256 in hex."""
        fields = asdict(self) | {"goods": sorted(set(self.goods))}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Step:
    """A commit that a bisection asked about, and the answer. `reason` is empty only for GOOD."""

    commit: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Bisection:
    """A bisection as it stands. `outcome` (what `--json` prints) is the latest answer, None before the first.

    Times are seconds since the epoch, UTC; `started` is when the latest run began.
    """

    id: int
    question: Question
    started: float
    finished: float | None
    outcome: Mapping[str, Any] | None

    @property
    def running(self) -> bool:
        """Whether the latest run has not answered: it is at work, or it was stopped."""
        return self.finished is None or self.finished < self.started


@dataclass(frozen=True)
class StoredUnit:
    """What is known of a unit without compiling it again.

    `reason` says why it does not build and is None where it does. `fingerprints` maps what was asked (a
    name for root functions and structure members; a new one where these change) to the answer.
    """

    key: str
    target: str
    toolchain: str
    reason: str | None
    fingerprints: Mapping[str, str]
    features: Mapping[str, int]
