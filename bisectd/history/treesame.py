# SPDX-License-Identifier: GPL-2.0-or-later
"""TREESAME: whether two trees hold the same at the watched paths.

A fingerprint of what is watched is kept for every directory tree on the way to a watched path, by the tree's
id. So a commit that touches no such directory costs one lookup, and one that does costs the reading of the
directories that changed, however many paths are watched.
"""

from hashlib import blake2b
from typing import NamedTuple

from pygit2.enums import ObjectType

from bisectd.history.objects import ABSENT, DIRECTORY, SUBMODULE, TOP, Objects, Picker, changed_entries
from bisectd.history.paths import Watched

# Fingerprints are made like entries: one byte of kind and 20 of hash.
_NOTHING = ABSENT[:1]
_FILES, _WITH_DIRECTORIES = b"*", b"D"


class Tree(NamedTuple):
    """A tree and the commit it was reached from (for errors). No id: an empty tree."""

    id: str | None
    commit: str


class _Directory:
    """A directory with watched names in it, and the fingerprints of its versions by tree entry."""

    __slots__ = ("_picker", "_slashed", "below", "fingerprints", "names", "path")

    def __init__(self, watched: Watched) -> None:
        children = sorted(watched.children.items(), key=lambda item: not item[1].whole)
        self.path = watched.path
        self.names = [name for name, _ in children]  # those at which a watched path ends come first
        self._picker = Picker(self.names)
        self._slashed = [position for position, (_, child) in enumerate(children) if child.directory_only]
        self.below = [
            (position, _Directory(child)) for position, (_, child) in enumerate(children) if not child.whole
        ]
        self.fingerprints: dict[bytes, bytes] = {}

    def pick(self, raw: bytes) -> list[bytes]:
        """The entries at `names`, ABSENT also for one of a kind that a path with a slash does not mean."""
        entries = self._picker.pick(raw)
        for position in self._slashed:
            if entries[position][:1] not in {DIRECTORY, SUBMODULE}:
                entries[position] = ABSENT
        return entries


class TreeSame:
    """Compares the watched paths of two commits' trees.

    MissingObject, with the directory's path, where a partial clone lacks a tree.
    """

    def __init__(self, objects: Objects, watched: Watched) -> None:
        self._objects = objects
        self._top = None if watched.whole else _Directory(watched)

    def fingerprint(self, tree: str, commit: str) -> bytes:
        """21 bytes that are equal only where every watched entry is."""
        entry = DIRECTORY + bytes.fromhex(tree)
        if self._top is None:
            return entry
        return self._top.fingerprints.get(entry) or self._summary(self._top, entry, commit)

    def same(self, one: Tree, other: Tree) -> bool:
        """Whether both hold the same files with the same modes at the watched paths."""
        a, b = (
            ABSENT if tree.id is None else self.fingerprint(tree.id, tree.commit) for tree in (one, other)
        )
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
        raw = self._objects.read(entry[1:].hex(), ObjectType.TREE, directory.path or TOP, commit)
        parts = directory.pick(raw)
        for position, below in directory.below:
            way = parts[position]
            if way[:1] == DIRECTORY:
                parts[position] = below.fingerprints.get(way) or self._summary(below, way, commit)
            else:
                parts[position] = ABSENT
        summary = parts[0] if len(parts) == 1 else _combined(parts)
        directory.fingerprints[entry] = summary
        return summary

    def _differ(self, directory: _Directory, one: Tree, other: Tree) -> bool:
        below = dict(directory.below)
        entries = (directory.pick(self._raw(tree, directory.path)) for tree in (one, other))
        for position, (a, b) in enumerate(zip(*entries, strict=True)):
            if position in below:
                if a != b and self._differ(below[position], _subtree(a, one), _subtree(b, other)):
                    return True
            elif self._entries_differ((a, one), (b, other), _join(directory.path, directory.names[position])):
                return True
        return False

    def _entries_differ(self, one: tuple[bytes, Tree], other: tuple[bytes, Tree], path: str) -> bool:
        (a, left), (b, right) = one, other
        if a == b or not {a[:1], b[:1]} <= {DIRECTORY, _NOTHING}:
            return a != b
        return self._contents_differ(_subtree(a, left), _subtree(b, right), path)

    def _contents_differ(self, one: Tree, other: Tree, path: str) -> bool:
        """Whether any file below two directories differs, as `git diff --quiet` sees it."""
        return any(
            self._entries_differ((a, one), (b, other), _join(path, name))
            for name, a, b in changed_entries(self._raw(one, path), self._raw(other, path))
        )

    def _raw(self, tree: Tree, path: str) -> bytes:
        if tree.id is None:
            return b""
        return self._objects.read(tree.id, ObjectType.TREE, path or TOP, tree.commit)


def _combined(parts: list[bytes]) -> bytes:
    joined = b"".join(parts)
    kinds = joined[::21]
    if not kinds.strip(_NOTHING):
        return ABSENT
    kind = _WITH_DIRECTORIES if DIRECTORY in kinds or _WITH_DIRECTORIES in kinds else _FILES
    return kind + blake2b(joined, digest_size=20).digest()


def _subtree(entry: bytes, tree: Tree) -> Tree:
    return Tree(entry[1:].hex() if entry[:1] == DIRECTORY else None, tree.commit)


def _join(path: str, name: bytes) -> str:
    return f"{path}/{name.decode('utf-8', 'surrogateescape')}".removeprefix("/")
