# SPDX-License-Identifier: GPL-2.0-or-later
"""A pool that judges nothing: it gives what is stored, and says which tasks would give the rest.

A use case that is run over it, again and again until nothing is missing, needs no state of its own: whoever
runs it may die at any point (docs/adr/0011).
"""

import base64
import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bisectd.domain.errors import MachineError
from bisectd.domain.evaluation import Evaluation, Setup
from bisectd.domain.jobs import QueuedTask, TaskKind, TaskState
from bisectd.domain.observation import Observation
from bisectd.domain.verdict import Verdict
from bisectd.services.desk import Desk, Task
from bisectd.store.tasks import UNDONE, Wanted


class TaskFailed(MachineError):
    """A task that is needed has failed for good."""


class Pending(Exception):
    """Not everything is known yet: these tasks would say it."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        super().__init__(f"{len(wanted)} tasks")
        self.wanted = tuple(wanted)


@dataclass
class Replay:
    """A `desk.Pool`. `repository` is the registered name; `route` and `priority` are those of its tasks.

    `job`: who asks, and takes no failure of others for an answer. `jobs`: how many hands are idle, which is
    how wide a search is cut.
    """

    desk: Desk
    repository: str
    route: str
    priority: int
    job: int = 0
    jobs: int = 1
    _changes: dict[tuple[tuple[str, bytes | None], ...], str] = field(default_factory=dict)

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Evaluation]]:
        """Judge what the store does not know. Pending unless all of it came to an end without a verdict."""
        wanted = {task: self.wanted(task) for task in tasks}
        with self.desk.store.read() as tx:
            known = tx.tasks.of_keys({one.key for one in wanted.values()})
            met = tx.tasks.asked_by(self.job, [task.id for task in known.values() if task.state in UNDONE])
        ended = {key for key, task in known.items() if task.state is TaskState.DONE or task.id in met}
        missing = {one.key: one for one in wanted.values() if one.key not in ended}
        if missing:
            raise Pending(list(missing.values()))
        recalled = self.desk.recall(tasks)
        for task in tasks:
            yield task, recalled.get(task) or self._without_verdict(task, known[wanted[task].key])

    def wanted(self, task: Task) -> Wanted:
        """What has to be done next for an evaluation: its unit compiled, or its probe run."""
        evaluator = self.desk.evaluator(task.setup)
        name = self.desk.stored_as(task)
        unit = evaluator.stored_unit(name)
        payload = {
            "repository": self.repository,
            "probe": task.setup.probe,
            "target": task.setup.target,
            "toolchain": task.setup.toolchain,
            "commit": task.commit,
            "version": name,
            "changes": self._digest(task.changes) if task.changes else None,
        }
        if unit is None:
            return Wanted(evaluator.compile_key(name), TaskKind.COMPILE, self.route, self.priority, payload)
        return Wanted(evaluator.run_key(unit), TaskKind.RUN, self.route, self.priority, payload)

    def _digest(self, changes: tuple[tuple[str, bytes | None], ...]) -> str:
        if changes not in self._changes:
            with self.desk.store.begin() as tx:
                self._changes[changes] = tx.blobs.put(dump_changes(changes))
        return self._changes[changes]

    def _without_verdict(self, task: Task, ended: QueuedTask) -> Evaluation:
        """A unit that takes its worker down each time cannot be tested here; nothing is stored about it."""
        if ended.state is not TaskState.QUARANTINED:
            raise TaskFailed(ended.error or f"task {ended.id} ended, and its result is not in the store")
        reason = f"its {ended.kind.value} task took its worker down {ended.attempts} times: quarantined"
        observation = Observation(Verdict.UNTESTABLE, reason)
        return Evaluation(self.desk.stored_as(task), "", None, observation, cached=True)


@dataclass
class ReplayWorkers:
    """`bisection.Workers` over a replay, for one setup."""

    replay: Replay
    setup: Setup
    begun: Container[str] = ()

    @property
    def jobs(self) -> int:
        """How wide a search is cut."""
        return self.replay.jobs

    def begin(self, commits: Sequence[str]) -> None:
        """Nothing is begun ahead of time."""

    def evaluate(self, commits: Sequence[str]) -> Iterator[Evaluation]:
        """See `bisection.Workers`."""
        for _, evaluation in self.replay.run([Task(self.setup, commit) for commit in commits]):
            yield evaluation


def dump_changes(changes: tuple[tuple[str, bytes | None], ...]) -> bytes:
    """Changed files as bytes to store."""
    return json.dumps(
        {path: None if data is None else base64.b64encode(data).decode() for path, data in changes},
        sort_keys=True,
    ).encode()


def load_changes(stored: bytes) -> tuple[tuple[str, bytes | None], ...]:
    """The inverse of `dump_changes`."""
    read: Mapping[str, Any] = json.loads(stored)
    return tuple(
        sorted((path, None if data is None else base64.b64decode(data)) for path, data in read.items())
    )
