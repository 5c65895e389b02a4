# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the sources of a recipe stand in a commit."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from bisectd.domain.commit import SourceTree


class Place(NamedTuple):
    """Where a source is, or why it cannot be said. `paths`: what that answer depends on."""

    path: str | None
    reason: str
    paths: frozenset[str]


class Locator:
    """Finds sources: at their usual path, else the only file of that name in the same part of the tree.

    For lib/gcd.c that part is lib/, for init/init_task.c init/; what is not there either may be in the
    architecture's folder, which is all there is for a file of the architecture.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str, str], list[str]] = {}

    def locate(self, tree: SourceTree, usual: str) -> Place:
        """Find one source by its usual path."""
        if tree.blob_id(usual):
            return Place(usual, "", frozenset((usual,)))
        folders = self._folders(usual)
        depends = frozenset((usual, *folders))
        for folder in folders:
            match self._named(tree, folder, posixpath.basename(usual)):
                case [path]:
                    return Place(path, "", depends | {path})
                case []:
                    continue
                case several:
                    names = ", ".join(sorted(several))
                    reason = f"{usual} does not exist, and several files have that name: {names}"
                    return Place(None, reason, depends)
        where = " and ".join(folders)
        return Place(None, f"{usual} does not exist, nor another file of that name in {where}", depends)

    def _folders(self, usual: str) -> tuple[str, ...]:
        if usual.startswith(f"{self._folder}/"):
            return (self._folder,)
        return usual.partition("/")[0], self._folder

    def _named(self, tree: SourceTree, folder: str, name: str) -> list[str]:
        key = (folder, tree.tree_id(folder) or "", name)
        if key not in self._known:
            self._known[key] = list(_walk(tree, folder, name))
        return self._known[key]


def _walk(tree: SourceTree, folder: str, name: str) -> Iterator[str]:
    for entry_name, entry in tree.entries(folder).items():
        path = f"{folder}/{entry_name}"
        if entry.kind == "directory":
            yield from _walk(tree, path, name)
        elif entry_name == name and entry.kind == "file":
            yield path
