# SPDX-License-Identifier: GPL-2.0-or-later
"""TREESAME: whether two trees hold the same at the watched paths.

A fingerprint of what is watched is kept for every directory tree on the way to a watched path, by the tree's
id. So a commit that touches no such directory costs one lookup, and one that does costs the reading of the
directories that changed, however many paths are watched.
"""

from hashlib import blake2b
from typing import NamedTuple

from bisectd.history.objects import DIRECTORY, SUBMODULE, Objects
from bisectd.history.paths import Watched

_ABSENT = bytes(21)
_EVERYTHING = Watched(whole=True)


class Tree(NamedTuple):
    """A tree and the commit it was reached from (for errors). No id: an empty tree."""

    id: str | None
    commit: str


class TreeSame:
    """Compares the watched paths of two commits' trees.

    MissingObject, with the directory's path, where a partial clone lacks a tree.
    """

    def __init__(self, objects: Objects, watched: Watched) -> None:
        self._objects = objects
        self._watched = watched

    def same(self, one: Tree, other: Tree) -> bool:
        """Whether both hold the same files with the same modes at the watched paths."""
        if one.id == other.id or self._fingerprint(self._watched, one) == self._fingerprint(
            self._watched, other
        ):
            return True
        # Different ids can still hold the same: modes that git canonicalises, directories without files.
        return not self._differ(self._watched, one, other, "")

    def _fingerprint(self, watched: Watched, tree: Tree) -> bytes:
        """21 bytes that are equal only where every watched entry is; _ABSENT where there is none."""
        if tree.id is None:
            return _ABSENT
        known = watched.memo.get(tree.id)
        if known is None:
            known = watched.memo[tree.id] = self._summary(watched, tree)
        return known

    def _summary(self, watched: Watched, tree: Tree) -> bytes:
        if watched.whole:
            return DIRECTORY + bytes.fromhex(tree.id or "")
        entries = self._entries(tree, watched.path)
        parts = [self._part(child, entries.get(name), tree) for name, child in watched.children.items()]
        if len(parts) == 1 or set(parts) == {_ABSENT}:
            return parts[0]
        return b"*" + blake2b(b"".join(parts), digest_size=20).digest()

    def _part(self, child: Watched, entry: bytes | None, tree: Tree) -> bytes:
        entry = _selected(child, entry)
        if entry is None or child.whole:
            return entry or _ABSENT
        return self._fingerprint(child, _subtree(entry, tree))

    def _differ(self, watched: Watched, one: Tree, other: Tree, path: str) -> bool:
        """The same question answered file by file, as `git diff --quiet` does."""
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


def _selected(child: Watched, entry: bytes | None) -> bytes | None:
    """The entry, if the watched path means an entry of this kind."""
    if entry is None or (child.whole and not child.directory_only) or entry[:1] == DIRECTORY:
        return entry
    return entry if child.whole and entry[:1] == SUBMODULE else None


def _subtree(entry: bytes | None, tree: Tree) -> Tree:
    return Tree(None if entry is None else entry[1:].hex(), tree.commit)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
