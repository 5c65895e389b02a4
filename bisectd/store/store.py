# SPDX-License-Identifier: GPL-2.0-or-later
"""The database, opened: transactions, and in them the repositories."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from random import uniform
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bisectd.domain.errors import Clash, MachineError
from bisectd.store.bisections import Bisections
from bisectd.store.blobs import Blobs
from bisectd.store.branches import Branches
from bisectd.store.dialect import engine_for, reader, shown, writer
from bisectd.store.failures import told
from bisectd.store.hooks import Hooks
from bisectd.store.jobs import Jobs
from bisectd.store.location import database_url
from bisectd.store.lookups import Lookups
from bisectd.store.objects import Objects
from bisectd.store.observations import Observations
from bisectd.store.regressions import Regressions
from bisectd.store.repositories import Repositories
from bisectd.store.schema import bring_up_to_date
from bisectd.store.sessions import Sessions
from bisectd.store.summaries import Summaries
from bisectd.store.tasks import Tasks
from bisectd.store.tokens import Tokens
from bisectd.store.units import Units

T = TypeVar("T")

WAIT = 60.0  # seconds: the longest that a lock may be held by others; ours are held for milliseconds
_CLASHES = 5  # how often a transaction is done again
_APART = 0.05  # seconds that two of them keep apart then, at most


class Transaction:
    """The repositories, over one transaction."""

    def __init__(self, session: Session) -> None:
        self.objects = Objects(session)
        self.units = Units(session)
        self.observations = Observations(session)
        self.summaries = Summaries(session)
        self.bisections = Bisections(session)
        self.repositories = Repositories(session)
        self.tokens = Tokens(session)
        self.blobs = Blobs(session)
        self.jobs = Jobs(session)
        self.tasks = Tasks(session)
        self.branches = Branches(session)
        self.regressions = Regressions(session)
        self.hooks = Hooks(session)
        self.sessions = Sessions(session)
        self.lookups = Lookups(session)


class Store:
    """One database, opened by one process. Workers open their own, by `url`: connections survive no fork."""

    def __init__(self, engine: Engine) -> None:
        self._process = os.getpid()
        self._engine = engine
        self._reader, self._writer = reader(engine), writer(engine)
        self.url = engine.url.render_as_string(hide_password=False)
        self.name = shown(engine.url)

    @classmethod
    def open(
        cls, url: str | None = None, environ: Mapping[str, str] = os.environ, wait: float = WAIT
    ) -> Self:
        """Open, and create or migrate where needed. UserError or MachineError in one line where it fails.

        `url` may also be the path of an SQLite file. `wait` is in seconds.
        """
        engine = engine_for(database_url(url, environ), wait)
        store = cls(engine)
        try:
            with told(store.name):
                bring_up_to_date(engine, store.name, wait)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def attach(cls, url: str, wait: float = WAIT) -> Self:
        """A database that another process has opened before. Nothing is connected yet: it may be away."""
        return cls(engine_for(url, wait))

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """One transaction that writes: committed at the end, rolled back on any exception."""
        with self._session(self._writer) as session:
            yield Transaction(session)

    def write(self, do: Callable[[Transaction], T]) -> T:
        """`begin` for what locks many rows: done again where PostgreSQL ended it for a clash."""
        for _ in range(_CLASHES):
            with suppress(Clash), self.begin() as tx:
                return do(tx)
            time.sleep(uniform(0, _APART))  # noqa: S311 - it decides nothing
        with self.begin() as tx:
            return do(tx)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One transaction that only reads: it waits for nobody, and nobody waits for it."""
        with self._session(self._reader) as session:
            yield Transaction(session)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        if os.getpid() != self._process:
            raise MachineError(
                f"database {self.name} was opened by another process: open it anew in each one"
            )
        with told(self.name), Session(engine) as session, session.begin():
            yield session
