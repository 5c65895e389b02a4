# SPDX-License-Identifier: GPL-2.0-or-later
"""Semantic summaries. The first writer of a key wins; nobody may see something else afterwards."""

import time

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from bisectd.domain.errors import MachineError
from bisectd.domain.records import ObservationKey
from bisectd.domain.semantics import Summary
from bisectd.store.dialect import insert
from bisectd.store.tables.facts import SummaryRow as Row


class Summaries:
    """The `summaries` table. Of a key, `probe_version` is the version of the way of summarizing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, key: ObservationKey) -> Summary | None:
        """The summary, if this was ever run."""
        rows = self._session.scalar(select(Row.effects).where(_same(key)))
        return None if rows is None else Summary.from_json(rows)

    def add(self, key: ObservationKey, unit_key: str, summary: Summary, seconds: float) -> None:
        """Store what a run of `unit_key` (stored before) gave. MachineError if another run saw otherwise."""
        values = {
            "fingerprint": key.fingerprint,
            "target": key.target,
            "toolchain": key.toolchain,
            "version": key.probe_version,
            "emulator_version": key.emulator_version,
            "unit_key": unit_key,
            "digest": summary.digest,
            "effects": summary.as_json(),
            "seconds": seconds,
            "created": time.time(),
        }
        self._session.execute(insert(Row, self._session).values(**values))
        if self._session.scalars(select(Row.digest).where(_same(key))).one() != summary.digest:
            raise MachineError(
                f"fingerprint {key.fingerprint[:12]} ({key.target}, {key.toolchain}) did something else "
                "before: this machine is not reliable, or summaries changed without a new version"
            )


def _same(key: ObservationKey) -> ColumnElement[bool]:
    return and_(
        Row.fingerprint == key.fingerprint,
        Row.target == key.target,
        Row.toolchain == key.toolchain,
        Row.version == key.probe_version,
        Row.emulator_version == key.emulator_version,
    )
