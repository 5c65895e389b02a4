# SPDX-License-Identifier: GPL-2.0-or-later
"""Paths to watch, as a trie of directories."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bisectd.domain.errors import UserError

_GLOB = frozenset("*?[\\")


@dataclass(eq=False, slots=True)
class Watched:
    """One name on the way to a watched path; `path` is the whole of it.

    `whole`: everything at and below this name is watched; `directory_only`: but not a file of this name
    (the path was written with a slash at its end).
    """

    path: str = ""
    whole: bool = False
    directory_only: bool = False
    children: dict[bytes, "Watched"] = field(default_factory=dict)


def watch_list(paths: Iterable[str]) -> Watched:
    """The trie of `paths`, which are relative to the top directory; "." is all of it.

    UserError for what git reads as more than a plain path: globs, `:(magic)`, and for paths outside.
    """
    root = Watched()
    for path in paths:
        node = root
        for name in _names(path):
            child = Watched(f"{node.path}/{name}".removeprefix("/"))
            node = node.children.setdefault(name.encode("utf-8", "surrogateescape"), child)
        node.directory_only = path.endswith("/") and (node.directory_only or not node.whole)
        node.whole = True
    return root


def _names(path: str) -> list[str]:
    if not path:
        raise UserError("an empty path names nothing: use `.` for the whole tree")
    if path.startswith(":") or _GLOB.intersection(path):
        raise UserError(f"{path!r} is a pattern: name files and directories one by one")
    names = [name for name in path.split("/") if name not in {"", "."}]
    if path.startswith("/") or ".." in names:
        raise UserError(f"{path!r} is no path inside the tree: write it from the tree's top directory")
    return names
