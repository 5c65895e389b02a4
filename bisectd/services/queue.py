# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks between the database and whoever hands them out: settled, lost and found, published."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bisectd.domain.jobs import Job, JobState, QueuedTask, TaskKind, TaskState
from bisectd.services import hooks
from bisectd.services.offers import route
from bisectd.settings import Settings
from bisectd.store.store import Store, Transaction
from bisectd.store.tasks import Wanted

_FORGET = 10  # leases after which a worker that says nothing is forgotten
_BATCH = 500  # tasks published in one transaction


def advance(tx: Transaction, job: Job) -> None:
    """Queue the task that takes a job as far as stored facts carry it."""
    key = hashlib.sha256(f"advance {job.id}".encode()).hexdigest()
    where = route(job.offer) if job.offer else job.asked.toolchain
    tx.tasks.advance(job.id, Wanted(key, TaskKind.ADVANCE, where, job.priority, {"job": job.id}))


def settle(
    store: Store, task: QueuedTask, state: TaskState, error: str | None = None, *, then: Wanted | None = None
) -> bool:
    """A task came to its end. Jobs that waited for nothing else go on; whether tasks were queued for it."""
    with store.begin() as tx:
        return _settle(tx, task, state, error, then) or then is not None


def _settle(
    tx: Transaction, task: QueuedTask, state: TaskState, error: str | None, then: Wanted | None = None
) -> bool:
    jobs = tx.tasks.settle(task.id, state, error, then=then)
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
    hooks.announce_job(tx, tx.jobs.get(job), time.time())


def go_on(tx: Transaction, jobs: Sequence[int]) -> None:
    """Queue the next step of jobs that wait for nothing."""
    for number in jobs:
        job = tx.jobs.get(number)
        if not job.state.final:
            advance(tx, job)


def failed(store: Store, task: QueuedTask, error: str, attempts: int) -> bool:
    """The machine failed under a task: it is tried again, up to `attempts` times in all."""
    if task.attempts + 1 < attempts:
        with store.begin() as tx:
            tx.tasks.release(task.id, attempts=task.attempts + 1, error=error)
        return True
    return settle(store, task, TaskState.FAILED, error)


def sweep(store: Store, settings: Settings, now: float | None = None) -> int:
    """Find what was lost: tasks of workers that died, and jobs that nobody advances. How many were found."""
    now = now or time.time()
    with store.begin() as tx:
        tx.tasks.forget_workers(now - _FORGET * settings.lease)
        lost = tx.tasks.lost(now)
        for task in lost:
            _lost(tx, task, settings.attempts)
        stuck = tx.tasks.stuck()
        go_on(tx, stuck)
    return len(lost) + len(stuck)


def _lost(tx: Transaction, task: QueuedTask, attempts: int) -> None:
    """Its worker died: another try, or, when that has happened often enough, none."""
    if task.attempts + 1 < attempts:
        tx.tasks.release(task.id, attempts=task.attempts + 1, error="its worker died")
        return
    tx.tasks.release(task.id, attempts=attempts)
    line = f"the {task.kind.value} task took its worker down {attempts} times: quarantined"
    _settle(tx, task, TaskState.QUARANTINED, line)


def publish(store: Store, send: Callable[[QueuedTask], None], settings: Settings) -> int:
    """Hand queued tasks to the broker; how many. Where `send` fails they stay in the outbox.

    It is told after the tasks are stored, and again where it may have forgotten: it can be told twice.
    """
    now = time.time()
    with store.begin() as tx:
        tasks = tx.tasks.unpublished(now, settings.republish, _BATCH)
        for task in tasks:
            send(task)
        tx.tasks.publish([task.id for task in tasks], now)
    return len(tasks)
