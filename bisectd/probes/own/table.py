# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of a user's TOML file, read key by key: every mistake is one line with file, table and key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bisectd.domain.errors import UserError
from bisectd.domain.names import nearest

_LONGEST_TEXT = 4096
_SHOWN = 60  # characters of a wrong value


@dataclass(frozen=True)
class Table:
    """One table: `name` is how the file writes it, as in "[[step]] 2"; "" for the top of the file."""

    file: str
    name: str
    rows: Mapping[str, Any]

    def error(self, key: str, problem: str) -> UserError:
        """The mistake in the value of a key."""
        place = f"{self.file}: {self.name}" if self.name else self.file
        return UserError(f"{place}: {_short(key)}: {problem}")

    def check_keys(self, known: Iterable[str]) -> None:
        """UserError for a key that is none of these."""
        known = tuple(known)
        for key in self.rows:
            if key not in known:
                raise self.error(key, f"unknown key: {nearest(key, known)}")

    def text(self, key: str, default: str | None = None) -> str:
        """A line of text; UserError where there is none and no default."""
        value = self.rows.get(key, default)
        if value is None:
            raise self.error(key, "is missing")
        return self.line(key, value)

    def line(self, key: str, value: Any) -> str:
        """The value, which must be one line of text."""
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.error(key, f"must be one line of text, not {shown(value)}")
        if len(value) > _LONGEST_TEXT:
            raise self.error(key, f"is longer than {_LONGEST_TEXT} characters")
        return value

    def texts(self, key: str, most: int) -> tuple[str, ...]:
        """A list of lines of text, without repetition; a single one may stand without brackets."""
        values = self.rows.get(key, ())
        values = [values] if isinstance(values, str) else values
        if not isinstance(values, list | tuple):
            raise self.error(key, f"must be a list of texts, not {shown(values)}")
        if len(values) > most:
            raise self.error(key, f"has {len(values)} entries: at most {most}")
        lines = [self.line(key, value) for value in values]
        if len(set(lines)) < len(lines):
            raise self.error(key, "has an entry twice")
        return tuple(lines)

    def integer(self, key: str, default: int, most: int) -> int:
        """A number from 1 to `most`."""
        value = self.rows.get(key, default)
        if type(value) is not int or not 0 < value <= most:
            raise self.error(key, f"must be a number from 1 to {most}, not {shown(value)}")
        return value

    def table(self, key: str) -> "Table":
        """The table below a key; an empty one where there is none."""
        rows = self.rows.get(key, {})
        if not isinstance(rows, dict):
            raise self.error(key, f"must be a table, not {shown(rows)}")
        return Table(self.file, f"{self.name} [{key}]".lstrip(), rows)

    def tables(self, key: str, most: int) -> tuple["Table", ...]:
        """The tables of an array of tables: [[key]] in the file."""
        rows = self.rows.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.error(key, f"must be tables: begin each with [[{key}]]")
        if len(rows) > most:
            raise self.error(key, f"there are {len(rows)} of them: at most {most}")
        return tuple(
            Table(self.file, f"{self.name} [[{key}]] {number}".lstrip(), row)
            for number, row in enumerate(rows, start=1)
        )


def shown(value: Any) -> str:
    """A wrong value as a message shows it."""
    try:
        return _short(repr(value))
    except (ValueError, RecursionError):  # a number of more than 4,300 digits, or nested without end
        return f"this {type(value).__name__}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
