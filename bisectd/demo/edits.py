# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes to a tree of files, as small replacements, and the files that hold them.

A step file is a message body followed by changes:

    # SPDX-License-Identifier: …          (first line, not part of the body)
    Why the change is made.

    === edit arch/powerpc/kernel/process.c
    --- old
    text that is there exactly once
    --- new
    text to put in its place
    === create include/linux/new.h
    all of its text
    === move old/path.h new/path.h
    === delete some/path.h

An `edit` may hold several pairs. Since a replacement does not care for what surrounds it, a branch is merged
by making its changes again on the other side.
"""

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeAlias

SOURCES = files("bisectd.demo") / "sources"


@dataclass(frozen=True)
class Replace:
    """`old`, which must be in the file exactly once, becomes `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Create:
    """A new file."""

    path: str
    text: str


@dataclass(frozen=True)
class Delete:
    """A file goes."""

    path: str


@dataclass(frozen=True)
class Move:
    """A file gets another path."""

    path: str
    to: str


Change: TypeAlias = Replace | Create | Delete | Move


def apply(change: Change, tree: MutableMapping[str, str]) -> None:
    """Make one change. ValueError where the tree is not what the change expects: a fault of the story."""
    if isinstance(change, Create) == (change.path in tree):
        raise ValueError(f"{change.path}: there already, or not there: {change}")
    match change:
        case Replace(path, old, new):
            if tree[path].count(old) != 1:
                raise ValueError(f"{path}: {tree[path].count(old)} matches, not 1, of:\n{old}")
            tree[path] = tree[path].replace(old, new)
        case Create(path, text):
            tree[path] = text
        case Delete(path):
            del tree[path]
        case Move(path, to):
            tree[to] = tree.pop(path)


def reverse(change: Change) -> Change:
    """The replacement that undoes another. ValueError for any other change: none of them is ever undone."""
    if isinstance(change, Replace):
        return Replace(change.path, change.new, change.old)
    raise ValueError(f"cannot be undone: {change}")


def paths(change: Change) -> tuple[str, ...]:
    """The paths that a change touches."""
    return (change.path, change.to) if isinstance(change, Move) else (change.path,)


@dataclass(frozen=True)
class Step:
    """What a step file holds."""

    body: str
    changes: tuple[Change, ...]


@cache
def step(name: str) -> Step:
    """Read sources/steps/NAME.step."""
    text = (SOURCES / "steps" / f"{name}.step").read_text(encoding="utf-8")
    body, *sections = re.split(r"^=== ", text, flags=re.MULTILINE)
    changes = (change for section in sections for change in _changes(*section.split("\n", 1)))
    return Step(body.split("\n", 1)[1].strip(), tuple(changes))


def _changes(heading: str, text: str) -> Iterator[Change]:
    verb, *arguments = heading.split()
    if verb == "edit":
        for pair in re.split(r"^--- old\n", text, flags=re.MULTILINE)[1:]:
            old, new = re.split(r"^--- new\n", pair, flags=re.MULTILINE)
            yield Replace(arguments[0], old, new)
    elif verb == "create":
        yield Create(arguments[0], text)
    elif verb == "move":
        yield Move(*arguments)
    else:
        yield {"delete": Delete}[verb](*arguments)
