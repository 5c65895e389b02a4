# SPDX-License-Identifier: GPL-2.0-or-later
"""TREESAME: whether two trees hold the same at the watched paths.

A fingerprint of what is watched is kept for every directory tree on the way to a watched path, by the tree's
id. So a commit that touches no such directory costs one lookup, and one that does costs the reading of the
directories that changed, however many paths are watched.
"""

from hashlib import blake2b
from typing import NamedTuple

from pygit2.enums import ObjectType

from bisectd.history.objects import DIRECTORY, SUBMODULE, TOP, Objects, Picker, parse_tree
from bisectd.history.paths import Watched

# Entries and fingerprints are 21 bytes: one of kind and 20 of hash.
_ABSENT = bytes(21)
_NOTHING = _ABSENT[:1]
_FILES, _WITH_DIRECTORIES = b"*", b"D"


class Tree(NamedTuple):
    """A tree and the commit it was reached from (for errors). No id: an empty tree."""

    id: str | None
    commit: str


class _Directory:
    """A directory with watched names in it, and the fingerprints of its versions by tree entry."""

    __slots__ = ("below", "fingerprints", "path", "picker", "plain", "slashed", "through")

    def __init__(self, watched: Watched) -> None:
        children = watched.children.items()
        self.path = watched.path
        self.picker = Picker(watched.children)
        self.plain = [name for name, child in children if child.whole and not child.directory_only]
        self.slashed = [name for name, child in children if child.whole and child.directory_only]
        self.through = [name for name, child in children if not child.whole]
        self.below = [_Directory(watched.children[name]) for name in self.through]
        self.fingerprints: dict[bytes, bytes] = {}

    def select(self, raw: bytes) -> tuple[list[bytes], list[bytes]]:
        """Entries at the watched paths that end here, and the directories that lead to those below."""
        found = self.picker.pick(raw)
        ends = [found.get(name, _ABSENT) for name in self.plain]
        ends += [_of_kind(found.get(name), DIRECTORY + SUBMODULE) for name in self.slashed]
        return ends, [_of_kind(found.get(name), DIRECTORY) for name in self.through]


class TreeSame:
    """Compares the watched paths of two commits' trees.

    MissingObject, with the directory's path, where a partial clone lacks a tree.
    """

    def __init__(self, objects: Objects, watched: Watched) -> None:
        self._objects = objects
        self._top = None if watched.whole else _Directory(watched)

    def fingerprint(self, tree: Tree) -> bytes:
        """21 bytes that are equal only where every watched entry is."""
        if tree.id is None:
            return _ABSENT
        entry = DIRECTORY + bytes.fromhex(tree.id)
        if self._top is None:
            return entry
        return self._top.fingerprints.get(entry) or self._summary(self._top, entry, tree.commit)

    def same(self, one: Tree, other: Tree) -> bool:
        """Whether both hold the same files with the same modes at the watched paths."""
        a, b = self.fingerprint(one), self.fingerprint(other)
        if a == b:
            return True
        # Directories of different ids can still hold the same: git canonicalises modes (100664 is 100644),
        # and a directory without files is none.
        if not {a[:1], b[:1]} & {DIRECTORY, _WITH_DIRECTORIES}:
            return False
        if self._top is None:
            return not self._contents_differ(one, other, "")
        return not self._differ(self._top, one, other)

    def _summary(self, directory: _Directory, entry: bytes, commit: str) -> bytes:
        parts, ways = directory.select(self._raw(Tree(entry[1:].hex(), commit), directory.path))
        for below, way in zip(directory.below, ways, strict=True):
            known = way if way == _ABSENT else below.fingerprints.get(way)
            parts.append(known or self._summary(below, way, commit))
        summary = directory.fingerprints[entry] = _combined(parts)
        return summary

    def _differ(self, directory: _Directory, one: Tree, other: Tree) -> bool:
        ends, ways = directory.select(self._raw(one, directory.path))
        other_ends, other_ways = directory.select(self._raw(other, directory.path))
        names = directory.plain + directory.slashed
        for name, a, b in zip(names, ends, other_ends, strict=True):
            if self._entries_differ((a, one), (b, other), _join(directory.path, name)):
                return True
        return any(
            a != b and self._differ(below, _subtree(a, one), _subtree(b, other))
            for below, a, b in zip(directory.below, ways, other_ways, strict=True)
        )

    def _entries_differ(self, one: tuple[bytes, Tree], other: tuple[bytes, Tree], path: str) -> bool:
        (a, left), (b, right) = one, other
        if a == b or not {a[:1], b[:1]} <= {DIRECTORY, _NOTHING}:
            return a != b
        return self._contents_differ(_subtree(a, left), _subtree(b, right), path)

    def _contents_differ(self, one: Tree, other: Tree, path: str) -> bool:
        """Whether any file below two directories differs, as `git diff --quiet` sees it."""
        left, right = (parse_tree(self._raw(tree, path)) for tree in (one, other))
        changed = dict(left.items() ^ right.items())
        return any(
            self._entries_differ(
                (left.get(name, _ABSENT), one), (right.get(name, _ABSENT), other), _join(path, name)
            )
            for name in changed
        )

    def _raw(self, tree: Tree, path: str) -> bytes:
        if tree.id is None:
            return b""
        return self._objects.read(tree.id, ObjectType.TREE, path or TOP, tree.commit)


def _combined(parts: list[bytes]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    joined = b"".join(parts)
    kinds = joined[::21]
    if not kinds.strip(_NOTHING):
        return _ABSENT
    kind = _WITH_DIRECTORIES if DIRECTORY in kinds or _WITH_DIRECTORIES in kinds else _FILES
    return kind + blake2b(joined, digest_size=20).digest()


def _of_kind(entry: bytes | None, kinds: bytes) -> bytes:
    return entry if entry is not None and entry[:1] in kinds else _ABSENT


def _subtree(entry: bytes, tree: Tree) -> Tree:
    return Tree(None if entry == _ABSENT else entry[1:].hex(), tree.commit)


def _join(path: str, name: bytes) -> str:
    return f"{path}/{name.decode('utf-8', 'surrogateescape')}".removeprefix("/")
