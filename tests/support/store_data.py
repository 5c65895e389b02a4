# SPDX-License-Identifier: GPL-2.0-or-later
"""Values to store."""

import hashlib
from collections.abc import Mapping

from bisectd.domain.observation import Observation
from bisectd.domain.records import ObservationKey, Question, StoredUnit
from bisectd.domain.verdict import Verdict

TOOLCHAIN = "zig-0.16.0"
RECIPE = hashlib.sha256(b"recipe").hexdigest()
BAD = Observation(Verdict.BAD, "MSR keeps FE0 FE1", {"msr": {"before": "FP FE0 FE1", "after": "FE0 FE1"}})
GOOD = Observation(Verdict.GOOD, "")


def digest(what: object) -> str:
    return hashlib.sha256(str(what).encode()).hexdigest()


def commit(number: int) -> str:
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def unit(
    name: object, reason: str | None = None, fingerprints: Mapping[str, str] | None = None
) -> StoredUnit:
    if fingerprints is None:
        fingerprints = {} if reason else {"fpu": digest(f"code of {name}")}
    return StoredUnit(digest(name), "pmac32", TOOLCHAIN, reason, fingerprints, {"cpu": 3, "mmu": 1 << 40})


def key(name: object, probe_version: int = 1) -> ObservationKey:
    return ObservationKey(digest(name), "fpu-giveup-fe", probe_version, "pmac32", TOOLCHAIN, "1")


def question(*goods: str, bad: str = "b" * 40, exhaustive: bool = False) -> Question:
    return Question("/src/linux", goods or ("a" * 40,), bad, "fpu-giveup-fe", "pmac32", TOOLCHAIN, exhaustive)
