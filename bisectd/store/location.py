# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the database is: `--db`, then BISECTD_DB, then a file under the user's data directory."""

from collections.abc import Mapping
from pathlib import Path

from bisectd.domain.errors import UserError

FILE = Path("bisectd") / "bisectd.db"


def database_url(option: str | None, environ: Mapping[str, str]) -> str:
    """The URL to open. What names no scheme (`--db results.db`) is the path of an SQLite file."""
    named = option or environ.get("BISECTD_DB")
    if not named:
        return sqlite_url(_private(data_home(environ) / FILE))
    return named if "://" in named else sqlite_url(Path(named))


def data_home(environ: Mapping[str, str]) -> Path:
    """XDG Base Directory Specification 0.8: a relative XDG_DATA_HOME is ignored."""
    named = Path(environ.get("XDG_DATA_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".local" / "share"


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file; absolute, so that workers started elsewhere open the same one."""
    escaped = str(path.expanduser().absolute()).replace("%", "%25").replace("?", "%3F")
    return f"sqlite:///{escaped}"


def _private(path: Path) -> Path:
    """Make the file's directory, for the user's eyes only (evidence may come from unpublished patches)."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot make {path.parent} for the database ({error.strerror}): "
            "name another with --db or BISECTD_DB"
        ) from error
    return path
