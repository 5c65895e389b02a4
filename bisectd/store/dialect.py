# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between SQLite and PostgreSQL: opening, transactions, inserting what may be there already."""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session

from bisectd.domain.errors import UserError

T = TypeVar("T")

POLL = 0.02  # seconds between tries where SQLite does not wait by itself
SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})
POSTGRESQL = frozenset({"postgresql", "postgresql+psycopg", "postgresql+psycopg2"})
CHUNK = 1000  # values in one IN (…)
MIGRATION_LOCK = 0x6269_7365  # PostgreSQL's advisory locks are numbers that applications agree on: "bise"


def engine_for(url: str, wait: float) -> Engine:
    """An engine that waits up to `wait` seconds for locks. Nothing is opened yet."""
    parsed = _parsed(url)
    try:
        return (
            _sqlite_engine(parsed, wait) if parsed.drivername in SQLITE else _postgresql_engine(parsed, wait)
        )
    except ModuleNotFoundError as error:
        raise UserError(f"database {parsed} needs the Python package {error.name}: install it") from error


def shown(url: URL) -> str:
    """The database as a user knows it: the file, or the URL without the password."""
    return url.database or "" if url.drivername in SQLITE else url.render_as_string()


def insert(row: type[DeclarativeBase], session: Session) -> sqlite.Insert | postgresql.Insert:
    """INSERT that leaves a row alone that is there already (by any unique key)."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(row).on_conflict_do_nothing()
    return postgresql.insert(row).on_conflict_do_nothing()


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Cut what goes into one IN (…): both databases limit a statement's parameters, at 32,766 and 65,535."""
    rest = iter(values)
    while some := list(islice(rest, CHUNK)):
        yield some


def lock_for_migration(connection: Connection) -> None:
    """Hold off other migrators until the transaction ends. SQLite's write transaction does so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})


def prepare_file(engine: Engine, wait: float) -> None:
    """Switch a new SQLite file to write-ahead logging: readers and one writer at a time. It stays so.

    Two processes that switch at once fail with "locked" without waiting (SQLite's busy handler is not
    asked), hence the loop.
    """
    if engine.dialect.name != "sqlite":
        return
    deadline = time.monotonic() + wait
    while not _switched(engine, deadline):
        time.sleep(POLL)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in SQLITE | POSTGRESQL:
        scheme = url.split(":", 1)[0]  # no more of it: there may be a password
        raise UserError(
            f"the database URL ({scheme}:...) is not understood: use sqlite:///FILE or postgresql://HOST/NAME"
        )
    return parsed


def _sqlite_engine(url: URL, wait: float) -> Engine:
    path = url.database
    if path is None or path in {"", ":memory:"} or path.startswith("file:") or url.query:
        raise UserError(f"database {url} names no plain file: use sqlite:///FILE")
    engine = create_engine(url, connect_args={"timeout": wait})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not at the first INSERT
    connection.execute("PRAGMA foreign_keys = ON")
    # With write-ahead logging NORMAL survives the death of the process; a power cut may lose the last
    # commits, which are then computed again, but never the file.
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    """A writer takes the lock first: one that reads before it writes would fail instead of waiting."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _switched(engine: Engine, deadline: float) -> bool:
    connection: Any = engine.raw_connection()
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
            raise
        return False
    finally:
        connection.close()
    return True


def _postgresql_engine(url: URL, wait: float) -> Engine:
    return create_engine(
        url, pool_pre_ping=True, connect_args={"options": f"-c lock_timeout={int(wait * 1000)}"}
    )
