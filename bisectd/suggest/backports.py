# SPDX-License-Identifier: GPL-2.0-or-later
"""How a commit says, or shows, that it is another one again."""

import re
from collections.abc import Iterable
from enum import Enum

from bisectd.domain.commit import Commit

_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{12,40})\)", re.MULTILINE)


class How(Enum):
    """What ties a commit to the fix."""

    ITSELF = "the commit itself"
    UPSTREAM = "names it as its upstream commit"
    PICKED = "cherry picked from it"
    EQUAL = "makes the same change"


def tie(commit: Commit, names: Iterable[str], equal: bool) -> How | None:
    """How a commit is the fix that has these ids; None where it is not. `equal`: it makes the same change."""
    names = tuple(names)
    if _same(commit.id, names):
        return How.ITSELF
    if commit.upstream and _same(commit.upstream, names):
        return How.UPSTREAM
    if any(_same(picked, names) for picked in _PICKED.findall(commit.message)):
        return How.PICKED
    return How.EQUAL if equal else None


def names_of(commit: Commit) -> tuple[str, ...]:
    """The ids that a commit is known by: its own, and that of the mainline commit that it is."""
    return (commit.id, *([commit.upstream] if commit.upstream else ()))


def _same(name: str, names: Iterable[str]) -> bool:
    """Whether one of two ids begins the other: messages give 12 digits and more."""
    return any(name.startswith(other) or other.startswith(name) for other in names)
