# SPDX-License-Identifier: GPL-2.0-or-later
"""Units, what they compiled to, and which commit has which."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bisectd.domain.records import StoredUnit
from bisectd.store.dialect import chunks, insert
from bisectd.store.tables.facts import CommitUnitRow, FingerprintRow, UnitRow


class Units:
    """The tables `units`, `fingerprints` and `commit_units`.

    Rows are inserted in order of their keys: PostgreSQL has two writers of the same rows wait for each other.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, key: str) -> StoredUnit | None:
        """One unit by its key."""
        return self.of_keys([key]).get(key)

    def of_keys(self, keys: Iterable[str]) -> dict[str, StoredUnit]:
        """Units by key; only those that are known."""
        return {unit.key: unit for some in chunks(keys) for unit in self._read(some)}

    def of_commits(self, recipe: str, commits: Iterable[str]) -> dict[str, StoredUnit]:
        """The unit of each commit that was built, or failed to build, by this recipe."""
        keys = dict(self._keys(recipe, commits))
        units = self.of_keys(set(keys.values()))
        return {commit: units[key] for commit, key in keys.items()}

    def paths(self, key: str) -> frozenset[str]:
        """Every file the unit's build read; KeyError for an unknown unit."""
        paths = self._session.scalar(select(UnitRow.paths).filter_by(key=key))
        if paths is None:
            raise KeyError(key)
        return frozenset(paths)

    def add(self, unit: StoredUnit, paths: Iterable[str]) -> None:
        """Store a unit and the files its build read; one that is there already stays as it is."""
        values = {
            "key": unit.key,
            "target": unit.target,
            "toolchain": unit.toolchain,
            "reason": unit.reason,
            "features": dict(unit.features),
            "paths": sorted(paths),
            "created": time.time(),
        }
        self._session.execute(insert(UnitRow, self._session).values(**values))
        self.add_fingerprints(unit.key, unit.fingerprints)

    def add_fingerprints(self, key: str, fingerprints: Mapping[str, str]) -> None:
        """Add what further sets of roots compiled to (a new probe asks about an old unit)."""
        rows = [
            {"unit_key": key, "roots": roots, "fingerprint": value}
            for roots, value in sorted(fingerprints.items())
        ]
        if rows:
            self._session.execute(insert(FingerprintRow, self._session), rows)

    def assign(self, recipe: str, units: Mapping[str, str]) -> None:
        """Remember the unit key of each commit; the units must be stored before."""
        rows = [
            {"recipe": recipe, "commit_id": commit, "unit_key": key} for commit, key in sorted(units.items())
        ]
        if rows:
            self._session.execute(insert(CommitUnitRow, self._session), rows)

    def _keys(self, recipe: str, commits: Iterable[str]) -> Iterator[tuple[str, str]]:
        pairs = select(CommitUnitRow.commit_id, CommitUnitRow.unit_key).where(CommitUnitRow.recipe == recipe)
        for some in chunks(commits):
            rows = self._session.execute(pairs.where(CommitUnitRow.commit_id.in_(some)))
            yield from ((commit, key) for commit, key in rows)

    def _read(self, keys: list[str]) -> Iterator[StoredUnit]:
        fingerprints = self._fingerprints(keys)
        columns = (UnitRow.key, UnitRow.target, UnitRow.toolchain, UnitRow.reason, UnitRow.features)
        for key, target, toolchain, reason, features in self._session.execute(
            select(*columns).where(UnitRow.key.in_(keys))
        ):
            yield StoredUnit(key, target, toolchain, reason, fingerprints[key], features)

    def _fingerprints(self, keys: list[str]) -> defaultdict[str, dict[str, str]]:
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        columns = (FingerprintRow.unit_key, FingerprintRow.roots, FingerprintRow.fingerprint)
        for key, roots, fingerprint in self._session.execute(
            select(*columns).where(FingerprintRow.unit_key.in_(keys))
        ):
            found[key][roots] = fingerprint
        return found
