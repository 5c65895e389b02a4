# SPDX-License-Identifier: GPL-2.0-or-later
"""The compile cache that the kernel package asks for, kept in the database."""

from collections.abc import Sequence
from typing import Protocol

from bisectd.domain.compiled import PathSet, Result
from bisectd.store.store import Store


class Manifest(Protocol):
    """Of what a compile read and missed, only the paths are kept: the rest is in the object key."""

    @property
    def paths(self) -> PathSet:
        """All paths that the result depends on."""


class SqlObjectCache:
    """`bisectd.kernel.manifest.ObjectCache`. Each call is a transaction; do not call it inside of one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def path_sets(self, scope: str, skip: int) -> Sequence[PathSet]:
        """The different path sets of a scope, in the order in which they came, without the first `skip`."""
        with self._store.read() as tx:
            return tx.objects.path_sets(scope, skip)

    def get(self, key: str) -> Result | None:
        """The result stored under an object key."""
        with self._store.read() as tx:
            return tx.objects.get(key)

    def put(self, scope: str, key: str, manifest: Manifest, result: Result) -> None:
        """Store a result and its path set. What is stored under the key already stays: it is the same."""
        with self._store.begin() as tx:
            tx.objects.put(scope, key, manifest.paths, result)
