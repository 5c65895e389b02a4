# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of a full database: 1,000 regressions, 1,000,000 observations, 50 page views a second.

A server process over a database of that size, asked for a mix of all pages on a fixed timetable; a view that
has to wait for the one before it counts with its waiting.
"""

import asyncio
import hashlib
import itertools
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bisectd.domain.jobs import JobKind, JobState
from bisectd.domain.tracking import BranchState, EventKind, RegressionState
from bisectd.domain.verdict import Verdict
from bisectd.history import Repository
from bisectd.kernel.targets import all_targets
from bisectd.probes.registry import PROBES
from bisectd.services import mirrors
from bisectd.services.demo import demo_repository
from bisectd.services.targets import sensible
from bisectd.settings import settings
from bisectd.store.store import Store
from bisectd.store.tables import facts, service, tracking
from bisectd.web.app import create_app

OBSERVATIONS, REGRESSIONS, JOBS, UNITS = 1_000_000, 1_000, 1_000, 10_000
VERSIONS, RELEASES, STEPS = 200, 250, 16
A_SECOND, SECONDS = 50, 30
TOOL, OFFER = "zig clang version 22.1.8", "zig clang version 22.1.8, engine 00000000"
BITS = "EE PR FP ME FE0 FE1 IR DR RI"
LEFT = "EE PR ME FE0 FE1 IR DR RI"
REASON = f"MSR: {BITS} → {LEFT}, expected EE PR ME IR DR RI"
_CHUNK = 20_000


def main() -> None:
    """Print the time of page views, all and page by page, and the memory of the server."""
    size = float(os.environ.get("BISECTD_BENCH_SHARE", "1"))  # a smaller one, to try this file
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/x.db"
        started = time.perf_counter()
        repository = demo_repository(os.environ)
        with Store.open(url) as store:
            mirrors.register(store, folder, "demo", str(repository))
            fill(store, Repository.open(repository), size)
        space = (folder / "x.db").stat().st_size / 1e9
        print(f"filled in {time.perf_counter() - started:.0f} s, {space:.2f} GB")
        with _server(url, folder) as (address, pid):
            pages = list(_pages(size))
            asyncio.run(_ask(address, pages, len(pages)))  # templates compiled, repository opened
            before, cpu = _cpu(pid), time.perf_counter()
            taken = asyncio.run(_ask(address, pages, A_SECOND * SECONDS))
            share = (_cpu(pid) - before) / (time.perf_counter() - cpu)
            print(f"the server used {share:.0%} of a core")
            _report(taken, pid)


# -- the database -----------------------------------------------------------------------------------------


def fill(store: Store, repository: Repository, size: float) -> None:
    """As a service that has run for years would have filled it."""
    walked = repository.walk(["master"])
    commits = [repository.commit(one) for one in walked[:: max(len(walked) // VERSIONS, 1)][:VERSIONS]][::-1]
    pairs = [(probe.name, target.name) for probe in PROBES.values() for target in sensible(probe, "")]
    with store.begin() as tx:
        session = tx.lookups.session
        _units(session, [commit.id for commit in commits])
        _observations(session, int(OBSERVATIONS * size), pairs)
        _timelines(session, commits, pairs)
        _regressions(session, commits, int(REGRESSIONS * size), len(pairs))
        _jobs(session, [commit.id for commit in commits], int(JOBS * size))


def _hash(what: object) -> str:
    return hashlib.sha256(str(what).encode()).hexdigest()


def _add(session: Session, row: Any, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(itertools.islice(rows, _CHUNK)):
        session.execute(insert(row), some)


def _units(session: Session, commits: Sequence[str]) -> None:
    paths = ["arch/powerpc/kernel/fpu.S", "arch/powerpc/kernel/process.c"]
    target = all_targets()[0].name
    _add(
        session,
        facts.UnitRow,
        (
            {
                "key": _hash(n),
                "target": target,
                "toolchain": TOOL,
                "features": {},
                "paths": paths,
                "created": 0.0,
            }
            for n in range(UNITS)
        ),
    )
    _add(
        session,
        facts.FingerprintRow,
        ({"unit_key": _hash(n), "roots": "fpu", "fingerprint": _hash(f"print {n}")} for n in range(UNITS)),
    )
    _add(
        session,
        facts.CommitUnitRow,
        (
            {"recipe": _hash(f"recipe {recipe}"), "commit_id": commit, "unit_key": _hash(number)}
            for number, commit in enumerate(commits)
            for recipe in range(4)
        ),
    )


def _observations(session: Session, count: int, pairs: Sequence[tuple[str, str]]) -> None:
    values = {"before": "0x0000f932", "after": "0x0000d932", "expected": "0x0000d032"}
    bits = {"before_bits": BITS, "after_bits": LEFT, "expected_bits": "EE PR ME IR DR RI"}
    instruction = {"symbol": "giveup_fpu", "offset": 64, "word": "0x90830084", "text": "stw r4, 0x84(r3)"}
    row = {
        "name": "MSR",
        **values,
        **bits,
        "wrong": True,
        "surplus_bits": "FE0 FE1",
        "instruction": instruction,
    }
    good = {"instructions": 68, "registers": [{**row, "wrong": False, "after": "0x0000d032"}], "unsaved": []}
    bad = {**good, "registers": [row], "instruction": instruction}
    _add(session, facts.ObservationRow, (_observation(n, pairs, good, bad) for n in range(count)))


def _observation(n: int, pairs: Sequence[tuple[str, str]], good: Any, bad: Any) -> dict[str, Any]:
    probe, target = pairs[n % len(pairs)]
    wrong = n % 3 == 0
    return {
        "fingerprint": _hash(f"print {n // len(pairs)}"),
        "probe": probe,
        "target": target,
        "toolchain": TOOL,
        "probe_version": 1,
        "emulator_version": "7447a 2",
        "unit_key": _hash(n // len(pairs) % UNITS),
        "verdict": Verdict.BAD if wrong else Verdict.GOOD,
        "reason": REASON if wrong else "",
        "evidence": bad if wrong else good,
        "seconds": 0.01,
        "created": 1.7e9,
    }


def _timelines(session: Session, commits: Sequence[Any], pairs: Sequence[tuple[str, str]]) -> None:
    everything = {"probes": ["all"], "targets": ["all"], "toolchain": "zig", "since": "", "created": 0.0}
    head = {"head": commits[-1].id, "scanned": 1.7e9}
    names = ("master", "linux-4.19.y", "linux-4.9.y")
    _add(
        session,
        tracking.BranchRow,
        (
            {"id": n, "repository_id": 1, "name": name, **everything, **head}
            for n, name in enumerate(names, 1)
        ),
    )
    lines = [
        {"branch_id": branch, "probe": probe, "target": target, "toolchain": "zig", "start": commits[0].id}
        for branch in (1, 2, 3)
        for probe, target in pairs
    ]
    seen = {"head": commits[-1].id, "verdict": Verdict.GOOD, "reason": "", "scanned": 1.7e9}
    _add(session, tracking.TimelineRow, ({"id": n, **line, **seen} for n, line in enumerate(lines, 1)))
    _add(session, tracking.VersionRow, _versions(commits, len(lines), len(pairs)))
    _add(session, tracking.PointRow, _points(commits, pairs))


def _versions(commits: Sequence[Any], lines: int, pairs: int) -> Iterator[dict[str, Any]]:
    for line in range(1, lines + 1):
        for position, commit in enumerate(commits):
            number = position * pairs + (line - 1) % pairs
            wrong = number % 3 == 0
            yield {
                "timeline_id": line,
                "position": position,
                "commit_id": commit.id,
                "subject": commit.subject,
                "committed": float(commit.time),
                "release": f"v4.{position // 10}",
                "verdict": Verdict.BAD if wrong else Verdict.GOOD,
                "reason": REASON if wrong else "",
                "fingerprint": _hash(f"print {position}"),
                "observation_id": number + 1,
                "origin": commit.id,
                "candidates": [],
            }


def _points(commits: Sequence[Any], pairs: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for release in range(RELEASES):
        for number, (probe, target) in enumerate(pairs):
            seen = release % len(commits) * len(pairs) + number
            yield {
                "repository_id": 1,
                "name": f"v4.{release // 10}.{release % 10}",
                "series": f"4.{release // 10}",
                "release": True,
                "commit_id": commits[release % len(commits)].id,
                "committed": 1.4e9 + release * 1e6,
                "probe": probe,
                "target": target,
                "toolchain": "zig",
                "verdict": Verdict.BAD if seen % 3 == 0 else Verdict.GOOD,
                "reason": REASON if seen % 3 == 0 else "",
                "observation_id": seen + 1,
            }


def _regressions(session: Session, commits: Sequence[Any], count: int, pairs: int) -> None:
    numbers = range(1, count + 1)
    _add(session, tracking.RegressionRow, (_regression(n, commits) for n in numbers))
    _add(session, tracking.SightingRow, (row for n in numbers for row in _sightings(n, commits, pairs)))
    event = {"kind": EventKind.OPENED, "branch_id": 1, "detail": "seen by the probes", "created": 1.7e9}
    _add(
        session,
        tracking.RegressionEventRow,
        ({"regression_id": n, "commit_id": commits[0].id, **event} for n in numbers for _ in range(4)),
    )
    standing = {"state": BranchState.AFFECTED, "changed": 1.7e9}
    _add(
        session,
        tracking.RegressionBranchRow,
        ({"regression_id": n, "branch_id": branch, **standing} for n in numbers for branch in (1, 2)),
    )


def _regression(n: int, commits: Sequence[Any]) -> dict[str, Any]:
    commit = commits[n % len(commits)]
    return {
        "id": n,
        "repository_id": 1,
        "state": RegressionState.OPEN if n % 4 == 0 else RegressionState.FIXED,
        "introduced": commit.id,
        "candidates": [commit.id],
        "subject": commit.subject,
        "fixes": f'Fixes: {commit.id[:12]} ("{commit.subject}")',
        "reason": REASON,
        "introduced_at": float(commit.time),
        "release": "v4.6",
        "opened": 1.7e9,
        "changed": 1.7e9,
    }


def _sightings(n: int, commits: Sequence[Any], pairs: int) -> Iterator[dict[str, Any]]:
    for number in range(6):
        line = (n * 6 + number) % (3 * pairs) + 1
        yield {
            "regression_id": n,
            "timeline_id": line,
            "reason": REASON,
            "state": RegressionState.OPEN,
            "introduced": f"{n:08x}{commits[n % len(commits)].id[8:]}",
            "candidates": [],
            "introduced_at": 1.4e9,
        }


def _jobs(session: Session, commits: Sequence[str], count: int) -> None:
    _add(session, service.JobRow, (_job(n, commits) for n in range(1, count + 1)))
    steps = (row for n in range(1, count + 1) for row in _steps(n, commits))
    _add(session, service.JobStepRow, steps)


def _job(n: int, commits: Sequence[str]) -> dict[str, Any]:
    found = {"commit": commits[3], "subject": "powerpc: Add something", "upstream": None}
    asked = {"kind": "bisect", "repository": "demo", "toolchain": "zig", "probe": "fpu-giveup-fe"}
    ends = {"target": "pmac32", "goods": [commits[0]], "bad": commits[-1], "mail": "", "branch": 0}
    return {
        "id": n,
        "kind": JobKind.BISECT,
        "asked": {**asked, **ends},
        "user": f"user{n % 7}",
        "repository_id": 1,
        "state": JobState.DONE,
        "priority": 0,
        "offer": OFFER,
        "progress": {"candidates": 1_000, "steps_left": 0, "waiting": 0},
        "result": {
            "outcome": "culprit",
            "detail": {},
            "culprit": found,
            "fixes": f'Fixes: {commits[3][:12]} ("powerpc: Add something")',
            "transitions": [],
            "class_verdicts": [],
            "differences": {},
            "locations": [],
            "padding": "x" * 20_000,  # evidence, which lists must not read
        },
        "created": 1.7e9 + n,
        "started": 1.7e9 + n,
        "finished": 1.7e9 + n + 5,
        "changed": 5,
    }


def _steps(n: int, commits: Sequence[str]) -> Iterator[dict[str, Any]]:
    for number in range(STEPS):
        wrong = number % 2 == 0
        yield {
            "job_id": n,
            "commit_id": commits[number],
            "probe": "fpu-giveup-fe",
            "target": "pmac32",
            "verdict": Verdict.BAD if wrong else Verdict.GOOD,
            "reason": REASON if wrong else "",
            "fingerprint": _hash(f"print {number}"),
            "cached": False,
            "created": 1.7e9,
            "place": number / STEPS,
        }


# -- the server, and who asks -----------------------------------------------------------------------------


def _serve(url: str, data: str, pipe: Any) -> None:
    """The life of the server process."""
    app = create_app(Store.open(url), settings(data=Path(data)))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))

    async def run() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn tells of it by a flag alone
            await asyncio.sleep(0.01)
        pipe.send(server.servers[0].sockets[0].getsockname()[1])
        await task

    asyncio.run(run())


@contextmanager
def _server(url: str, data: Path) -> Iterator[tuple[str, int]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(url, str(data), theirs))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}", process.pid or 0
    finally:
        if not process.is_alive():
            print(f"the server ended by itself: {process.exitcode}")
        process.terminate()
        process.join()


def _pages(size: float) -> Iterator[str]:
    """Every kind of page, the ones that people open most several times; none twice where there are many."""
    dice = random.Random(1)

    def one(most: int) -> int:
        return dice.randint(1, max(int(most * size), 1))

    for _ in range(40):
        yield from ("/", "/regressions", "/jobs", "/search?q=powerpc", "/matrix")
        yield f"/regressions?state=all&before={one(REGRESSIONS)}"
        yield f"/jobs?before={one(JOBS)}"
        yield from (f"/regressions/{one(REGRESSIONS)}" for _ in range(3))
        yield from (f"/observations/{one(OBSERVATIONS)}" for _ in range(3))
        yield from (f"/jobs/{one(JOBS)}" for _ in range(3))
        yield f"/jobs/{one(JOBS)}/fragment"
        yield f"/observations/{one(OBSERVATIONS)}?against={one(OBSERVATIONS)}"
        target = dice.choice(["pmac32", "g5"])
        yield f"/history?branch={dice.randint(1, 3)}&probe=fpu-giveup-fe&target={target}"
        yield f"/commits/demo/v4.{dice.randint(4, 20)}"
        yield f"/matrix?before={1.4e9 + dice.randint(30, RELEASES) * 1e6},1,v4&probe=fpu-giveup-fe"
        yield from ("/history", "/probes", "/targets", "/sign-in")


async def _ask(address: str, pages: Sequence[str], count: int) -> list[tuple[str, float]]:
    """Pages on a timetable of A_SECOND; how long each took from when it was due."""
    taken: list[tuple[str, float]] = []
    order = random.Random(2).choices(pages, k=count)
    # uvicorn ends a connection that was idle for 5 s: one must not be used at that very moment.
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
        start = time.perf_counter()

        async def view(page: str, due: float) -> None:
            await asyncio.sleep(max(start + due - time.perf_counter(), 0))
            answer = await client.get(page)
            taken.append((page, time.perf_counter() - start - due))
            if answer.status_code != httpx.codes.OK:
                sys.exit(f"{page}: {answer.status_code}")

        await asyncio.gather(*(view(page, number / A_SECOND) for number, page in enumerate(order)))
    return taken


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _report(taken: Sequence[tuple[str, float]], pid: int) -> None:
    every = sorted(seconds for _, seconds in taken)
    print(f"{len(every)} page views, {A_SECOND} a second: {_line(every)}")
    kinds: dict[str, list[float]] = {}
    for page, seconds in taken:
        kinds.setdefault(re.sub(r"\d+$", "N", page.partition("?")[0].replace("/fragment", "")), []).append(
            seconds
        )
    for kind, several in sorted(kinds.items()):
        print(f"  {kind:24} {_line(sorted(several))}")
    status = Path(f"/proc/{pid}/status").read_text()
    found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB$", status, re.MULTILINE))
    now, most = (int(found[name]) / 1024 for name in ("VmRSS", "VmHWM"))
    print(f"memory of the server: {now:.0f} MB, at most {most:.0f} MB")


def _line(times: Sequence[float]) -> str:
    p50, p95 = (times[min(int(len(times) * part), len(times) - 1)] * 1000 for part in (0.5, 0.95))
    return f"p50 {p50:5.1f} ms, p95 {p95:5.1f} ms, max {times[-1] * 1000:5.1f} ms"
