# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs and the verdicts that they have used."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.orm import Session, defer

from bisectd.domain.errors import NotFound
from bisectd.domain.jobs import PRIORITY, Asked, Job, JobKind, JobState, JobStep
from bisectd.store.dialect import insert, lock
from bisectd.store.tables.service import JobRow, JobStepRow

_BRIEF = select(JobRow).options(defer(JobRow.result))
_DOING = frozenset({"stage", "lacks"})  # of progress: what a job that has ended does not do any more
UNFINISHED = [state for state in JobState if not state.final]


@dataclass(frozen=True)
class Filter:
    """Which jobs; None is all."""

    state: JobState | None = None
    user: str | None = None
    kind: JobKind | None = None


ANY = Filter()


class Jobs:
    """The tables `jobs` and `job_steps`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, asked: Asked, repository: int, user: str, idempotency_key: str | None) -> Job:
        """Store a new one, queued. Where the user has named one so before, that one."""
        values = {
            "kind": asked.kind,
            "asked": asked.as_json(),
            "user": user,
            "repository_id": repository,
            "state": JobState.QUEUED,
            "priority": PRIORITY[asked.kind],
            "offer": "",
            "progress": {},
            "idempotency_key": idempotency_key,
            "created": time.time(),
            "changed": 1,
        }
        if idempotency_key is None:
            made = self._session.scalar(plain_insert(JobRow).values(**values).returning(JobRow.id))
            return self.get(made or 0)
        self._session.execute(insert(JobRow, self._session).values(**values))
        found = select(JobRow).filter_by(user=user, idempotency_key=idempotency_key)
        return _job(self._session.scalars(found).one())

    def get(self, job: int) -> Job:
        """One by its number; NotFound where there is none."""
        return _job(self._row(job))

    def lock_user(self, user: str) -> None:
        """Nobody else counts the jobs of this user until the transaction ends."""
        lock(self._session, f"the jobs of {user}")

    def lock(self, job: int) -> Job:
        """The same, and nobody else changes it until the transaction ends."""
        query = (
            select(JobRow)
            .filter_by(id=job)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        row = self._session.scalars(query).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job}")
        return _job(row)

    def brief(self, job: int) -> Job:
        """One without its result, which may be large. NotFound where there is none."""
        row = self._session.scalars(_BRIEF.filter_by(id=job)).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job}")
        return _job(row, whole=False)

    def page(self, which: Filter, before: int | None, limit: int) -> list[Job]:
        """Newest first, those with a number under `before`, without their results."""
        rows = _BRIEF.where(JobRow.id.in_(self._numbers(which, before, limit))).order_by(JobRow.id.desc())
        return [_job(row, whole=False) for row in self._session.scalars(rows)]

    def _numbers(self, which: Filter, before: int | None, limit: int) -> list[int]:
        """The numbers of a page. Each state is looked up by itself, as the indices are made for it."""
        wanted = {name: value for name, value in vars(which).items() if value is not None}
        states = [wanted.pop("state")] if "state" in wanted else list(JobState) if wanted else [None]
        found: list[int] = []
        for state in states:
            rows = select(JobRow.id).filter_by(**wanted, **({"state": state} if state else {}))
            if before is not None:
                rows = rows.where(JobRow.id < before)
            found += self._session.scalars(rows.order_by(JobRow.id.desc()).limit(limit))
        return sorted(found, reverse=True)[:limit]

    def progressing(self, name: str) -> dict[int, Any]:
        """Unfinished jobs that have this in their progress, and what it is."""
        rows = select(JobRow.id, JobRow.progress).where(JobRow.state.in_(UNFINISHED))
        return {job: progress[name] for job, progress in self._session.execute(rows) if name in progress}

    def unfinished(self, user: str) -> int:
        """How many jobs of a user have not come to their end."""
        rows = select(func.count()).where(JobRow.user == user, JobRow.state.in_(UNFINISHED))
        return self._session.scalar(rows) or 0

    def change(self, job: int, **values: Any) -> None:
        """Set columns of a job; its `changed` rises."""
        rise = {"changed": JobRow.changed + 1}
        self._session.execute(update(JobRow).filter_by(id=job).values(**values, **rise))

    def end(
        self, job: int, state: JobState, *, result: Mapping[str, Any] | None = None, error: str | None = None
    ) -> None:
        """Come to an end: what it was doing, and what it waited for, is no more."""
        progress = {name: value for name, value in self._row(job).progress.items() if name not in _DOING}
        self.change(
            job,
            state=state,
            progress=progress,
            result=dict(result) if result is not None else None,
            error=error,
            finished=time.time(),
        )

    def add_steps(self, job: int, steps: Sequence[JobStep]) -> None:
        """Remember verdicts, in this order; those that are remembered already stay."""
        rows = [
            {
                "job_id": job,
                "commit_id": step.commit,
                **{name: value for name, value in vars(step).items() if name not in {"id", "commit"}},
            }
            for step in steps
        ]
        if rows:
            self._session.execute(insert(JobStepRow, self._session), rows)

    def steps(self, job: int, after: int = 0, limit: int | None = None) -> list[JobStep]:
        """In the order in which they came, those with a number over `after`."""
        rows = select(JobStepRow).where(JobStepRow.job_id == job, JobStepRow.id > after)
        return [step_of(row) for row in self._session.scalars(rows.order_by(JobStepRow.id).limit(limit))]

    def _row(self, job: int) -> JobRow:
        row = self._session.get(JobRow, job, populate_existing=True)
        if row is None:
            raise NotFound(f"there is no job {job}")
        return row


def _job(row: JobRow, *, whole: bool = True) -> Job:
    return Job(
        id=row.id,
        asked=Asked.from_json(row.asked),
        user=row.user,
        state=row.state,
        priority=row.priority,
        offer=row.offer,
        progress=row.progress,
        result=row.result if whole else None,
        error=row.error,
        created=row.created,
        started=row.started,
        finished=row.finished,
        changed=row.changed,
    )


def step_of(row: JobStepRow) -> JobStep:
    """A verdict that a job has used."""
    return JobStep(
        id=row.id,
        commit=row.commit_id,
        probe=row.probe,
        target=row.target,
        verdict=row.verdict,
        reason=row.reason,
        fingerprint=row.fingerprint,
        cached=row.cached,
        created=row.created,
        place=row.place,
    )
