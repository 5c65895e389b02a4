# SPDX-License-Identifier: GPL-2.0-or-later
"""The repositories that an administrator has registered."""

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from bisectd.domain.errors import Conflict, NotFound
from bisectd.domain.jobs import Registered
from bisectd.domain.text import without_password
from bisectd.store.dialect import insert
from bisectd.store.jobs import UNFINISHED
from bisectd.store.tables.service import JobRow, RepositoryRow
from bisectd.store.tables.tracking import BranchRow, PointRow, RegressionRow

_SPEAKING = (JobRow, BranchRow, PointRow, RegressionRow)  # tables whose rows are of a repository


class Repositories:
    """The `repositories` table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str, source: str) -> Registered:
        """Register one, or again one that was removed. Conflict where the name stands for another source."""
        values = {"name": name, "source": source, "created": time.time()}
        self._session.execute(insert(RepositoryRow, self._session).values(**values))
        found = self.known(name)
        if found.source != source:
            was = "removed, and what was learned of it stays: take another name; it was"
            how = was if found.removed else "registered already, as"
            raise Conflict(f"repository {name} is {how} {without_password(found.source)}")
        self._session.execute(update(RepositoryRow).filter_by(id=found.id).values(removed=None))
        return replace(found, removed=None)

    def all(self) -> list[Registered]:
        """All that jobs may name, by name."""
        rows = select(RepositoryRow).where(RepositoryRow.removed.is_(None)).order_by("name")
        return [_registered(row) for row in self._session.scalars(rows)]

    def named(self, name: str) -> Registered:
        """One that jobs may name; NotFound says which there are."""
        found = self.known(name)
        if found.removed:
            raise NotFound(f"repository {name} was removed by an administrator: it is read no more")
        return found

    def known(self, name: str) -> Registered:
        """The same, or one that was removed."""
        rows = select(RepositoryRow).filter_by(name=name).execution_options(populate_existing=True)
        row = self._session.scalars(rows).one_or_none()
        if row is None:
            names = ", ".join(one.name for one in self.all()) or "none; an administrator adds one"
            raise NotFound(f"no repository is registered as {name!r} (there are: {names})")
        return _registered(row)

    def remove(self, repository: int) -> None:
        """Let no job name it any more, and follow none of its branches. Conflict while jobs are unfinished.

        Where nothing speaks of it, it is forgotten altogether.
        """
        row = self._session.scalars(select(RepositoryRow).filter_by(id=repository).with_for_update()).one()
        jobs = select(func.count()).where(JobRow.repository_id == repository, JobRow.state.in_(UNFINISHED))
        if count := self._session.scalar(jobs):
            raise Conflict(f"unfinished jobs of repository {row.name}: {count}; wait for them or cancel them")
        if not any(self._speaks(table, repository) for table in _SPEAKING):
            self._session.delete(row)
            return
        row.removed = time.time()
        followed = update(BranchRow).where(
            BranchRow.repository_id == repository, BranchRow.unfollowed.is_(None)
        )
        self._session.execute(followed.values(unfollowed=row.removed))

    def _speaks(self, table: type[Any], repository: int) -> bool:
        rows = select(table.id).where(table.repository_id == repository).limit(1)
        return self._session.scalar(rows) is not None

    def fetched(self, repository: int, began: float | None, error: str | None) -> None:
        """Remember how a fetch went; `began`: when, None where it failed. The one that began last stays."""
        rows = update(RepositoryRow).filter_by(id=repository)
        self._session.execute(rows.values(error=error))
        if began is not None:
            older = or_(RepositoryRow.fetched.is_(None), RepositoryRow.fetched < began)
            self._session.execute(rows.where(older).values(fetched=began))


def _registered(row: RepositoryRow) -> Registered:
    return Registered(row.id, row.name, row.source, row.fetched, row.error, row.removed)
