# SPDX-License-Identifier: GPL-2.0-or-later
"""One line for each way a database can fail. The driver's own error stays attached as the cause."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bisectd.domain.errors import Away, BisectdError, Clash, MachineError, Unusable

Line = tuple[type[BisectdError], str]

ELSEWHERE = "name another with --db or BISECTD_DB"
AGAIN = "run the same command again"
STAYED_LOCKED = f"stayed locked by another process: let that one finish, then {AGAIN}"
LOCKED = Away, STAYED_LOCKED
CLASHED = Clash, STAYED_LOCKED
FULL = MachineError, f"cannot grow, the disk is full: make room and {AGAIN} (what was stored is kept)"
CLOSED = Away, f"closed the connection: see that its server runs, then {AGAIN}"
BUSY = (
    Away,
    "takes no more connections: raise max_connections of its server, or run fewer workers at once",
)

# SQLite's primary result codes (sqlite.org/rescode.html) → kind of error and what to say.
SQLITE: dict[int, Line] = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: (
        MachineError,
        f"cannot be read or written: see whether the disk is full or failing, then {AGAIN}",
    ),
    sqlite3.SQLITE_CORRUPT: (
        MachineError,
        f"is damaged: move the file away (all in it can be computed again), or {ELSEWHERE}",
    ),
    sqlite3.SQLITE_NOTADB: (Unusable, f"is not an SQLite database: {ELSEWHERE}"),
    sqlite3.SQLITE_READONLY: (Unusable, f"is read-only: make it and its directory writable, or {ELSEWHERE}"),
    sqlite3.SQLITE_CANTOPEN: (
        Unusable,
        f"cannot be opened: its directory must exist and be writable, or {ELSEWHERE}",
    ),
    sqlite3.SQLITE_PERM: (Unusable, f"may not be accessed: check its permissions, or {ELSEWHERE}"),
}
PRIMARY = 0xFF  # an extended result code holds the primary one in its low byte

# PostgreSQL's SQLSTATEs (appendix A of its manual).
POSTGRESQL: dict[str, Line] = {
    "55P03": LOCKED,  # lock_not_available
    "40001": CLASHED,  # serialization_failure
    "40P01": CLASHED,  # deadlock_detected
    "53100": FULL,
    "53300": BUSY,
    "57P01": CLOSED,  # admin_shutdown
    "57P02": CLOSED,  # crash_shutdown
    "57P03": CLOSED,  # cannot_connect_now
    "25P03": (Away, f"ended a transaction of which nothing was heard for long: {AGAIN}"),
    "58030": (
        MachineError,
        f"cannot be read or written: see whether its server's disk is failing, then {AGAIN}",
    ),
    "XX001": (MachineError, f"is damaged: restore it from a backup, or {ELSEWHERE}"),
    "XX002": (MachineError, "has a damaged index: reindex it (reindexdb), then run the same command again"),
    "25006": (Unusable, f"is read-only, perhaps a replica: {ELSEWHERE}"),
    "42501": (Unusable, "does not let this user create or change tables: make the user its owner"),
}

# A connection that fails carries no SQLSTATE, only what libpq and the server say.
SAID: tuple[tuple[re.Pattern[str], Line], ...] = (
    (
        re.compile(r'database ".*" does not exist'),
        (Unusable, f"does not exist on that server: create it (createdb), or {ELSEWHERE}"),
    ),
    (
        re.compile(r"authentication failed|no password supplied|role .* does not exist|pg_hba|not permitted"),
        (Unusable, "refuses this user or password: see those in the URL, or PGPASSWORD"),
    ),
    (re.compile("too many clients|connection slots|too many connections"), BUSY),
    (re.compile("closed the connection|connection is (?:lost|closed)|input failed|SYSCALL error"), CLOSED),
    (re.compile("invalid connection option"), (Unusable, "has an option in its URL that does not exist")),
)
UNREACHED = f"cannot be reached: see that its server runs and that host and port are right, then {AGAIN}"
CONNECTING = re.compile("^(?:connection (?:failed|is bad|timeout)|failed to resolve)")


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn the driver's errors into ours; `name` is the database as the user knows it."""
    try:
        yield
    except DBAPIError as error:
        raise _error(name, error.orig) from error
    except sqlite3.Error as error:
        raise _error(name, error) from error
    except PoolTimeout as error:
        raise Away(f"database {name} is asked too much at once by this process: {AGAIN}") from error


def _error(name: str, error: BaseException | None) -> BisectdError:
    said = " ".join(str(error).split())
    kind, line = _line(error, said) or (MachineError, f"failed: {said}")
    return kind(f"database {name} {line}")


def _line(error: BaseException | None, said: str) -> Line | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE.get(code & PRIMARY)
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return POSTGRESQL.get(state)
    known = next((line for pattern, line in SAID if pattern.search(said)), None)
    if known is None and CONNECTING.search(said):
        return Away, f"{UNREACHED} ({said})"
    return known
