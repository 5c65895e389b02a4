# SPDX-License-Identifier: GPL-2.0-or-later
"""What probes saw. The first writer of a key wins; nobody may see something else afterwards."""

import time
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from bisectd.domain.errors import MachineError
from bisectd.domain.observation import Observation
from bisectd.domain.records import ObservationKey
from bisectd.domain.verdict import Verdict
from bisectd.store.dialect import chunks, insert
from bisectd.store.tables.facts import ObservationRow as Row


class Observations:
    """The `observations` table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, key: ObservationKey) -> Observation | None:
        """What was seen, if this was ever run."""
        return self.of([key.fingerprint], key).get(key.fingerprint)

    def of(self, fingerprints: Iterable[str], key: ObservationKey) -> dict[str, Observation]:
        """The same question (all of `key` but its fingerprint) for many fingerprints; only what is known."""
        return dict(self._found(fingerprints, key))

    def add(self, key: ObservationKey, unit_key: str, observation: Observation, seconds: float) -> None:
        """Store what a run of `unit_key` (stored before) gave. MachineError if another run saw otherwise."""
        values = key._asdict() | {
            "unit_key": unit_key,
            "verdict": observation.verdict,
            "reason": observation.reason,
            "evidence": dict(observation.evidence),
            "seconds": seconds,
            "created": time.time(),
        }
        self._session.execute(insert(Row, self._session).values(**values))
        stored = self._session.scalars(
            select(Row.verdict).where(_question(key), Row.fingerprint == key.fingerprint)
        ).one()
        if stored is not observation.verdict:
            raise MachineError(_disagreement(key, stored, observation.verdict))

    def _found(self, fingerprints: Iterable[str], key: ObservationKey) -> Iterator[tuple[str, Observation]]:
        columns = select(Row.fingerprint, Row.verdict, Row.reason, Row.evidence).where(_question(key))
        for some in chunks(fingerprints):
            for row in self._session.execute(columns.where(Row.fingerprint.in_(some))):
                yield row.fingerprint, Observation(row.verdict, row.reason, row.evidence)


def _disagreement(key: ObservationKey, before: Verdict, now: Verdict) -> str:
    return (
        f"probe {key.probe} gave {before.value} and now {now.value} "
        f"for fingerprint {key.fingerprint[:12]} ({key.target}, {key.toolchain}): "
        "this machine is not reliable, or the probe changed without a new version"
    )


def _question(key: ObservationKey) -> ColumnElement[bool]:
    return and_(
        Row.probe == key.probe,
        Row.probe_version == key.probe_version,
        Row.target == key.target,
        Row.toolchain == key.toolchain,
        Row.emulator_version == key.emulator_version,
    )
