# SPDX-License-Identifier: GPL-2.0-or-later
"""A commit's files with some of them changed: `SourceTree` in memory, nothing is written to the repository.

Ids of changed files and directories are those that git would give them, so every cache that goes by content
is right about them.
"""

import hashlib
import re
from collections.abc import Mapping

from pygit2.enums import ObjectType

from bisectd.domain.commit import SourceTree, TreeEntry
from bisectd.history.objects import TOP, Objects, parse_tree
from bisectd.history.tree import tree_entry

_ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
_FILE, _DIRECTORY = b"100644", b"40000"

_Raw = dict[bytes, tuple[bytes, bytes]]  # name → mode and id


class PatchedTree:
    """The files of `base` with `changes`: path → content, None for a file that is gone.

    `commit` is no commit of the repository: it stands for this base with these contents.
    """

    def __init__(self, objects: Objects, base: SourceTree, changes: Mapping[str, bytes | None]) -> None:
        self._objects = objects
        self._base = base
        self._blobs: dict[str, bytes] = {}
        self._trees: dict[str, bytes | None] = {}  # changed directories: raw, None where nothing is left
        self._ids: dict[str, str | None] = {}
        self._write("", {path.encode("utf-8", "surrogateescape"): data for path, data in changes.items()})
        name = f"bisectd patched\0{base.commit}\0{self.tree_id('')}"
        self._commit = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()

    @property
    def commit(self) -> str:
        """What this version is stored under: 40 digits, equal for equal contents on an equal base."""
        return self._commit

    def tree_id(self, directory: str) -> str | None:
        """Id of the directory's tree object, None where there is no such directory."""
        return self._ids[directory] if directory in self._ids else self._base.tree_id(directory)

    def entries(self, directory: str) -> Mapping[str, TreeEntry]:
        """The names in a directory; empty where there is no such directory."""
        if directory not in self._trees:
            return self._base.entries(directory)
        found = parse_tree(self._trees[directory] or b"")
        return {name.decode("utf-8", "surrogateescape"): tree_entry(value) for name, value in found.items()}

    def made(self, directory: str) -> bytes | None:
        """A directory's tree object as git would write it; None where it is the repository's own."""
        if directory in self._trees:
            return self._trees[directory]
        return self._base.made(directory) if isinstance(self._base, PatchedTree) else None

    def blob_id(self, path: str) -> str | None:
        """Id of the regular file at `path`, None where there is none (symlinks are not followed)."""
        directory, slash, name = path.rpartition("/")
        if slash and not directory:
            return None
        entry = self.entries(directory).get(name)
        return entry.id if entry and entry.kind == "file" else None

    def read(self, path: str) -> bytes:
        """The file's bytes. KeyError where `blob_id` is None; MissingObject in a partial clone."""
        if self.blob_id(path) is None:
            raise KeyError(path)
        return self._blobs[path] if path in self._blobs else self._base.read(path)

    def _write(self, directory: str, changes: Mapping[bytes, bytes | None]) -> str | None:
        """Make the directory's tree anew; its id, None where no file is left in it."""
        names = self._raw(directory)
        below: dict[bytes, dict[bytes, bytes | None]] = {}
        for path, data in changes.items():
            name, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(name, {})[rest] = data
            elif data is None:
                names.pop(name, None)
            else:
                mode = names[name][0] if name in names and names[name][0] != _DIRECTORY else _FILE
                names[name] = mode, self._blob(_join(directory, name), data)
        for name, inside in below.items():
            made = self._write(_join(directory, name), inside)
            names.pop(name, None)
            if made:
                names[name] = _DIRECTORY, bytes.fromhex(made)
        raw = b"".join(
            b"%s %s\0%s" % (mode, name, id_) for name, (mode, id_) in sorted(names.items(), key=_order)
        )
        made = object_id("tree", raw) if names else None
        self._trees[directory], self._ids[directory] = raw, made
        return made

    def _raw(self, directory: str) -> _Raw:
        tree = self._base.tree_id(directory)
        if tree is None:
            return {}
        made = self._base.made(directory) if isinstance(self._base, PatchedTree) else None
        raw = made or self._objects.read(tree, ObjectType.TREE, directory or TOP, self._base.commit)
        return {name: (mode, id_) for mode, name, id_ in _ENTRY.findall(raw)}

    def _blob(self, path: str, data: bytes) -> bytes:
        self._blobs[path] = data
        return bytes.fromhex(object_id("blob", data))


def object_id(kind: str, data: bytes) -> str:
    """The id that git gives an object."""
    return hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(data), data), usedforsecurity=False).hexdigest()


def _order(item: tuple[bytes, tuple[bytes, bytes]]) -> bytes:
    """Git sorts a directory as if its name ended with a slash."""
    name, (mode, _) = item
    return name + b"/" if mode == _DIRECTORY else name


def _join(directory: str, name: bytes) -> str:
    text = name.decode("utf-8", "surrogateescape")
    return f"{directory}/{text}" if directory else text
