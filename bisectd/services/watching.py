# SPDX-License-Identifier: GPL-2.0-or-later
"""A job watched while it works: what is new since the last look."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bisectd.domain.jobs import Job, JobStep
from bisectd.services import documents
from bisectd.store.store import Store

STEP, JOB, END = "step", "job", "end"
_MOST = 1_000  # steps in one look


@dataclass(frozen=True)
class Event:
    """Something that happened. `last`: the number of the latest step, from where a watcher may go on."""

    name: str
    last: int
    document: dict[str, Any]


class Watch:
    """Looks at one job; `after` is the number of a step. Each look is a short transaction."""

    def __init__(self, store: Store, job: int, after: int = 0) -> None:
        self._store = store
        self._job = job
        self._after = after
        self._changed = 0
        self.ended = False

    def look(self) -> list[Event]:
        """What is new: at first the job; steps, the job where it has changed, once all was told, the end."""
        with self._store.read() as tx:
            job = tx.jobs.brief(self._job)
            steps = tx.jobs.steps(self._job, self._after, _MOST)
        return list(self._events(job, steps))

    def _events(self, job: Job, steps: list[JobStep]) -> Iterator[Event]:
        if not self._changed:
            yield self._told(job)
        for step in steps:
            self._after = step.id
            yield Event(STEP, step.id, documents.step(step))
        if job.changed != self._changed:
            yield self._told(job)
        if job.state.final and len(steps) < _MOST:
            self.ended = True
            yield Event(END, self._after, {"state": job.state.value, "error": job.error})

    def _told(self, job: Job) -> Event:
        self._changed = job.changed
        return Event(JOB, self._after, documents.job_in_list(job))
