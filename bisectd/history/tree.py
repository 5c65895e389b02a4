# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of a commit: `bisectd.domain.commit.SourceTree` over git objects."""

from collections import OrderedDict
from collections.abc import Mapping

from pygit2.enums import ObjectType

from bisectd.domain.commit import TreeEntry
from bisectd.history.objects import DIRECTORY, EXECUTABLE, FILE, TOP, Objects, parse_tree

_KIND_NAMES = {FILE: "file", EXECUTABLE: "file", DIRECTORY: "directory"}

# A kernel version's headers lie in about 60 directories with 6,000 names; an entry takes about 300 bytes.
_CACHED_ENTRIES = 100_000


class Directories:
    """Parsed directories by tree id, shared by all commits of a repository; the least used are dropped."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self._cache: OrderedDict[str, Mapping[str, TreeEntry]] = OrderedDict()
        self._entries = 0

    def entries(self, tree: str, path: str, commit: str) -> Mapping[str, TreeEntry]:
        """The names in a directory; `path` and `commit` say whose it is if it is missing."""
        known = self._cache.get(tree)
        if known is not None:
            self._cache.move_to_end(tree)
            return known
        raw = self.objects.read(tree, ObjectType.TREE, path or TOP, commit)
        entries = self._cache[tree] = {
            _text(name): tree_entry(value) for name, value in parse_tree(raw).items()
        }
        self._entries += len(entries)
        while self._entries > _CACHED_ENTRIES and len(self._cache) > 1:
            self._entries -= len(self._cache.popitem(last=False)[1])
        return entries


class CommitTree:
    """A `SourceTree`. Names that are no UTF-8 carry their bytes as surrogate escapes."""

    def __init__(self, directories: Directories, commit: str, root: str) -> None:
        self._directories = directories
        self._commit = commit
        self._ids: dict[str, str | None] = {"": root}

    @property
    def commit(self) -> str:
        """Full id of the commit."""
        return self._commit

    def tree_id(self, directory: str) -> str | None:
        """Id of the directory's tree object, None where there is no such directory."""
        if directory not in self._ids:
            entry = self._entry(directory)
            self._ids[directory] = entry.id if entry and entry.kind == "directory" else None
        return self._ids[directory]

    def entries(self, directory: str) -> Mapping[str, TreeEntry]:
        """The names in a directory; empty where there is no such directory."""
        tree = self.tree_id(directory)
        return {} if tree is None else self._directories.entries(tree, directory, self._commit)

    def blob_id(self, path: str) -> str | None:
        """Id of the regular file at `path`, None where there is none (symlinks are not followed)."""
        entry = self._entry(path)
        return entry.id if entry and entry.kind == "file" else None

    def read(self, path: str) -> bytes:
        """The file's bytes. KeyError where `blob_id` is None; MissingObject in a partial clone."""
        blob = self.blob_id(path)
        if blob is None:
            raise KeyError(path)
        return self._directories.objects.read(blob, ObjectType.BLOB, path, self._commit)

    def _entry(self, path: str) -> TreeEntry | None:
        directory, slash, name = path.rpartition("/")
        if slash and not directory:  # an absolute path is none of the tree's
            return None
        return self.entries(directory).get(name)


def tree_entry(value: bytes) -> TreeEntry:
    """An entry of `objects.parse_tree` as the domain has it."""
    return TreeEntry(value[1:].hex(), _KIND_NAMES.get(value[:1], "other"))


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
