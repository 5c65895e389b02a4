# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd follow` on the bundled history, all probes and targets, then 10,000 commits that touch nothing.

And what a page of regressions costs where there are 1,000 of them and 1,000,000 observations.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import insert

from bisectd.domain.tracking import BranchStanding, BranchState, EventKind, Point, RegressionState, Version
from bisectd.domain.verdict import Verdict
from bisectd.services.regressions import regressions
from bisectd.store.branches import Followed
from bisectd.store.regressions import Filter
from bisectd.store.store import Store, Transaction
from bisectd.store.tables.facts import ObservationRow, UnitRow
from tests.support.git_repos import grow

NEW = 10_000
REGRESSIONS = 1_000
OBSERVATIONS = 1_000_000
PROBES, TARGETS = 11, 3
CHUNK = 20_000


def main() -> None:
    """Print all."""
    with tempfile.TemporaryDirectory() as home:
        history = Path(home, "history")
        _run(home, "demo", "--write-repo", str(history))
        for branch in ("master", "linux-4.19.y"):
            print(f"{branch}, first scan, 31 probes and targets: {_follow(home, history, branch):.1f} s")
        print(f"nothing new: {min(_follow(home, history, 'master') for _ in range(3)):.2f} s")
        grow(history / ".git", NEW, "master")
        print(f"{NEW:,} new commits that touch nothing: {_follow(home, history, 'master'):.2f} s")
    with tempfile.TemporaryDirectory() as folder, Store.open(str(Path(folder, "x.db"))) as store:
        _fill(store)
        _pages(store)


def _follow(home: str, history: Path, branch: str) -> float:
    started = time.perf_counter()
    _run(home, "follow", "--repo", str(history), "--branch", branch, "--json")
    return time.perf_counter() - started


def _run(home: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "bisectd", *arguments],
        env={**os.environ, "XDG_DATA_HOME": home},
        check=True,
        capture_output=True,
    )


# -- a full database ----------------------------------------------------------------------------------------


def _digest(what: object) -> str:
    return hashlib.sha256(str(what).encode()).hexdigest()


def _fill(store: Store) -> None:
    started = time.perf_counter()
    _observations(store)
    with store.begin() as tx:
        repository = tx.branches.repository("/srv/linux")
        branches = [
            tx.branches.follow(repository, Followed(name, ("all",), ("all",), "zig"))
            for name in ("master", "linux-4.9.y", "linux-4.19.y")
        ]
        timelines = [
            tx.branches.move(
                branch.id, (f"probe-{n}", f"target-{m}", "zig"), ("a" * 40, "b" * 40), (Verdict.BAD, "MSR")
            )
            for branch in branches
            for n in range(PROBES)
            for m in range(TARGETS)
        ]
        for timeline in timelines:
            tx.branches.set_versions(timeline, [_version(n) for n in range(50)])
        tx.branches.set_points(
            repository, [_point(r, p, t) for r in range(300) for p in range(PROBES) for t in range(TARGETS)]
        )
        for number in range(REGRESSIONS):
            _regression(tx, repository, number, timelines, branches[0].id)
    print(f"filled in {time.perf_counter() - started:.0f} s")


def _observations(store: Store) -> None:
    with store.begin() as tx:
        session = tx.branches._session  # noqa: SLF001 - a million rows, quickly
        session.execute(
            insert(UnitRow),
            [
                {
                    "key": _digest("unit"),
                    "target": "t",
                    "toolchain": "zig",
                    "features": {},
                    "paths": [],
                    "created": 0.0,
                }
            ],
        )
        for start in range(0, OBSERVATIONS, CHUNK):
            session.execute(insert(ObservationRow), [_observation(n) for n in range(start, start + CHUNK)])


def _observation(number: int) -> dict[str, object]:
    return {
        "fingerprint": _digest(number // (PROBES * TARGETS)),
        "probe": f"probe-{number % PROBES}",
        "target": f"target-{number // PROBES % TARGETS}",
        "toolchain": "zig-0.16.0",
        "probe_version": 1,
        "emulator_version": "1",
        "unit_key": _digest("unit"),
        "verdict": Verdict.BAD if number % 3 else Verdict.GOOD,
        "reason": "MSR: FP FE0 FE1, expected none",
        "evidence": {"registers": [{"name": "msr", "before": "0x1", "after": "0x2"}]},
        "seconds": 0.001,
        "created": 0.0,
    }


def _version(position: int) -> Version:
    commit = _digest(f"commit {position}")[:40]
    return Version(
        position, commit, "powerpc: x", 0.0, "v5.0", Verdict.GOOD, "", _digest(position), None, None, ()
    )


def _point(release: int, probe: int, target: int) -> Point:
    commit = _digest(f"release {release}")[:40]
    names = (f"probe-{probe}", f"target-{target}", "zig")
    return Point(f"v4.{release}", "4", True, commit, float(release), *names, Verdict.GOOD, "", None)


def _regression(tx: Transaction, repository: int, number: int, timelines: list[int], branch: int) -> None:
    commit = _digest(f"culprit {number}")[:40]
    values = {"introduced": commit, "candidates": [commit], "introduced_at": 0.0, "reason": "MSR"}
    state = RegressionState.OPEN if number % 10 == 0 else RegressionState.FIXED
    stored = tx.regressions.add(
        repository, {**values, "subject": "powerpc: x", "fixes": "Fixes: x", "state": state}
    )
    for timeline in timelines:
        tx.regressions.see(stored, timeline, {**values, "state": state})
    tx.regressions.tell(stored, EventKind.OPENED, (branch, "master"), commit, "")
    tx.regressions.set_branch(
        BranchStanding(stored, branch, "master", BranchState.AFFECTED, None, None, None, None)
    )


def _pages(store: Store) -> None:
    def page() -> None:
        with store.read() as tx:
            found = [
                one.id for one in tx.regressions.page(Filter(RegressionState.OPEN), limit=50, before=700)
            ]
            tx.regressions.sightings(found)
            tx.regressions.branches(found)

    def one() -> None:
        with store.read() as tx:
            assert tx.regressions.whole(REGRESSIONS // 2)

    def matrix() -> None:
        with store.read() as tx:
            wanted = {"probe": "probe-3", "target": "target-1"}
            assert len(tx.branches.page_of_points(1, wanted, 0, 1000)) == 300  # noqa: PLR2004

    def timeline() -> None:
        with store.read() as tx:
            assert tx.branches.versions(7)

    for what, work in (
        ("a page of 50 regressions, with sightings and branches", page),
        ("one regression in full", one),
        ("the matrix of a probe on a target, 300 releases", matrix),
        ("a timeline", timeline),
        ("all 1,000 regressions", lambda: regressions(store, Filter(), None, REGRESSIONS)),
    ):
        print(f"{what}: {_best(work) * 1e3:.1f} ms")


def _best(work: Callable[[], object]) -> float:
    def once() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return min(once() for _ in range(5))
