# SPDX-License-Identifier: GPL-2.0-or-later
"""A commit's tree without a repository: made of a mapping of paths to texts, with git's own ids."""

import hashlib
from collections.abc import Mapping
from functools import cached_property

from bisectd.domain.commit import TreeEntry
from bisectd.domain.errors import MissingObject

_Directories = dict[str, dict[str, TreeEntry]]


def _object_id(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()  # noqa: S324 - what git uses


class DictTree:
    """A `SourceTree`. Blobs at the paths in `absent` have an id and no content, as in a partial clone."""

    def __init__(self, files: Mapping[str, str], absent: frozenset[str] = frozenset()) -> None:
        self.files = dict(files)
        self.absent = absent

    def edited(self, changes: Mapping[str, str | None]) -> "DictTree":
        """The tree with files written, or removed where None."""
        files = {**self.files, **changes}
        return DictTree({path: text for path, text in files.items() if text is not None}, self.absent)

    @property
    def commit(self) -> str:
        return _object_id("commit", (self.tree_id("") or "").encode())

    @cached_property
    def _directories(self) -> _Directories:
        children: dict[str, set[str]] = {"": set()}
        for path in self.files:
            parts = path.split("/")
            for depth, name in enumerate(parts):
                children.setdefault("/".join(parts[:depth]), set()).add(name)
        directories: _Directories = {}
        for directory in sorted(children, key=len, reverse=True):
            prefix = directory + "/" if directory else ""
            directories[directory] = {
                name: self._entry(prefix + name, directories) for name in sorted(children[directory])
            }
        return directories

    def _entry(self, path: str, directories: _Directories) -> TreeEntry:
        if path in self.files:
            return TreeEntry(_object_id("blob", self.files[path].encode()), "file")
        return TreeEntry(_tree_id(directories[path]), "directory")

    def tree_id(self, directory: str) -> str | None:
        entries = self._directories.get(directory)
        return None if entries is None else _tree_id(entries)

    def entries(self, directory: str) -> Mapping[str, TreeEntry]:
        return self._directories.get(directory, {})

    def blob_id(self, path: str) -> str | None:
        directory, _, name = path.rpartition("/")
        entry = self.entries(directory).get(name)
        return entry.id if entry is not None and entry.kind == "file" else None

    def read(self, path: str) -> bytes:
        if path in self.absent:
            raise MissingObject(self.blob_id(path) or "", path, self.commit)
        return self.files[path].encode()


def _tree_id(entries: Mapping[str, TreeEntry]) -> str:
    """As git writes a tree: a directory sorts as if its name ended in a slash."""
    lines = sorted((name + "/" * (entry.kind == "directory"), name, entry) for name, entry in entries.items())
    modes = {"file": "100644", "directory": "40000"}
    return _object_id(
        "tree",
        b"".join(
            f"{modes[entry.kind]} {name}\0".encode() + bytes.fromhex(entry.id) for _, name, entry in lines
        ),
    )
