# SPDX-License-Identifier: GPL-2.0-or-later
"""What probes saw. The first writer of a key wins; nobody may see something else afterwards."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, defer

from bisectd.domain.errors import MachineError, NotFound
from bisectd.domain.observation import Observation
from bisectd.domain.records import ObservationKey, StoredObservation
from bisectd.domain.verdict import Verdict
from bisectd.store.dialect import chunks, insert
from bisectd.store.tables.facts import ObservationRow as Row


@dataclass(frozen=True)
class Filter:
    """Which observations; None is all."""

    probe: str | None = None
    target: str | None = None
    verdict: Verdict | None = None
    fingerprint: str | None = None


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

    def page(self, which: Filter, before: int | None, limit: int) -> list[StoredObservation]:
        """Newest first, those with a number under `before`, without their evidence."""
        numbers = self._numbers(which, before, limit)
        rows = select(Row).options(defer(Row.evidence)).where(Row.id.in_(numbers)).order_by(Row.id.desc())
        return [_stored(row, {}) for row in self._session.scalars(rows)]

    def stored(self, observation: int) -> StoredObservation:
        """One by its number, whole. NotFound where there is none."""
        row = self._session.get(Row, observation)
        if row is None:
            raise NotFound(f"there is no observation {observation}")
        return _stored(row, row.evidence)

    def _numbers(self, which: Filter, before: int | None, limit: int) -> list[int]:
        """The numbers of a page. Each verdict is looked up by itself: so a short index ends in the number."""
        wanted = {name: value for name, value in vars(which).items() if value is not None}
        if not wanted or wanted.keys() & {"verdict", "fingerprint"}:
            return list(self._session.scalars(_newest(wanted, before, limit)))
        found = [
            number
            for verdict in Verdict
            for number in self._session.scalars(_newest({**wanted, "verdict": verdict}, before, limit))
        ]
        return sorted(found, reverse=True)[:limit]

    def _found(self, fingerprints: Iterable[str], key: ObservationKey) -> Iterator[tuple[str, Observation]]:
        columns = select(Row.fingerprint, Row.verdict, Row.reason, Row.evidence).where(_question(key))
        for some in chunks(fingerprints):
            for row in self._session.execute(columns.where(Row.fingerprint.in_(some))):
                yield row.fingerprint, Observation(row.verdict, row.reason, row.evidence)


def _newest(wanted: Mapping[str, Any], before: int | None, limit: int) -> Select[int]:
    rows = select(Row.id).filter_by(**wanted).order_by(Row.id.desc()).limit(limit)
    return rows if before is None else rows.where(Row.id < before)


def _stored(row: Row, evidence: Mapping[str, Any]) -> StoredObservation:
    key = ObservationKey(
        row.fingerprint, row.probe, row.probe_version, row.target, row.toolchain, row.emulator_version
    )
    seen = Observation(row.verdict, row.reason, evidence)
    return StoredObservation(row.id, key, row.unit_key, seen, row.seconds, row.created)


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
