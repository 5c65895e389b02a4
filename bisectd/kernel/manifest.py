# SPDX-License-Identifier: GPL-2.0-or-later
"""What a compile depended on, and the cache of compiles that is asked by it.

A compile is a function of the files that it read and of the places where it looked for one and found none.
Their paths are a `PathSet`; with what stands at them in one commit they make the object key. So a commit is
looked up without compiling: take the path sets of earlier compiles of the same source, and see whether a
result is stored under the key that the commit gives for one of them. Few path sets serve many commits, only
a changed #include changes them.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bisectd.domain.commit import TreeEntry
from bisectd.domain.compiled import PathSet, Result

_RECENT = 16  # results kept in memory for each scope; an object file is about 150 KB


class Files(Protocol):
    """Where paths are looked up: a commit's tree with the generated files beside it."""

    def directory_id(self, directory: str) -> str:
        """What identifies the names in a directory and their ids; "" where there is no such directory."""

    def entries(self, directory: str) -> Mapping[str, TreeEntry]:
        """The names in a directory; empty where there is no such directory."""


@dataclass(frozen=True)
class Manifest:
    """`reads`: path → blob id of each file that was read; `misses`: looked for, and not there."""

    reads: Mapping[str, str]
    misses: frozenset[str]

    @property
    def paths(self) -> PathSet:
        """All paths that the result depends on."""
        return tuple(sorted(self.misses.union(self.reads)))


class ObjectCache(Protocol):
    """Where results of compiles are kept. The scope names the source, the target and the compiler."""

    def path_sets(self, scope: str, skip: int) -> Sequence[PathSet]:
        """The different path sets of a scope, in the order in which they came, without the first `skip`."""

    def get(self, key: str) -> Result | None:
        """The result stored under an object key."""

    def put(self, scope: str, key: str, manifest: Manifest, result: Result) -> None:
        """Store a result and its path set. What is stored under the key already stays: it is the same."""


class MemoryObjectCache:
    """An `ObjectCache` that lives as long as the process."""

    def __init__(self) -> None:
        self._path_sets: dict[str, dict[PathSet, None]] = {}
        self._results: dict[str, Result] = {}

    def path_sets(self, scope: str, skip: int) -> Sequence[PathSet]:
        """See `ObjectCache`."""
        return list(self._path_sets.get(scope, ()))[skip:]

    def get(self, key: str) -> Result | None:
        """See `ObjectCache`."""
        return self._results.get(key)

    def put(self, scope: str, key: str, manifest: Manifest, result: Result) -> None:
        """See `ObjectCache`."""
        self._path_sets.setdefault(scope, {})[manifest.paths] = None
        self._results.setdefault(key, result)


def digest(*parts: str | bytes) -> str:
    """Sha256 (hex) of a sequence of strings, each with its length, so that none runs into the next."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        hashed.update(b"%d:" % len(data))
        hashed.update(data)
    return hashed.hexdigest()


class _Directory(NamedTuple):
    """The names of a path set that lie in one directory, and their digest for each state that was met."""

    path: str
    names: tuple[str, ...]
    digests: dict[str, str]

    def digest(self, files: Files) -> str:
        """What stands at the names now. Costs two dictionary look-ups where the directory is known."""
        state = files.directory_id(self.path)
        known = self.digests.get(state)
        if known is None:
            entries = files.entries(self.path)
            known = digest(self.path, *(f"{name}\0{_file_id(entries, name)}" for name in self.names))
            self.digests[state] = known
        return known


def _file_id(entries: Mapping[str, TreeEntry], name: str) -> str:
    entry = entries.get(name)
    return entry.id if entry is not None and entry.kind == "file" else ""


class Keys:
    """The object keys that one path set gives. It remembers every directory state that it was asked about."""

    def __init__(self, scope: str, paths: PathSet) -> None:
        self.paths = paths
        self._scope = scope
        names: dict[str, list[str]] = {}
        for path in paths:
            directory, _, name = path.rpartition("/")
            names.setdefault(directory, []).append(name)
        self._directories = [_Directory(path, tuple(sorted(names[path])), {}) for path in sorted(names)]

    def key(self, files: Files) -> str:
        """The object key of these files: equal keys mean that all paths of the set hold the same."""
        return digest(self._scope, *(directory.digest(files) for directory in self._directories))


class Found(NamedTuple):
    """A stored compile: its object key, what it depended on, and its result."""

    key: str
    paths: PathSet
    result: Result


class Index:
    """Finds results for commits: the path sets of one scope, the one that answered last first.

    What was once absent under a key is not asked for again; if another process stores it in between, the
    compile is repeated and gives the same.
    """

    def __init__(self, scope: str, cache: ObjectCache) -> None:
        self.scope = scope
        self._cache = cache
        self._known = 0
        self._keys: list[Keys] = []
        self._absent: set[str] = set()
        self._recent: OrderedDict[str, Result] = OrderedDict()

    def find(self, files: Files) -> Found | None:
        """The stored compile that covers these files, if there is one."""
        return self._ask(self._keys, files) or self._ask(self._learn(), files)

    def put(self, files: Files, manifest: Manifest, result: Result) -> Found:
        """Store what a compile of these files gave."""
        keys = Keys(self.scope, manifest.paths)
        key = keys.key(files)
        self._cache.put(self.scope, key, manifest, result)
        self._absent.discard(key)
        self._remember(key, result)
        return Found(key, keys.paths, result)

    def _ask(self, candidates: Sequence[Keys], files: Files) -> Found | None:
        for keys in candidates:
            key = keys.key(files)
            result = self._get(key)
            if result is not None:
                self._keys.remove(keys)
                self._keys.insert(0, keys)
                return Found(key, keys.paths, result)
        return None

    def _get(self, key: str) -> Result | None:
        if key in self._absent:
            return None
        result = self._recent.get(key) or self._cache.get(key)
        if result is None:
            self._absent.add(key)
        else:
            self._remember(key, result)
        return result

    def _remember(self, key: str, result: Result) -> None:
        self._recent[key] = result
        self._recent.move_to_end(key)
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    def _learn(self) -> list[Keys]:
        """Path sets that this process or another one has stored since."""
        new = [Keys(self.scope, paths) for paths in self._cache.path_sets(self.scope, self._known)]
        self._known += len(new)
        self._keys += new
        return new
