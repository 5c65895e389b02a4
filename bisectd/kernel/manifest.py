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

_STATES = 256  # states of a directory whose digests are kept; commits come in order of history
_RECENT = 16  # results kept in memory for each scope; an object file is about 150 KB


class Files(Protocol):
    """Where paths are looked up: a commit's tree with the generated files beside it."""

    def directory_id(self, directory: str) -> str:
        """What identifies all that is below a directory; "" where there is no such directory."""

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


class _Directory:
    """The part of a path set that lies below one directory, and its digest for each state that was met."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._names: list[str] = []
        self._below: dict[str, _Directory] = {}
        self._digests: dict[str, str] = {}

    def add(self, name: str) -> None:
        """Add a path, relative to this directory."""
        first, _, rest = name.partition("/")
        if rest:
            prefix = f"{self._path}/" if self._path else ""
            self._below.setdefault(first, _Directory(prefix + first)).add(rest)
        else:
            self._names.append(name)

    def digest(self, files: Files) -> str:
        """What stands at the paths now. Does not look below a directory whose id it knows."""
        state = files.directory_id(self._path) if self._path else ""
        known = self._digests.get(state) if state else None
        if known is None:
            if len(self._digests) >= _STATES:
                self._digests.clear()
            known = self._digests[state] = self._compute(files)
        return known

    def _compute(self, files: Files) -> str:
        entries = files.entries(self._path) if self._names else {}
        return digest(
            self._path,
            *(f"{name}\0{_file_id(entries, name)}" for name in self._names),
            *(below.digest(files) for below in self._below.values()),
        )


def _file_id(entries: Mapping[str, TreeEntry], name: str) -> str:
    entry = entries.get(name)
    return entry.id if entry is not None and entry.kind == "file" else ""


class Keys:
    """The object keys that one path set gives."""

    def __init__(self, scope: str, paths: PathSet) -> None:
        self.paths = paths
        self._scope = scope
        self._top = _Directory("")
        for path in paths:
            self._top.add(path)

    def key(self, files: Files) -> str:
        """The object key of these files: equal keys mean that all paths of the set hold the same."""
        return digest(self._scope, self._top.digest(files))


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
