# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks: wanted by jobs, taken by workers, settled once. The database is the truth about all of it."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bisectd.domain.jobs import JobState, QueuedTask, TaskKind, TaskState, WorkerSeen
from bisectd.store.dialect import chunks, insert
from bisectd.store.tables.service import JobRow, JobTaskRow, TaskRow, WorkerRow

UNDONE = frozenset({TaskState.FAILED, TaskState.QUARANTINED})
SETTLED = UNDONE | {TaskState.DONE}
_AGAIN: dict[str, Any] = {"state": TaskState.QUEUED, "published": None, "publishes": 0, "lease": None}
_PLAIN = {"synchronize_session": False}  # rows are read anew where it matters


@dataclass(frozen=True)
class Wanted:
    """A task as it is asked for: what it does, for workers with which offer, and how urgently."""

    key: str
    kind: TaskKind
    route: str
    priority: int
    payload: dict[str, Any]


class Tasks:
    """The tables `tasks` and `job_tasks`.

    What locks more than one row locks jobs before tasks, and both in order of their numbers, so that no two
    transactions wait for each other. Where that cannot be held `Store.write` does one of them again.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    # -- jobs want tasks ------------------------------------------------------------------------------------

    def advance(self, job: int, wanted: Wanted) -> None:
        """Queue the task that advances a job, which does not wait for it. One that runs goes on."""
        self._insert([wanted])
        (row,) = self._locked([wanted.key])
        if row.state not in {TaskState.RUNNING, TaskState.QUEUED}:
            self._queue(row, wanted)
        self._link(job, {row.id: False})

    def want(self, job: int, wanted: Sequence[Wanted]) -> int:
        """A job needs tasks: those that are new or idle are queued. How many it has to wait for.

        One that failed or was quarantined under others is tried again: what ailed it may be gone.
        """
        self._insert(wanted)
        by_key = {one.key: one for one in wanted}
        rows = self._locked(by_key)
        met = self.asked_by(job, [row.id for row in rows if row.state in UNDONE])
        for row in rows:
            one = by_key[row.key]
            if row.state in UNDONE and row.id not in met:
                row.state, row.attempts, row.error = TaskState.IDLE, 0, None
            if row.state is TaskState.IDLE or (row.state is TaskState.QUEUED and row.priority > one.priority):
                self._queue(row, one)
        waits = {row.id: row.state not in SETTLED for row in rows}
        self._link(job, waits)
        return sum(waits.values())

    def of_keys(self, keys: Iterable[str]) -> dict[str, QueuedTask]:
        """Tasks by key; only those that are known."""
        rows = (
            row
            for some in chunks(keys)
            for row in self._session.scalars(select(TaskRow).where(TaskRow.key.in_(some)))
        )
        return {row.key: _task(row) for row in rows}

    def of_job(self, job: int) -> list[QueuedTask]:
        """All tasks that a job has ever asked for, oldest first."""
        rows = select(TaskRow).join(JobTaskRow, JobTaskRow.task_id == TaskRow.id)
        return [
            _task(row)
            for row in self._session.scalars(rows.where(JobTaskRow.job_id == job).order_by(TaskRow.id))
        ]

    def asked_by(self, job: int, tasks: Iterable[int]) -> set[int]:
        """Which of these tasks the job has asked for before."""
        mine = select(JobTaskRow.task_id).where(JobTaskRow.job_id == job)
        return {
            task
            for some in chunks(tasks)
            for task in self._session.scalars(mine.where(JobTaskRow.task_id.in_(some)))
        }

    def waiting(self, job: int) -> int:
        """For how many tasks a job waits."""
        rows = select(func.count()).where(JobTaskRow.job_id == job, JobTaskRow.waits)
        return self._session.scalar(rows) or 0

    def forsake(self, job: int) -> None:
        """A job waits no longer. What is queued for nobody else is laid aside; what runs goes on."""
        mine = [row.task_id for row in self._waits(JobTaskRow.job_id == job)]
        self._session.execute(update(JobTaskRow).where(JobTaskRow.job_id == job).values(waits=False))
        for some in chunks(sorted(mine)):
            queued = and_(TaskRow.id.in_(some), TaskRow.state == TaskState.QUEUED)
            rows = select(TaskRow.id).where(queued).order_by(TaskRow.id).with_for_update(key_share=True)
            locked = set(self._session.scalars(rows))  # only now nobody comes to wait for them
            awaited = select(JobTaskRow.task_id).where(JobTaskRow.task_id.in_(locked), JobTaskRow.waits)
            alone = locked - set(self._session.scalars(awaited))
            self._update(TaskRow.id.in_(alone), state=TaskState.IDLE)

    def forgive(self, job: int) -> None:
        """Let the tasks of a job that failed or were quarantined be tried again."""
        mine = select(JobTaskRow.task_id).where(JobTaskRow.job_id == job)
        guilty = and_(TaskRow.id.in_(mine), TaskRow.state.in_(UNDONE))
        self._change(guilty, state=TaskState.IDLE, attempts=0, error=None)

    # -- workers take tasks ---------------------------------------------------------------------------------

    def any_queued(self, routes: Collection[str]) -> bool:
        """Whether there is something to claim: asked without a lock, so that idle workers disturb nobody."""
        rows = select(TaskRow.id).where(TaskRow.state == TaskState.QUEUED, TaskRow.route.in_(routes))
        return self._session.scalar(rows.limit(1)) is not None

    def claim(self, routes: Collection[str], worker: str, lease: float) -> QueuedTask | None:
        """Take the most urgent queued task; `lease` is in seconds. None where there is none."""
        rows = select(TaskRow.id).where(TaskRow.state == TaskState.QUEUED, TaskRow.route.in_(routes))
        rows = rows.order_by(TaskRow.priority, TaskRow.id).limit(1).with_for_update(skip_locked=True)
        return self._take(TaskRow.id == rows.scalar_subquery(), worker, lease)

    def claim_one(self, task: int, routes: Collection[str], worker: str, lease: float) -> QueuedTask | None:
        """Take this one, if it is still queued and these offers fit: a message can come twice."""
        queued = and_(TaskRow.id == task, TaskRow.state == TaskState.QUEUED, TaskRow.route.in_(routes))
        return self._take(queued, worker, lease)

    def renew(self, task: int, worker: str, lease: float) -> bool:
        """Say that the worker lives; whether the task is still its."""
        held = and_(TaskRow.id == task, TaskRow.worker == worker, TaskRow.state == TaskState.RUNNING)
        found = update(TaskRow).where(held).values(lease=time.time() + lease).returning(TaskRow.id)
        return self._session.scalar(found) is not None

    def settle(
        self, task: QueuedTask, state: TaskState, error: str | None = None, *, then: Wanted | None = None
    ) -> list[int] | None:
        """A task came to its end; the jobs that wait for nothing more, locked.

        `then`: what its jobs wait for instead, unless that is settled already. None where the task has been
        taken from its worker in the meantime, who has nothing to say any more except that it is done.
        """
        waiting = select(JobTaskRow.job_id).where(JobTaskRow.task_id == task.id, JobTaskRow.waits)
        locked = self._lock_jobs(JobRow.id.in_(waiting))
        if then and locked:
            self._insert([then])
            self._locked([task.key, then.key])
        values = {"state": state, "error": error, "lease": None, "finished": time.time()}
        mine = TaskRow.id == task.id if state is TaskState.DONE else _held(task)
        if not self._update(mine, **values):
            return None
        done = and_(JobTaskRow.task_id == task.id, JobTaskRow.waits)
        ended = update(JobTaskRow).where(done).values(waits=False).returning(JobTaskRow.job_id)
        jobs = sorted(self._session.scalars(ended))
        if not locked.issuperset(jobs):  # some have come to wait for it since
            self._lock_jobs(JobRow.id.in_(jobs))
        for job in jobs if then else ():
            self.want(job, [then] if then else [])
        return self._unblocked(jobs)

    def release(self, task: QueuedTask, *, attempts: int, error: str | None = None) -> bool:
        """Give a task back to the queue; False where it was taken from its worker in the meantime."""
        return bool(self._update(_held(task), **_AGAIN, attempts=attempts, error=error))

    def give_back(self, worker: str) -> int:
        """Queue what a worker has that was told to end: that is no fault of the task. How many it had."""
        mine = and_(TaskRow.worker == worker, TaskRow.state == TaskState.RUNNING)
        return self._update(mine, **_AGAIN)

    def rest(self, task: QueuedTask) -> bool:
        """Nobody wants the task now; False where it was taken from its worker in the meantime."""
        return bool(self._update(_held(task), state=TaskState.IDLE, lease=None, attempts=0, error=None))

    def count(self, task: int, attempts: int) -> None:
        """Remember how often it took its worker down."""
        self._update(TaskRow.id == task, attempts=attempts)

    def reroute(self, task: int, route: str) -> None:
        """From now on it is for workers with this offer."""
        self._session.execute(update(TaskRow).where(TaskRow.id == task).values(route=route))

    # -- what was lost --------------------------------------------------------------------------------------

    def lost(self, now: float) -> list[QueuedTask]:
        """Running tasks whose worker has not been heard of in time."""
        rows = select(TaskRow).where(TaskRow.state == TaskState.RUNNING, TaskRow.lease < now)
        return [_task(row) for row in self._session.scalars(rows.order_by(TaskRow.id))]

    def still_lost(self, task: QueuedTask, now: float) -> bool:
        """Whether that is still so; if it is, the task is locked, after the jobs that wait for it."""
        waiting = select(JobTaskRow.job_id).where(JobTaskRow.task_id == task.id, JobTaskRow.waits)
        self._lock_jobs(JobRow.id.in_(waiting))
        rows = select(TaskRow.id).where(_held(task), TaskRow.lease < now)
        return self._session.scalar(rows.with_for_update(key_share=True)) is not None

    def stuck(self) -> list[int]:
        """Jobs that could go on and are not told to: none, unless something was lost."""
        at_work = select(TaskRow.id).where(
            TaskRow.kind == TaskKind.ADVANCE,
            TaskRow.state.in_([TaskState.QUEUED, TaskState.RUNNING]),
            TaskRow.id == JobTaskRow.task_id,
        )
        waits = select(JobTaskRow.job_id).where(JobTaskRow.job_id == JobRow.id)
        rows = select(JobRow.id).where(
            JobRow.state.in_([JobState.QUEUED, JobState.RUNNING]),
            ~waits.where(or_(JobTaskRow.waits, at_work.exists())).exists(),
        )
        return list(self._session.scalars(rows.order_by(JobRow.id)))

    def unoffered(self, routes: Collection[str]) -> dict[int, str]:
        """Jobs that wait for a queued task which is on none of these routes → the compiler they want.

        That is a toolchain's name, or the offer that the job is tied to.
        """
        rows = (
            select(JobRow.id, JobRow.offer, TaskRow.route)
            .join(JobTaskRow, JobTaskRow.job_id == JobRow.id)
            .join(TaskRow, TaskRow.id == JobTaskRow.task_id)
            .where(
                TaskRow.state == TaskState.QUEUED,
                TaskRow.route.not_in(routes),
                or_(JobTaskRow.waits, TaskRow.kind == TaskKind.ADVANCE),
                JobRow.state.in_([JobState.QUEUED, JobState.RUNNING]),
            )
        )
        return {job: offer or route for job, offer, route in self._session.execute(rows)}

    # -- the outbox -----------------------------------------------------------------------------------------

    def unpublished(self, now: float, patience: float, limit: int) -> list[QueuedTask]:
        """Queued tasks that the broker has to be told of: never, or so long ago that the message may be lost.

        `patience` is in seconds, and for each time that a task was published: a long queue is no loss.
        """
        overdue = TaskRow.published + patience * TaskRow.publishes < now
        rows = select(TaskRow).where(
            TaskRow.state == TaskState.QUEUED, or_(TaskRow.published.is_(None), overdue)
        )
        rows = rows.order_by(TaskRow.priority, TaskRow.id).limit(limit).with_for_update(skip_locked=True)
        return [_task(row) for row in self._session.scalars(rows)]

    def publish(self, tasks: Iterable[int], now: float) -> None:
        """Remember that the broker was told."""
        for some in chunks(tasks):
            self._update(TaskRow.id.in_(some), published=now, publishes=TaskRow.publishes + 1)

    def unpublish(self, tasks: Iterable[int], then: float) -> None:
        """It was not told after all, as was remembered `then`."""
        for some in chunks(sorted(tasks)):
            told = and_(TaskRow.id.in_(some), TaskRow.published == then)
            self._change(told, published=None, publishes=TaskRow.publishes - 1)

    # -- workers --------------------------------------------------------------------------------------------

    def seen(self, worker: str, offers: dict[str, str]) -> None:
        """A worker lives."""
        now = time.time()
        values = {"name": worker, "offers": offers, "started": now, "seen": now}
        self._session.execute(insert(WorkerRow, self._session).values(**values))
        self._session.execute(
            update(WorkerRow).where(WorkerRow.name == worker).values(seen=now, offers=offers)
        )

    def workers(self, since: float) -> list[WorkerSeen]:
        """Those that were seen since then, by name."""
        doing = and_(TaskRow.worker == WorkerRow.name, TaskRow.state == TaskState.RUNNING)
        rows = select(WorkerRow, TaskRow.id).outerjoin(TaskRow, doing).where(WorkerRow.seen >= since)
        return [
            WorkerSeen(row.name, row.offers, row.started, row.seen, task)
            for row, task in self._session.execute(rows.order_by(WorkerRow.name))
        ]

    def forget_workers(self, before: float) -> None:
        """Forget those that were last seen before then."""
        self._session.execute(delete(WorkerRow).where(WorkerRow.seen < before))

    def depth(self) -> dict[str, int]:
        """State → number of tasks."""
        rows = self._session.execute(select(TaskRow.state, func.count()).group_by(TaskRow.state))
        return {state.value: count for state, count in rows}

    # -- rows -----------------------------------------------------------------------------------------------

    def _insert(self, wanted: Sequence[Wanted]) -> None:
        """In order of their keys, so that no two transactions wait for each other."""
        rows = [
            {
                **vars(one),
                "state": TaskState.IDLE,
                "attempts": 0,
                "publishes": 0,
                "created": time.time(),
            }
            for one in sorted(wanted, key=attrgetter("key"))
        ]
        if rows:
            self._session.execute(insert(TaskRow, self._session), rows)

    def _locked(self, keys: Iterable[str]) -> list[TaskRow]:
        """In order of their number, so that no two transactions wait for each other."""
        rows = [
            row
            for some in chunks(sorted(keys))
            for row in self._session.scalars(
                select(TaskRow)
                .where(TaskRow.key.in_(some))
                .order_by(TaskRow.id)
                .with_for_update(key_share=True)
                .execution_options(populate_existing=True)
            )
        ]
        return sorted(rows, key=lambda row: row.id)

    def _queue(self, row: TaskRow, wanted: Wanted) -> None:
        """Queue it, to be published; `route` and payload as they are asked for now."""
        row.state, row.published, row.publishes = TaskState.QUEUED, None, 0
        row.priority, row.route, row.payload = wanted.priority, wanted.route, wanted.payload
        self._session.flush()

    def _link(self, job: int, waits: dict[int, bool]) -> None:
        rows = [{"job_id": job, "task_id": task, "waits": waiting} for task, waiting in waits.items()]
        if not rows:
            return
        self._session.execute(insert(JobTaskRow, self._session), rows)
        again = [task for task, waiting in waits.items() if waiting]
        for some in chunks(again):
            mine = and_(JobTaskRow.job_id == job, JobTaskRow.task_id.in_(some))
            self._session.execute(update(JobTaskRow).where(mine).values(waits=True))

    def _waits(self, which: Any) -> list[JobTaskRow]:
        return list(self._session.scalars(select(JobTaskRow).where(which, JobTaskRow.waits)))

    def _unblocked(self, jobs: Sequence[int]) -> list[int]:
        """Those that wait for nothing. They are locked: of two tasks that end at once one sees both ends."""
        if not jobs:
            return []
        rows = select(JobTaskRow.job_id).where(JobTaskRow.job_id.in_(jobs), JobTaskRow.waits).distinct()
        blocked = set(self._session.scalars(rows))
        return [job for job in jobs if job not in blocked]

    def _lock_jobs(self, which: ColumnElement[bool]) -> set[int]:
        rows = select(JobRow.id).where(which).order_by(JobRow.id).with_for_update(key_share=True)
        return set(self._session.scalars(rows))

    def _take(self, which: ColumnElement[bool], worker: str, lease: float) -> QueuedTask | None:
        values = {"state": TaskState.RUNNING, "worker": worker, "lease": time.time() + lease}
        taken = update(TaskRow).where(which).values(**values).returning(TaskRow)
        row = self._session.scalars(taken, execution_options=_PLAIN).one_or_none()
        return _task(row) if row else None

    def _change(self, which: ColumnElement[bool], **values: Any) -> None:
        """Change tasks that others may change too: locked first, in order of their numbers."""
        rows = select(TaskRow.id).where(which).order_by(TaskRow.id).with_for_update(key_share=True)
        for some in chunks(list(self._session.scalars(rows))):
            self._update(TaskRow.id.in_(some), **values)

    def _update(self, which: ColumnElement[bool], **values: Any) -> int:
        """How many there were."""
        changed = update(TaskRow).where(which).values(**values)
        return cast("CursorResult[Any]", self._session.execute(changed, execution_options=_PLAIN)).rowcount


def _held(task: QueuedTask) -> ColumnElement[bool]:
    """Whether the worker that took it has it still."""
    return and_(TaskRow.id == task.id, TaskRow.state == TaskState.RUNNING, TaskRow.worker == task.worker)


def _task(row: TaskRow) -> QueuedTask:
    return QueuedTask(
        id=row.id,
        key=row.key,
        kind=row.kind,
        route=row.route,
        priority=row.priority,
        payload=row.payload,
        state=row.state,
        attempts=row.attempts,
        error=row.error,
        worker=row.worker,
    )
