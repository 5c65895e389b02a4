# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between SQLite and PostgreSQL: opening, transactions, inserting what may be there already."""

import hashlib
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
POSTGRESQL = frozenset({"postgresql", "postgresql+psycopg"})
CHUNK = 1000  # values in one IN (…)
MIGRATION = "the schema of bisectd"  # what is locked while it changes
IDLE = 120  # seconds: PostgreSQL ends a transaction of which nothing is heard, so that it holds up nobody
# For libpq, in seconds, unless the URL says otherwise: a server that is gone is noticed in a minute.
CONNECTION = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def engine_for(url: str, wait: float) -> Engine:
    """An engine that waits up to `wait` seconds for locks. Nothing is opened yet."""
    parsed = _parsed(url)
    return _sqlite_engine(parsed, wait) if parsed.drivername in SQLITE else _postgresql_engine(parsed, wait)


def reader(engine: Engine) -> Engine:
    """For transactions that only read: each sees one state of the database, whoever writes meanwhile."""
    if engine.dialect.name == "sqlite":
        return engine  # where it is so anyway
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def writer(engine: Engine) -> Engine:
    """For transactions that write. On PostgreSQL each of their statements sees what others have committed."""
    return engine.execution_options(writes=True)


def shown(url: URL) -> str:
    """The database as a user knows it: the file, or the URL without what may be a password."""
    if url.drivername in SQLITE:
        return url.database or ""
    return url.set(drivername="postgresql", query={}).render_as_string()


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


def lock(connection: Connection | Session, what: str) -> None:
    """Hold off others that lock the same name, until the transaction ends. SQLite has one writer anyway."""
    bind = connection.get_bind() if isinstance(connection, Session) else connection
    if bind.dialect.name == "postgresql":
        digest = hashlib.sha256(what.encode()).digest()
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:number)"),
            {"number": int.from_bytes(digest[:8], signed=True)},
        )


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
    """What the URL says goes before what we say."""
    settings = {
        "lock_timeout": max(1, int(wait * 1000)),
        "idle_in_transaction_session_timeout": IDLE * 1000,
        "tcp_keepalives_idle": CONNECTION["keepalives_idle"],
    }
    ours = (f"-c {name}={value}" for name, value in settings.items())
    options = " ".join([*ours, *url.normalized_query.get("options", ())])
    arguments = {name: value for name, value in CONNECTION.items() if name not in url.query}
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,  # the server may have been restarted since
        connect_args={**arguments, "options": options},
    )
