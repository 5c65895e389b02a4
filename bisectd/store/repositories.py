# SPDX-License-Identifier: GPL-2.0-or-later
"""The repositories that an administrator has registered."""

import time

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bisectd.domain.errors import Conflict, NotFound
from bisectd.domain.jobs import Registered
from bisectd.store.dialect import insert
from bisectd.store.tables.service import RepositoryRow


class Repositories:
    """The `repositories` table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str, source: str) -> Registered:
        """Register one. Conflict where the name stands for another source."""
        values = {"name": name, "source": source, "created": time.time()}
        self._session.execute(insert(RepositoryRow, self._session).values(**values))
        found = self.named(name)
        if found.source != source:
            raise Conflict(f"repository {name} is registered already, as {found.source}")
        return found

    def all(self) -> list[Registered]:
        """All, by name."""
        return [_registered(row) for row in self._session.scalars(select(RepositoryRow).order_by("name"))]

    def named(self, name: str) -> Registered:
        """One by its name; NotFound says which there are."""
        row = self._session.scalars(select(RepositoryRow).filter_by(name=name)).one_or_none()
        if row is None:
            names = ", ".join(one.name for one in self.all()) or "none; an administrator adds one"
            raise NotFound(f"no repository is registered as {name!r} (there are: {names})")
        return _registered(row)

    def fetched(self, repository: int, began: float | None, error: str | None) -> None:
        """Remember how a fetch went; `began`: when, None where it failed. The one that began last stays."""
        rows = update(RepositoryRow).filter_by(id=repository)
        self._session.execute(rows.values(error=error))
        if began is not None:
            older = or_(RepositoryRow.fetched.is_(None), RepositoryRow.fetched < began)
            self._session.execute(rows.where(older).values(fetched=began))


def _registered(row: RepositoryRow) -> Registered:
    return Registered(row.id, row.name, row.source, row.fetched, row.error)
