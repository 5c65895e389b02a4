# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks between the database and whoever hands them out: settled, lost and found, published."""

import hashlib
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bisectd.domain.jobs import Job, JobKind, JobState, QueuedTask, TaskKind, TaskState
from bisectd.services import hooks
from bisectd.services.offers import route, routes
from bisectd.settings import Settings
from bisectd.store.store import Store, Transaction
from bisectd.store.tasks import Wanted

_FORGET = 10  # leases after which a worker that says nothing is forgotten
_BATCH = 100  # tasks that are published together
_log = logging.getLogger(__name__)


def advance(tx: Transaction, job: Job) -> None:
    """Queue the task that takes a job as far as stored facts carry it."""
    key = hashlib.sha256(f"advance {job.id}".encode()).hexdigest()
    where = route(job.offer) if job.offer else job.asked.toolchain
    tx.tasks.advance(job.id, Wanted(key, TaskKind.ADVANCE, where, job.priority, {"job": job.id}))


def settle(
    store: Store, task: QueuedTask, state: TaskState, error: str | None = None, *, then: Wanted | None = None
) -> bool:
    """A task came to its end. Jobs that waited for nothing else go on; whether tasks were queued for it."""
    queued = store.write(partial(_settle, task=task, state=state, error=error, then=then))
    if state is TaskState.FAILED and queued is not None:
        _log.warning("%s failed: %s", _name(task), error)
    return bool(queued) or then is not None


def _settle(
    tx: Transaction, task: QueuedTask, state: TaskState, error: str | None, then: Wanted | None = None
) -> bool | None:
    """Whether jobs go on; None where it is not this worker's any more to say how the task ended."""
    _lock_own_job(tx, task)
    jobs = tx.tasks.settle(task, state, error, then=then)
    if jobs is None:
        return None
    go_on(tx, jobs)
    if task.kind is TaskKind.ADVANCE and state is not TaskState.DONE:
        end(tx, task.payload["job"], JobState.FAILED, error=error)
    return bool(jobs)


def end(
    tx: Transaction,
    job: int,
    state: JobState,
    *,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """A job comes to its end, and those who want to know are told."""
    tx.jobs.end(job, state, result=result, error=error)
    ended = tx.jobs.get(job)
    if ended.asked.kind is JobKind.FOLLOW and error:
        tx.branches.failed(ended.asked.branch, error)
    hooks.announce_job(tx, ended, time.time())


def go_on(tx: Transaction, jobs: Sequence[int]) -> None:
    """Queue the next step of jobs that wait for nothing. They are locked."""
    for number in jobs:
        job = tx.jobs.get(number)
        if not job.state.final:
            advance(tx, job)


def failed(store: Store, task: QueuedTask, error: str, attempts: int) -> bool:
    """The machine failed under a task: it is tried again, up to `attempts` times in all."""
    if task.attempts + 1 < attempts:
        _log.warning("%s failed, and is tried again: %s", _name(task), error)
        with store.begin() as tx:
            return tx.tasks.release(task, attempts=task.attempts + 1, error=error)
    return settle(store, task, TaskState.FAILED, error)


def sweep(store: Store, settings: Settings, now: float | None = None, *, leases: bool = True) -> int:
    """Find what was lost: tasks of workers that died, and jobs that nobody advances. How many were found.

    `leases`: whether those that have run out say anything. Where the database was away they do not.
    """
    now = now or time.time()
    found = 0
    if leases:
        offered(store, settings, now)
        with store.begin() as tx:
            tx.tasks.forget_workers(now - _FORGET * settings.lease)
            lost = tx.tasks.lost(now)
        found = sum(store.write(partial(_lost, task=task, settings=settings, now=now)) for task in lost)
    with store.read() as tx:
        stuck = tx.tasks.stuck()
    for job in stuck:
        store.write(partial(_unstick, number=job))
    return found + len(stuck)


def _lost(tx: Transaction, task: QueuedTask, settings: Settings, now: float) -> bool:
    """Its worker died: another try, or, when that has happened often enough, none."""
    _lock_own_job(tx, task)
    if not tx.tasks.still_lost(task, now):
        return False
    if task.attempts + 1 < settings.attempts:
        _log.warning("%s: its worker %s is lost; it is queued again", _name(task), task.worker)
        tx.tasks.release(task, attempts=task.attempts + 1, error="its worker died")
        return True
    line = f"the {task.kind.value} task took its worker down {settings.attempts} times: quarantined"
    _log.error("%s: its worker %s is lost; %s", _name(task), task.worker, line)
    tx.tasks.count(task.id, settings.attempts)
    _settle(tx, task, TaskState.QUARANTINED, line)
    return True


def _unstick(tx: Transaction, number: int) -> None:
    tx.jobs.lock(number)
    if number in tx.tasks.stuck():
        go_on(tx, [number])


def offered(store: Store, settings: Settings, now: float | None = None) -> None:
    """Note in the progress of each job that waits for a compiler which no live worker has that it does."""
    with store.read() as tx:
        alive = tx.tasks.workers((now or time.time()) - settings.lease)
        here = {one for worker in alive for one in routes(dict(worker.offers))}
        missing = tx.tasks.unoffered(here)
        noted = tx.jobs.progressing("lacks")
    lines = {job: f"no live worker offers {name}" for job, name in missing.items()}
    changed = [job for job in sorted({*lines, *noted}) if lines.get(job) != noted.get(job)]
    for job in changed:
        store.write(partial(_note, number=job, line=lines.get(job)))
    for line, count in Counter(lines[job] for job in changed if job in lines).items():
        _log.warning("%d %s: %s", count, "job waits" if count == 1 else "jobs wait", line)


def _note(tx: Transaction, number: int, line: str | None) -> None:
    job = tx.jobs.lock(number)
    if not job.state.final:
        rest = {name: value for name, value in job.progress.items() if name != "lacks"}
        tx.jobs.change(number, progress={**rest, "lacks": line} if line else rest)


def publish(store: Store, send: Callable[[QueuedTask], None], settings: Settings) -> int:
    """Hand queued tasks to the broker; how many. Where `send` fails they stay in the outbox.

    It is told after the tasks are stored, and again where it may have forgotten: it can be told twice. No
    transaction is open meanwhile, so that one that hangs holds up nobody else. Whoever dies in between
    leaves tasks that are marked and not sent: those are sent again when they are overdue.
    """
    total = 0
    while True:
        now = time.time()
        with store.begin() as tx:
            tasks = tx.tasks.unpublished(now, settings.republish, _BATCH)
            tx.tasks.publish([task.id for task in tasks], now)
        _send(store, tasks, send, now)
        total += len(tasks)
        if len(tasks) < _BATCH:
            return total


def _send(store: Store, tasks: Sequence[QueuedTask], send: Callable[[QueuedTask], None], now: float) -> None:
    rest = deque(tasks)
    try:
        while rest:
            send(rest[0])
            rest.popleft()
    finally:
        if rest:
            with store.begin() as tx:
                tx.tasks.unpublish([task.id for task in rest], now)


def _lock_own_job(tx: Transaction, task: QueuedTask) -> None:
    """Jobs are locked before tasks."""
    if task.kind is TaskKind.ADVANCE:
        tx.jobs.lock(task.payload["job"])


def _name(task: QueuedTask) -> str:
    about = task.payload.get("commit") or f"job {task.payload.get('job')}"
    return f"task {task.id} ({task.kind.value} {about[:40]})"
