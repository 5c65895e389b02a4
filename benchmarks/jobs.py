# SPDX-License-Identifier: GPL-2.0-or-later
"""The service under load: 200 jobs submitted at once, and what the queue costs a task.

On SQLite with workers that ask the database, and, where the programs are installed, on PostgreSQL with Celery
workers on Redis.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, product
from pathlib import Path

from bisectd.domain.jobs import Asked, JobKind, JobState, TaskKind
from bisectd.services import jobs, mirrors
from bisectd.services.demo import demo_repository
from bisectd.services.offers import offers, route
from bisectd.settings import Settings, settings
from bisectd.store.store import Store
from bisectd.store.tasks import Wanted
from tests.support import servers
from workers import broker

JOBS, TASKS, WORKERS = 200, 2_000, 2
PROBES = ("fpu-giveup-fe", "fpexc-disable", "fpu-preempt", "giveup-all", "enable-kernel-fp", "restore-math")
GOODS = ("v4.4", "v4.5", "v4.6", "v4.7", "v4.8")
BADS = ("v4.9", "v4.10", "v4.12", "v4.13", "v4.14", "v4.15", "v4.19", "v5.0")
DEADLINE = 600.0  # seconds


def main() -> None:
    """Print both, for each way to run that is installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository = demo_repository(os.environ)
        _measure("SQLite, no broker", f"sqlite:///{folder}/x.db", None, folder, repository)
        programs = servers.postgresql_programs()
        if programs is None:
            print("PostgreSQL and Redis: not installed, not measured")
            return
        with _servers(folder) as (url, redis):
            _measure("PostgreSQL, Celery on Redis", url, redis, folder, repository)


def _measure(what: str, url: str, redis: str | None, folder: Path, repository: Path) -> None:
    print(what)
    given = settings(db=url, broker=redis, data=folder / "data", jobs_per_user=JOBS)
    with Store.open(url) as store:
        mirrors.register(store, given.data, "demo", str(repository))
        told = broker.publisher(store, given) if redis else lambda: None
        with _workers(url, redis):
            _jobs(store, given, told)
            _overhead(store, told)


def _jobs(store: Store, given: Settings, told: Callable[[], None]) -> None:
    started = time.perf_counter()
    numbers = []
    for probe, good, bad in islice(product(PROBES, GOODS, BADS), JOBS):
        asked = Asked(JobKind.BISECT, "demo", "zig", probe, "pmac32", (good,), bad)
        numbers.append(jobs.submit(store, given, "bench", jobs.Submission(asked)).id)
    told()
    submitted = time.perf_counter() - started
    _until(lambda: _unfinished(store) == 0)
    seconds = time.perf_counter() - started
    with store.read() as tx:
        states = Counter(tx.jobs.get(number).state for number in numbers)
        tasks = sum(tx.tasks.depth().values())
    lost = JOBS - states[JobState.DONE]
    print(
        f"  {JOBS} jobs submitted in {submitted:.1f} s, done in {seconds:.1f} s, {lost} lost; {tasks} tasks"
    )


def _overhead(store: Store, told: Callable[[], None]) -> None:
    """Tasks whose answer is stored already, each by a key of its own: what is left is the queue."""
    offer = offers()["zig"]
    with store.read() as tx:
        payload = dict(next(task for task in tx.tasks.of_job(1) if task.kind is TaskKind.RUN).payload)
    with store.begin() as tx:
        wanted = [Wanted(f"{n:064}", TaskKind.RUN, route(offer), 0, payload) for n in range(TASKS)]
        tx.tasks.want(1, wanted)
    started = time.perf_counter()
    told()
    _until(lambda: _waiting(store) == 0)
    seconds = time.perf_counter() - started
    each = 1000 * seconds / TASKS
    print(f"  {TASKS} tasks of nothing in {seconds:.1f} s with {WORKERS} workers: {each:.1f} ms a task")


def _unfinished(store: Store) -> int:
    with store.read() as tx:
        return tx.jobs.unfinished("bench")


def _waiting(store: Store) -> int:
    with store.read() as tx:
        return tx.tasks.waiting(1)


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not reached():
        if time.monotonic() > deadline:
            sys.exit(f"not done after {DEADLINE} s")
        time.sleep(0.1)


@contextmanager
def _workers(url: str, redis: str | None) -> Iterator[None]:
    more = ["--broker", redis] if redis else []
    command = [sys.executable, "-m", "bisectd", "worker", "--db", url, "--jobs", str(WORKERS), *more]
    started = [subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)]
    if redis:
        beat = [sys.executable, "-m", "bisectd", "beat", "--broker", redis]
        started.append(subprocess.Popen(beat, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
    try:
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(30)


@contextmanager
def _servers(folder: Path) -> Iterator[tuple[str, str]]:
    folder.chmod(0o755)  # PostgreSQL runs as another user where we are root
    for name in ("postgresql", "redis"):
        (folder / name).mkdir()
    postgresql, redis = servers.new_postgresql(folder / "postgresql"), servers.new_redis(folder / "redis")
    try:
        postgresql.start()
        redis.start()
        yield postgresql.create(), f"redis://127.0.0.1:{redis.port}/0"
    finally:
        redis.kill()
        postgresql.kill()
