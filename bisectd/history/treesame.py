# SPDX-License-Identifier: GPL-2.0-or-later
"""TREESAME: whether two trees hold the same at the watched paths.

A fingerprint of what is watched is kept for every directory tree on the way to a watched path, by the tree's
id. So a commit that touches no such directory costs one lookup, and one that does costs the reading of the
directories that changed, however many paths are watched.
"""

from hashlib import blake2b
from typing import NamedTuple

from bisectd.history.objects import DIRECTORY, SUBMODULE, Objects, Picker
from bisectd.history.paths import Watched

_ABSENT = bytes(21)
_EVERYTHING = Watched(whole=True)


class Tree(NamedTuple):
    """A tree and the commit it was reached from (for errors). No id: an empty tree."""

    id: str | None
    commit: str


class _Directory:
    """A directory with watched names below it, and the fingerprints of its versions by tree entry."""

    __slots__ = ("below", "ends", "fingerprints", "path", "picker")

    def __init__(self, watched: Watched) -> None:
        self.path = watched.path
        self.picker = Picker(watched.children)
        self.ends = [(name, child) for name, child in watched.children.items() if child.whole]
        self.below = [
            (name, _Directory(child)) for name, child in watched.children.items() if not child.whole
        ]
        self.fingerprints: dict[bytes, bytes] = {}


class TreeSame:
    """Compares the watched paths of two commits' trees.

    MissingObject, with the directory's path, where a partial clone lacks a tree.
    """

    def __init__(self, objects: Objects, watched: Watched) -> None:
        self._objects = objects
        self._watched = watched
        self._top = None if watched.whole else _Directory(watched)

    def fingerprint(self, tree: Tree) -> bytes:
        """21 bytes that are equal only where every watched entry is."""
        if tree.id is None:
            return _ABSENT
        entry = DIRECTORY + bytes.fromhex(tree.id)
        return self._summary(self._top, entry, tree.commit) if self._top else entry

    def same(self, one: Tree, other: Tree) -> bool:
        """Whether both hold the same files with the same modes at the watched paths, file by file.

        Different fingerprints can stand for the same files: git canonicalises modes (100664 is 100644),
        and a directory without files is none.
        """
        return one.id == other.id or not self._differ(self._watched, one, other, "")

    def _summary(self, directory: _Directory, entry: bytes, commit: str) -> bytes:
        known = directory.fingerprints.get(entry)
        if known is None:
            data = self._objects.tree_bytes(entry[1:].hex(), directory.path, commit)
            found = directory.picker.pick(data)
            parts = [_selected(child, found.get(name)) or _ABSENT for name, child in directory.ends]
            for name, below in directory.below:
                part = found.get(name, _ABSENT)
                parts.append(self._summary(below, part, commit) if part[:1] == DIRECTORY else _ABSENT)
            known = directory.fingerprints[entry] = _combined(parts)
        return known

    def _differ(self, watched: Watched, one: Tree, other: Tree, path: str) -> bool:
        left, right = self._entries(one, path), self._entries(other, path)
        names = left.keys() | right.keys() if watched.whole else watched.children.keys()
        for name in names:
            child = _EVERYTHING if watched.whole else watched.children[name]
            a, b = _selected(child, left.get(name)), _selected(child, right.get(name))
            if a == b:
                continue
            if any(entry is not None and entry[:1] != DIRECTORY for entry in (a, b)):
                return True
            below = _EVERYTHING if child.whole else child
            if self._differ(below, _subtree(a, one), _subtree(b, other), f"{path}{_text(name)}/"):
                return True
        return False

    def _entries(self, tree: Tree, path: str) -> dict[bytes, bytes]:
        return {} if tree.id is None else self._objects.tree(tree.id, path, tree.commit)


def _combined(parts: list[bytes]) -> bytes:
    if len(parts) == 1 or set(parts) == {_ABSENT}:
        return parts[0]
    return b"*" + blake2b(b"".join(parts), digest_size=20).digest()


def _selected(child: Watched, entry: bytes | None) -> bytes | None:
    """The entry, if the watched path means an entry of this kind."""
    if entry is None or (child.whole and not child.directory_only) or entry[:1] == DIRECTORY:
        return entry
    return entry if child.whole and entry[:1] == SUBMODULE else None


def _subtree(entry: bytes | None, tree: Tree) -> Tree:
    return Tree(None if entry is None else entry[1:].hex(), tree.commit)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
