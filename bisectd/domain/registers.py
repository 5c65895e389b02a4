# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of registers, many at a time."""

import re
from collections.abc import Iterable, Iterator

_NUMBERED = re.compile(r"(\D*)(\d+)(\D*)", re.ASCII)


def ranges(names: Iterable[str]) -> str:
    """The names with rows of neighbours drawn together: "f0-f31 FPSCR", "upper r3-r5"; "" for none."""
    runs: list[tuple[str, int, int, str]] = []
    for name in names:
        found = _NUMBERED.fullmatch(name)
        before, number, after = (found[1], int(found[2]), found[3]) if found else (name, -1, "")
        if found and runs and runs[-1][0] == before and runs[-1][3] == after and runs[-1][2] == number - 1:
            runs[-1] = (before, runs[-1][1], number, after)
        else:
            runs.append((before, number, number, after))
    return " ".join(_run(*run) for run in runs)


def _run(before: str, first: int, last: int, after: str) -> str:
    if first < 0:
        return before
    letters = before.rpartition(" ")[2]
    return f"{before}{first}{'' if last == first else f'-{letters}{last}'}{after}"


_RANGE = re.compile(r"(?:(upper) )?([^\s\d]*)(\d+)(?:-[^\s\d]*(\d+))?|\S+", re.ASCII)


def members(text: str) -> frozenset[str]:
    """The names that `ranges` has drawn together."""
    return frozenset(name for found in _RANGE.finditer(text) for name in _members(found))


def _members(found: re.Match[str]) -> Iterator[str]:
    word, letters, first, last = found.groups()
    if first is None:
        yield found[0]
        return
    for number in range(int(first), int(last or first) + 1):
        yield f"{word + ' ' if word else ''}{letters}{number}"


def in_order(names: Iterable[str]) -> list[str]:
    """Numbered names by letters and number, then the others."""
    return sorted(names, key=_order)


def _order(name: str) -> tuple[bool, str, int]:
    letters = name.rstrip("0123456789")
    return letters == name, letters, int(name[len(letters) :] or 0)
