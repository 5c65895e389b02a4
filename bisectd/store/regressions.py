# SPDX-License-Identifier: GPL-2.0-or-later
"""Regressions, who saw them, what happened to them, and how branches stand to them."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.orm import Session

from bisectd.domain.errors import NotFound
from bisectd.domain.tracking import (
    BranchStanding,
    BranchState,
    Event,
    EventKind,
    Regression,
    RegressionState,
    Sighting,
    Whole,
)
from bisectd.store.dialect import insert as insert_new
from bisectd.store.tables.service import RepositoryRow
from bisectd.store.tables.tracking import (
    BranchRow,
    RegressionBranchRow,
    RegressionEventRow,
    RegressionRow,
    SightingRow,
    TimelineRow,
)


@dataclass(frozen=True)
class Filter:
    """Which regressions; None is any. `introduced`: by that commit, now or in an earlier break."""

    state: RegressionState | None = None
    repository: int | None = None
    introduced: str | None = None


class Regressions:
    """The tables `regressions`, `sightings`, `regression_events` and `regression_branches`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # -- to read --------------------------------------------------------------------------------------------

    def page(
        self, wanted: Filter = Filter(), limit: int | None = 50, before: int | None = None
    ) -> list[Regression]:
        """The newest first, None: all; `before`: those with smaller numbers, for the next page."""
        rows = regressions().order_by(RegressionRow.id.desc()).limit(limit)
        if wanted.state:
            rows = rows.where(RegressionRow.state == wanted.state)
        if wanted.repository is not None:
            rows = rows.where(RegressionRow.repository_id == wanted.repository)
        if wanted.introduced:
            rows = rows.where(introduced_by(wanted.introduced))
        if before is not None:
            rows = rows.where(RegressionRow.id < before)
        return [regression_of(row) for row in self._session.execute(rows)]

    def counts(self) -> dict[RegressionState, int]:
        """How many there are in each state."""
        rows = select(RegressionRow.state, func.count()).group_by(RegressionRow.state)
        found = {state: count for state, count in self._session.execute(rows)}  # noqa: C416 - typed
        return dict.fromkeys(RegressionState, 0) | found

    def get(self, regression: int) -> Regression | None:
        """By number."""
        found = self._session.execute(regressions().where(RegressionRow.id == regression)).one_or_none()
        return regression_of(found) if found else None

    def whole(self, regression: int) -> Whole:
        """One with all that is known of it; NotFound."""
        found = self.get(regression)
        if found is None:
            raise NotFound(f"there is no regression {regression}")
        return Whole(
            found,
            self.sightings([regression])[regression],
            self.branches([regression])[regression],
            self.events(regression),
        )

    def sightings(self, regressions: Iterable[int]) -> Mapping[int, Sequence[Sighting]]:
        """Who saw each: by branch, probe, target, oldest first."""
        rows = (
            _sightings()
            .where(SightingRow.regression_id.in_(list(regressions)))
            .order_by(BranchRow.name, TimelineRow.probe, TimelineRow.target, SightingRow.id)
        )
        found: defaultdict[int, list[Sighting]] = defaultdict(list)
        for row in self._session.execute(rows):
            sighting = _sighting(row)
            found[sighting.regression].append(sighting)
        return found

    def branches(self, regressions: Iterable[int]) -> Mapping[int, Sequence[BranchStanding]]:
        """How the followed branches stand to each: those that have or had it, and those looked at for it."""
        numbers = list(regressions)
        rows = (
            select(RegressionBranchRow, BranchRow.name)
            .join(BranchRow)
            .where(RegressionBranchRow.regression_id.in_(numbers))
        )
        found: defaultdict[int, dict[int, BranchStanding]] = defaultdict(dict)
        for row, name in self._session.execute(rows):
            found[row.regression_id][row.branch_id] = _standing(row, name)
        for regression, branch, name in self._looked_at(numbers):
            free = BranchStanding(regression, branch, name, BranchState.UNAFFECTED, None, None, None, None)
            found[regression].setdefault(branch, free)
        ordered = {
            number: sorted(standings.values(), key=lambda standing: standing.branch_name)
            for number, standings in found.items()
        }
        return defaultdict(list, ordered)

    def seen_by(self, regressions_: Iterable[int]) -> Mapping[int, Sequence[tuple[str, str]]]:
        """Which probes on which targets saw each, each pair once."""
        rows = (
            select(SightingRow.regression_id, TimelineRow.probe, TimelineRow.target)
            .join(TimelineRow, TimelineRow.id == SightingRow.timeline_id)
            .where(SightingRow.regression_id.in_(list(regressions_)))
            .distinct()
            .order_by(TimelineRow.probe, TimelineRow.target)
        )
        found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        for regression, probe, target in self._session.execute(rows):
            found[regression].append((probe, target))
        return found

    def standings(self, regressions_: Iterable[int]) -> Mapping[int, Mapping[str, BranchState]]:
        """Branch → how it stands to each: only those that have or had it."""
        rows = (
            select(RegressionBranchRow.regression_id, BranchRow.name, RegressionBranchRow.state)
            .join(BranchRow)
            .where(RegressionBranchRow.regression_id.in_(list(regressions_)))
            .order_by(BranchRow.name)
        )
        found: defaultdict[int, dict[str, BranchState]] = defaultdict(dict)
        for regression, name, state in self._session.execute(rows):
            found[regression][name] = state
        return found

    def events(self, regression: int | None = None, limit: int = 200) -> list[Event]:
        """What happened to one, or to all: the newest first."""
        rows = (
            select(RegressionEventRow, BranchRow.name)
            .join(BranchRow)
            .order_by(RegressionEventRow.id.desc())
            .limit(limit)
        )
        if regression is not None:
            rows = rows.where(RegressionEventRow.regression_id == regression)
        return [_event(row, name) for row, name in self._session.execute(rows)]

    def of_repository(self, repository: int) -> list[Sighting]:
        """Every sighting in a repository, oldest first."""
        rows = _sightings().where(BranchRow.repository_id == repository).order_by(SightingRow.id)
        return [_sighting(row) for row in self._session.execute(rows)]

    def mark(self, repository: int) -> tuple[int, float]:
        """Another value after every change to a regression of a repository."""
        rows = select(func.count(), func.max(RegressionRow.changed)).filter_by(repository_id=repository)
        count, changed = self._session.execute(rows).one()
        return count, changed or 0.0

    # -- to write -------------------------------------------------------------------------------------------

    def add(self, repository: int, values: Mapping[str, Any]) -> int:
        """Open one; its number. `values` are columns."""
        now = time.time()
        row = {
            "repository_id": repository,
            "state": RegressionState.OPEN,
            "opened": now,
            "changed": now,
            **values,
        }
        return self._session.scalars(insert(RegressionRow).returning(RegressionRow.id), [row]).one()

    def change(self, regression: int, values: Mapping[str, Any]) -> None:
        """Set columns of one."""
        changed = {"changed": time.time(), **values}
        self._session.execute(update(RegressionRow).filter_by(id=regression).values(**changed))

    def see(self, regression: int, timeline: int, values: Mapping[str, Any]) -> None:
        """Store a sighting, or what is new of it. `values` are columns, `introduced` among them."""
        key = {"timeline_id": timeline, "introduced": values["introduced"]}
        row = {"regression_id": regression, **key, **values}
        self._session.execute(insert_new(SightingRow, self._session).values(**row))
        self._session.execute(update(SightingRow).filter_by(**key).values(**row))

    def drop(self, sighting: int) -> None:
        """Forget one: its commit is gone from the branch, and the same fault was introduced by another."""
        row = self._session.get(SightingRow, sighting)
        if row:
            self._session.delete(row)
            self._session.flush()

    def tell(
        self, regression: int, kind: EventKind, branch: tuple[int, str], commit: str, detail: str
    ) -> Event:
        """Store an event. `branch`: its number and its name."""
        now = time.time()
        values = {
            "regression_id": regression,
            "kind": kind,
            "branch_id": branch[0],
            "commit_id": commit,
            "detail": detail,
            "created": now,
        }
        number = self._session.scalars(
            insert(RegressionEventRow).returning(RegressionEventRow.id), [values]
        ).one()
        return Event(number, regression, kind, *branch, commit, detail, now)

    def set_branch(self, standing: BranchStanding) -> None:
        """Store how a branch stands to a regression."""
        key = {"regression_id": standing.regression, "branch_id": standing.branch}
        values = {
            "state": standing.state,
            "fixed": standing.fixed,
            "subject": standing.subject,
            "how": standing.how,
            "release": standing.release,
            "changed": time.time(),
        }
        self._session.execute(insert_new(RegressionBranchRow, self._session).values(**key, **values))
        self._session.execute(update(RegressionBranchRow).filter_by(**key).values(**values))

    def _looked_at(self, regressions: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """Regression, branch and its name wherever a timeline asks what one of its sightings asked."""
        rows = (
            select(
                SightingRow.regression_id, RegressionRow.repository_id, TimelineRow.probe, TimelineRow.target
            )
            .join(TimelineRow, TimelineRow.id == SightingRow.timeline_id)
            .join(RegressionRow, RegressionRow.id == SightingRow.regression_id)
            .where(SightingRow.regression_id.in_(regressions))
            .distinct()
        )
        asked: defaultdict[tuple[int, int], set[tuple[str, str]]] = defaultdict(set)
        for regression, repository, probe, target in self._session.execute(rows):
            asked[regression, repository].add((probe, target))
        there = select(
            BranchRow.repository_id, BranchRow.id, BranchRow.name, TimelineRow.probe, TimelineRow.target
        ).join(TimelineRow, TimelineRow.branch_id == BranchRow.id)
        answers: defaultdict[tuple[int, int, str], set[tuple[str, str]]] = defaultdict(set)
        for repository, branch, name, probe, target in self._session.execute(there):
            answers[repository, branch, name].add((probe, target))
        for (regression, repository), wanted in asked.items():
            for (other, branch, name), found in answers.items():
                if other == repository and not wanted.isdisjoint(found):
                    yield regression, branch, name


def introduced_by(commit: str) -> ColumnElement[bool]:
    """Of a regression: whether the commit introduced it, in its latest break or in one before."""
    return RegressionRow.id.in_(select(SightingRow.regression_id).filter_by(introduced=commit))


def regressions() -> Select[RegressionRow, str]:
    """Regressions with the name of their repository."""
    return select(RegressionRow, RepositoryRow.name).join(RepositoryRow)


def regression_of(found: Row[RegressionRow, str]) -> Regression:
    """A regression out of `regressions`."""
    row, name = found
    return Regression(
        id=row.id,
        repository=row.repository_id,
        repository_name=name,
        state=row.state,
        introduced=row.introduced,
        candidates=tuple(row.candidates),
        upstream=row.upstream,
        subject=row.subject,
        fixes=row.fixes,
        reason=row.reason,
        introduced_at=row.introduced_at,
        release=row.release,
        fixed=row.fixed,
        fixed_subject=row.fixed_subject,
        fixed_at=row.fixed_at,
        fixed_release=row.fixed_release,
        opened=row.opened,
        changed=row.changed,
    )


def _sightings() -> Select[SightingRow, TimelineRow, str]:
    return (
        select(SightingRow, TimelineRow, BranchRow.name)
        .join(TimelineRow, TimelineRow.id == SightingRow.timeline_id)
        .join(BranchRow, BranchRow.id == TimelineRow.branch_id)
    )


def _sighting(found: Row[SightingRow, TimelineRow, str]) -> Sighting:
    row, timeline, branch_name = found
    return Sighting(
        id=row.id,
        regression=row.regression_id,
        timeline=timeline.id,
        branch=timeline.branch_id,
        branch_name=branch_name,
        probe=timeline.probe,
        target=timeline.target,
        toolchain=timeline.toolchain,
        reason=row.reason,
        state=row.state,
        introduced=row.introduced,
        candidates=tuple(row.candidates),
        introduced_at=row.introduced_at,
        fixed=row.fixed,
        fixed_at=row.fixed_at,
    )


def _standing(row: RegressionBranchRow, name: str) -> BranchStanding:
    return BranchStanding(
        regression=row.regression_id,
        branch=row.branch_id,
        branch_name=name,
        state=row.state,
        fixed=row.fixed,
        subject=row.subject,
        how=row.how,
        release=row.release,
    )


def _event(row: RegressionEventRow, branch_name: str) -> Event:
    return Event(
        id=row.id,
        regression=row.regression_id,
        kind=row.kind,
        branch=row.branch_id,
        branch_name=branch_name,
        commit=row.commit_id,
        detail=row.detail,
        created=row.created,
    )
