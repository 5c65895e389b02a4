# SPDX-License-Identifier: GPL-2.0-or-later
"""The SQL cache of compiles behaves as the one in memory does."""

from collections.abc import Iterator

import pytest

from bisectd.domain.compiled import Failure, Output
from bisectd.kernel.manifest import Manifest, MemoryObjectCache, ObjectCache
from bisectd.store.cache import SqlObjectCache
from bisectd.store.store import Store
from tests.support.servers import KINDS, database_of
from tests.support.store_data import digest

SCOPE = digest("process.c for pmac32 by zig")
FIRST = Manifest({"a.c": "1" * 40, "b.h": "2" * 40}, frozenset({"include/b.h"}))
SECOND = Manifest({"a.c": "3" * 40}, frozenset())


@pytest.fixture(params=["memory", *KINDS])
def cache(request: pytest.FixtureRequest) -> Iterator[ObjectCache]:
    if request.param == "memory":
        yield MemoryObjectCache()
        return
    with Store.open(database_of(request.param, request)) as store:
        yield SqlObjectCache(store)


def test_an_empty_cache_knows_nothing(cache: ObjectCache) -> None:
    assert cache.get(digest("k")) is None
    assert list(cache.path_sets(SCOPE, 0)) == []


@pytest.mark.parametrize(
    "result",
    [
        Output(b"\x7fELF" + bytes(range(256)) * 500),
        Output(b""),
        Failure("a.c:1: no such header", "a.c:1: no such header\n1 error\n"),
        Failure("killed after 60 s", ""),
    ],
)
def test_a_result_comes_back_and_stays(cache: ObjectCache, result: Output | Failure) -> None:
    cache.put(SCOPE, digest("k"), FIRST, result)
    cache.put(SCOPE, digest("k"), FIRST, Output(b"another"))
    assert cache.get(digest("k")) == result


def test_path_sets_come_once_each_in_order_and_by_scope(cache: ObjectCache) -> None:
    for number, manifest in enumerate([FIRST, SECOND, FIRST]):
        cache.put(SCOPE, digest(number), manifest, Output(b"x"))
    cache.put(digest("other scope"), digest("o"), SECOND, Output(b"x"))
    assert list(cache.path_sets(SCOPE, 0)) == [("a.c", "b.h", "include/b.h"), ("a.c",)]
    assert list(cache.path_sets(SCOPE, 1)) == [("a.c",)]
    assert list(cache.path_sets(SCOPE, 2)) == []
    assert list(cache.path_sets(digest("other scope"), 0)) == [("a.c",)]
