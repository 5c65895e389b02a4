# SPDX-License-Identifier: GPL-2.0-or-later
"""What a version's functions do, as seen by running them: canonical, equal behaviour is equal data."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple


class Subject(NamedTuple):
    """Which call a row of a summary is about: the facility, the function, and under which condition."""

    facility: str
    entry: str
    condition: str


@dataclass(frozen=True)
class Effect:
    """What one call did. Bits and registers are lists of names, neighbours drawn together; "" is none.

    `ends`: "" where it returned, else how it ended. `cleared`, `gained`: bits of the task's saved MSR.
    `saved`: area → registers whose values are there now. `live`: facilities that the task still owns, and
    `clobbered`: their registers that the call overwrote. `loaded`: registers that hold what was saved for the
    task. `kernel`: facilities that the kernel may use afterwards. `mode`: the task's fpexc_mode, where it
    changed.
    """

    ends: str = ""
    cleared: str = ""
    gained: str = ""
    saved: Mapping[str, str] = field(default_factory=dict)
    live: str = ""
    clobbered: str = ""
    loaded: str = ""
    kernel: str = ""
    mode: str = ""


@dataclass(frozen=True)
class Summary:
    """All effects of a version on one target, in the order of the table of entries."""

    effects: Mapping[Subject, Effect]

    @property
    def digest(self) -> str:
        """Equal for equal behaviour: SHA-256 in hex."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> list[dict[str, Any]]:
        """One object a call; fields that say nothing are left out."""
        return [
            {**subject._asdict(), **{key: value for key, value in asdict(effect).items() if value}}
            for subject, effect in self.effects.items()
        ]

    @classmethod
    def from_json(cls, rows: list[dict[str, Any]]) -> "Summary":
        """The inverse of `as_json`."""
        return cls({_subject(row): _effect(row) for row in rows})


def _subject(row: Mapping[str, Any]) -> Subject:
    return Subject(row["facility"], row["entry"], row["condition"])


def _effect(row: Mapping[str, Any]) -> Effect:
    return Effect(**{key: value for key, value in row.items() if key not in Subject._fields})
