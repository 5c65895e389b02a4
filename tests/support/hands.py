# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers inside the test's own process: every task is claimed, performed and settled by the real code."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bisectd.domain.jobs import Asked, Job, JobKind, QueuedTask, TaskKind
from bisectd.services import jobs, mirrors, queue
from bisectd.services.offers import routes
from bisectd.services.work import perform
from bisectd.services.workplace import Workplace
from bisectd.settings import Settings
from bisectd.store.store import Store

NAME = "linux"
PROBE, TARGET, TOOLCHAIN = "fpu-giveup-fe", "pmac32", "zig"
VARYING = {"seconds", "cached"}  # of a report: how, not what


class Hands:
    """A store, a registered repository, and somebody to work."""

    def __init__(self, store: Store, repository: Path, data: Path, **given: Any) -> None:
        self.store = store
        self.settings = Settings(data=data, **given)
        self.work = Workplace(store, self.settings)
        mirrors.register(store, data, NAME, str(repository))

    def submit(self, goods: list[str], bad: str, kind: JobKind = JobKind.BISECT, user: str = "me") -> Job:
        asked = Asked(kind, NAME, TOOLCHAIN, PROBE, TARGET, tuple(goods), bad)
        return jobs.submit(self.store, self.settings, user, jobs.Submission(asked))

    def claim(self, worker: str = "one") -> QueuedTask | None:
        with self.store.begin() as tx:
            return tx.tasks.claim(routes(self.work.offers), worker, self.settings.lease)

    def work_off(self, dies: Callable[[QueuedTask], bool] = lambda _: False) -> int:
        """Do all there is to do; how many tasks were taken. Where the worker dies nothing is settled."""
        taken = 0
        while True:
            task = self.claim()
            if task is None and not self.sweep():
                return taken
            if task is not None:
                taken += 1
                if not dies(task):
                    perform(self.work, task)

    def sweep(self) -> int:
        """As when every lease has run out."""
        return queue.sweep(self.store, self.settings, time.time() + self.settings.lease + 1)

    def job(self, number: int) -> Job:
        with self.store.read() as tx:
            return tx.jobs.get(number)

    def tasks(self, number: int, kind: TaskKind | None = None) -> list[QueuedTask]:
        with self.store.read() as tx:
            return [task for task in tx.tasks.of_job(number) if kind in {None, task.kind}]

    def close(self) -> None:
        self.work.close()


def told(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a report says of the history, whoever made it."""
    assert result is not None
    question = {name: value for name, value in result["question"].items() if name != "repository"}
    return {**{name: value for name, value in result.items() if name not in VARYING}, "question": question}
