# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits and trees parsed from their raw bytes.

A walk reads ten thousands of commits and wants three fields of each, so objects are read as bytes and matched
once; pygit2's Commit and Tree objects cost several times as much (docs/benchmarks.md).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pygit2
from pygit2.enums import ObjectType

from bisectd.domain.errors import MachineError, MissingObject

_COMMIT = re.compile(
    rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)(?:author [^\n]*\ncommitter [^>]*>\s*(\d+))?"
)
_ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
_REPLACE = "refs/replace/"

# What errors call objects that lie at no path.
_ITSELF = "the commit itself"
TOP = "the top directory"

# What an entry is, in one byte: modes as git canonicalises them (old repositories have 100664 for 100644).
FILE, EXECUTABLE, SYMLINK, DIRECTORY, SUBMODULE = b"f", b"x", b"l", b"d", b"s"

# Entries are 21 bytes: one of kind and 20 of object id. This one stands for no entry.
ABSENT = bytes(21)


class _Kinds(dict[bytes, bytes]):
    """Octal mode, as written in a tree → kind."""

    def __missing__(self, mode: bytes) -> bytes:
        bits = int(mode, 8)
        regular = EXECUTABLE if bits & 0o100 else FILE
        return {0o100000: regular, 0o120000: SYMLINK, 0o040000: DIRECTORY}.get(bits & 0o170000, SUBMODULE)


_KINDS = _Kinds({b"100644": FILE, b"100755": EXECUTABLE, b"40000": DIRECTORY, b"120000": SYMLINK})


class Picker:
    """Takes chosen names out of a raw tree, stepping over the rest without making objects of it."""

    def __init__(self, names: Sequence[bytes]) -> None:
        # Names with the same first byte share one branch of the pattern: that is what makes hundreds cheap.
        branches: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for name in names:
            branches[re.escape(name[:1])].append(re.escape(name[1:]))
        wanted = b"|".join(first + b"(?:" + b"|".join(rest) + b")" for first, rest in branches.items())
        # The end of the tree matches too, so that a search never restarts in the middle of an entry.
        self._pattern = re.compile(
            rb"(?:[0-7]++ [^\0]++\0.{20})*?(?:([0-7]+) (" + wanted + rb")\0(.{20})|\Z)", re.DOTALL
        )
        self._names = names

    def pick(self, tree: bytes) -> list[bytes]:
        """The entries of the chosen names, in their order; ABSENT for those that are not there."""
        if len(self._names) == 1:  # most directories on the way to a path: stop at the name
            match = self._pattern.match(tree)
            return [_KINDS[match[1]] + match[3]] if match and match[1] else [ABSENT]
        found = {
            name: _KINDS[mode] + object_id for mode, name, object_id in self._pattern.findall(tree) if name
        }
        return [found.get(name, ABSENT) for name in self._names]


def parse_tree(tree: bytes) -> dict[bytes, bytes]:
    """Every name of a raw tree → its entry."""
    return {name: _KINDS[mode] + object_id for mode, name, object_id in _ENTRY.findall(tree)}


def changed_entries(one: bytes, other: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The names whose raw entries differ between two raw trees, with both entries (ABSENT for none)."""
    left, right = frozenset(_ENTRY.findall(one)), frozenset(_ENTRY.findall(other))
    a, b = (
        {name: _KINDS[mode] + object_id for mode, name, object_id in only}
        for only in (left - right, right - left)
    )
    for name in a.keys() | b.keys():
        yield name, a.get(name, ABSENT), b.get(name, ABSENT)


class RawCommit(NamedTuple):
    """What a walk needs of a commit. Ids are hex; `time` is the committer's, 0 where it cannot be read."""

    tree: str
    parents: tuple[str, ...]
    time: int


class Objects:
    """The object database of one repository.

    Commits are read through refs/replace, as git does: people graft histories together with it. Replaced
    trees and blobs are not honoured: observations are stored under their ids, which must mean the same
    bytes everywhere.
    """

    def __init__(self, repository: pygit2.Repository) -> None:
        self._odb = repository.odb
        # Odb.read takes an abbreviated id too, so it asks every backend every time: half as fast.
        self._backends = [backend.read for backend in self._odb.backends]
        self._replaced = _replacements(repository)

    def replaced(self, commit: str) -> str:
        """The id whose object is read for this one."""
        return self._replaced.get(commit, commit)

    def commit_bytes(self, commit: str) -> bytes:
        """The commit object; MissingObject where the repository lacks it."""
        return self.read(self._replaced.get(commit, commit), ObjectType.COMMIT, _ITSELF, commit)

    def commit(self, commit: str) -> RawCommit:
        """The fields that a walk needs."""
        data = self.read(self._replaced.get(commit, commit), ObjectType.COMMIT, _ITSELF, commit)
        match = _COMMIT.match(data)
        if match is None:
            raise _corrupt(commit, "a commit without a tree")
        tree, parents, time = match.groups()
        return RawCommit(tree.decode(), tuple(parents.decode().split()[1::2]), int(time or 0))

    def read(self, object_id: str, kind: ObjectType, path: str, commit: str) -> bytes:
        """The bytes of any object. MissingObject if it is not there, MachineError if it is not sound."""
        try:
            found, data = self._find(object_id)
        except KeyError:
            raise MissingObject(object_id, path, commit) from None
        except (pygit2.GitError, ValueError, OSError) as error:
            raise _corrupt(object_id, str(error)) from error
        if found != kind:
            raise _corrupt(object_id, f"{path} at {commit[:12]} is no {kind.name.lower()}")
        return data

    def _find(self, object_id: str) -> tuple[int, bytes]:
        for position, read in enumerate(self._backends):
            try:
                found = read(object_id)
            except KeyError:
                continue
            if position:  # what is wanted next most likely lies in the same place
                self._backends.insert(0, self._backends.pop(position))
            return found
        return self._odb.read(object_id)  # looks for packs that came since


def _corrupt(object_id: str, what: str) -> MachineError:
    return MachineError(f"object {object_id} cannot be read ({what}): run `git fsck` in the repository")


def _replacements(repository: Any) -> Mapping[str, str]:
    """Replaced id → the id at the end of its chain of replacements."""
    direct = {
        name.removeprefix(_REPLACE): str(repository.references[name].target)
        for name in repository.references
        if name.startswith(_REPLACE)
    }
    final = {}
    for first in direct:
        last, seen = first, {first}
        while (following := direct.get(last)) and following not in seen:
            last = following
            seen.add(last)
        final[first] = last
    return final


def has_grafts(repository: pygit2.Repository) -> bool:
    """Whether the deprecated info/grafts file rewrites parents (git honours it, libgit2 does not)."""
    grafts = Path(repository.path, "info", "grafts")
    return grafts.is_file() and grafts.stat().st_size > 0
