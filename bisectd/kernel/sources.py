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
    """Finds sources: at their usual path, else the only file of that name in the architecture's folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], list[str]] = {}

    def locate(self, tree: SourceTree, usual: str) -> Place:
        """Find one source by its usual path."""
        if tree.blob_id(usual):
            return Place(usual, "", frozenset((usual,)))
        found = self._named(tree, posixpath.basename(usual))
        depends = frozenset((usual, self._folder))
        match found:
            case [path]:
                return Place(path, "", depends | {path})
            case []:
                return Place(
                    None, f"{usual} does not exist, nor another file of that name in {self._folder}", depends
                )
        several = ", ".join(sorted(found))
        return Place(None, f"{usual} does not exist, and several files have that name: {several}", depends)

    def _named(self, tree: SourceTree, name: str) -> list[str]:
        key = (tree.tree_id(self._folder) or "", name)
        if key not in self._known:
            self._known[key] = list(_walk(tree, self._folder, name))
        return self._known[key]


def _walk(tree: SourceTree, folder: str, name: str) -> Iterator[str]:
    for entry_name, entry in tree.entries(folder).items():
        path = f"{folder}/{entry_name}"
        if entry.kind == "directory":
            yield from _walk(tree, path, name)
        elif entry_name == name and entry.kind == "file":
            yield path
