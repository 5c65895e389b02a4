# SPDX-License-Identifier: GPL-2.0-or-later
"""The store: opening, one fact a transaction, and the look-ups of a warm run.

On SQLite, and on PostgreSQL where it is installed. Run it alone: `python -m benchmarks.store`. The yardstick
of the writes: sqlite3 alone.
"""

import hashlib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bisectd.domain.compiled import Output
from bisectd.domain.observation import Observation
from bisectd.domain.records import ObservationKey, StoredUnit
from bisectd.domain.verdict import Verdict
from bisectd.store.store import Store
from tests.support.servers import running_postgresql

FACTS = 2_000
COMMITS = 20_000
OBJECT = b"".join(hashlib.sha256(bytes([n % 251, n % 7])).digest() for n in range(4_700))  # 150 KB
EVIDENCE = {
    "msr": {"before": "EE PR FP ME FE0 FE1", "after": "EE PR ME"},
    "fpr": [hex(n << 52) for n in range(32)],
}
PATHS = [f"include/linux/directory{n % 20}/header_number_{n}.h" for n in range(450)]
IMPORT = "import time; t = time.perf_counter(); import bisectd.store.store; print(time.perf_counter() - t)"


def digest(what: object) -> str:
    """A key."""
    return hashlib.sha256(str(what).encode()).hexdigest()


def unit(number: int) -> StoredUnit:
    """A unit; two neighbours behave the same."""
    return StoredUnit(
        digest(number), "pmac32", "zig-0.16.0", None, {"fpu": digest(number // 2)}, {"cpu": number}
    )


def key(number: int) -> ObservationKey:
    """The question that the probe answers for one fingerprint."""
    return ObservationKey(digest(number), "fpu-giveup-fe", 1, "pmac32", "zig-0.16.0", "1")


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(what: str, took: float, count: int) -> None:
    """One line."""
    print(f"{what:<56} {took / count * 1e3:9.3f} ms each  {count / took:10,.0f}/s")


def opening(url: str) -> None:
    """What a start costs."""
    report("open: empty to head, Alembic included", seconds(lambda: Store.open(url).close()), 1)
    report("open: up to date (best of 5)", min(seconds(lambda: Store.open(url).close()) for _ in range(5)), 1)


def importing() -> None:
    """What every command pays."""
    imported = [
        float(subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    report("import bisectd.store.store (best of 5)", min(imported), 1)


def writing(store: Store) -> None:
    """What a cold run stores."""

    def units() -> None:
        for number in range(FACTS):
            with store.begin() as tx:
                tx.units.add(unit(number), PATHS)

    def observations() -> None:
        observation = Observation(Verdict.BAD, "MSR keeps FE0 FE1", EVIDENCE)
        for number in range(FACTS):
            with store.begin() as tx:
                tx.observations.add(key(number), unit(number).key, observation, 0.001)

    def assignments() -> None:
        with store.begin() as tx:
            tx.units.assign(digest("recipe"), {digest(n)[:40]: unit(n % FACTS).key for n in range(COMMITS)})

    report("unit with 450 paths, a transaction each", seconds(units), FACTS)
    report("observation, a transaction each", seconds(observations), FACTS)
    report("observation, the same again", seconds(observations), FACTS)
    report("commit -> unit, one transaction", seconds(assignments), COMMITS)


def reading(store: Store) -> None:
    """What a warm run asks."""

    def one_by_one() -> None:
        for number in range(FACTS):
            with store.read() as tx:
                assert tx.observations.get(key(number))

    def commits() -> None:
        with store.read() as tx:
            found = tx.units.of_commits(digest("recipe"), (digest(n)[:40] for n in range(COMMITS)))
            assert len(found) == COMMITS

    def classes() -> None:
        with store.read() as tx:
            assert len(tx.observations.of(map(digest, range(FACTS)), key(0))) == FACTS

    report("observation, a transaction each", seconds(one_by_one), FACTS)
    report("observations of many fingerprints, one transaction", seconds(classes), FACTS)
    report("units of many commits, one transaction", seconds(commits), COMMITS)


def objects(store: Store) -> None:
    """The cache of compiles."""

    def put() -> None:
        for number in range(100):
            with store.begin() as tx:
                tx.objects.put(digest("scope"), digest(number), tuple(PATHS), Output(OBJECT))

    def get() -> None:
        for number in range(100):
            with store.read() as tx:
                assert tx.objects.get(digest(number))

    report("object file of 150 KB, put", seconds(put), 100)
    report("object file of 150 KB, get", seconds(get), 100)


def plain_sqlite(path: Path) -> None:
    """The yardstick."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE facts (key TEXT PRIMARY KEY, probe TEXT, evidence TEXT)")

    def rows() -> None:
        for number in range(FACTS):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO facts VALUES (?, ?, ?)", (digest(number), "probe", str(EVIDENCE)))
            connection.execute("COMMIT")

    report("yardstick: sqlite3 alone, a transaction a row", seconds(rows), FACTS)
    connection.close()


def measure(url: str) -> None:
    """All of it, on an empty database."""
    opening(url)
    with Store.open(url) as store:
        writing(store)
        reading(store)
        objects(store)


def on_postgresql() -> None:
    """On a server of this machine, without fsync: how it compares with SQLite, not how fast a disk is."""
    try:
        with running_postgresql() as server:
            measure(server.create())
    except pytest.skip.Exception as reason:
        print(f"PostgreSQL: {reason}")


def main() -> None:
    """Measure in a folder that is removed afterwards."""
    importing()
    with tempfile.TemporaryDirectory() as folder:
        print("-- SQLite")
        measure(str(Path(folder, "store.db")))
        plain_sqlite(Path(folder, "plain.db"))
    print("-- PostgreSQL")
    on_postgresql()


if __name__ == "__main__":
    main()
