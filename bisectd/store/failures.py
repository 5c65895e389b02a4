# SPDX-License-Identifier: GPL-2.0-or-later
"""One line for each way a database can fail. The driver's own error stays attached as the cause."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from bisectd.domain.errors import BisectdError, MachineError, UserError

# SQLite's primary result codes (sqlite.org/rescode.html) → kind of error and what to say.
ELSEWHERE = "name another with --db or BISECTD_DB"
LINES: dict[int, tuple[type[BisectdError], str]] = {
    sqlite3.SQLITE_BUSY: (
        MachineError,
        "stayed locked by another process: let that one finish, then run the same command again",
    ),
    sqlite3.SQLITE_FULL: (
        MachineError,
        "cannot grow, the disk is full: make room and run the same command again (what was stored is kept)",
    ),
    sqlite3.SQLITE_IOERR: (
        MachineError,
        "cannot be read or written: see whether the disk is full or failing, then run the same command again",
    ),
    sqlite3.SQLITE_CORRUPT: (
        MachineError,
        f"is damaged: move the file away (all in it can be computed again), or {ELSEWHERE}",
    ),
    sqlite3.SQLITE_NOTADB: (UserError, f"is not an SQLite database: {ELSEWHERE}"),
    sqlite3.SQLITE_READONLY: (UserError, f"is read-only: make it and its directory writable, or {ELSEWHERE}"),
    sqlite3.SQLITE_CANTOPEN: (
        UserError,
        f"cannot be opened: its directory must exist and be writable, or {ELSEWHERE}",
    ),
    sqlite3.SQLITE_PERM: (UserError, f"may not be accessed: check its permissions, or {ELSEWHERE}"),
}
PRIMARY = 0xFF  # an extended result code holds the primary one in its low byte


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn the driver's errors into ours; `name` is the database as the user knows it."""
    try:
        yield
    except DBAPIError as error:
        raise _error(name, error.orig) from error
    except sqlite3.Error as error:
        raise _error(name, error) from error


def _error(name: str, error: BaseException | None) -> BisectdError:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and code & PRIMARY in LINES:
        kind, line = LINES[code & PRIMARY]
        return kind(f"database {name} {line}")
    return MachineError(f"database {name} failed: {' '.join(str(error).split())}")
