# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes for many probes and targets at once."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing.util import Finalize
from types import TracebackType
from typing import Self

from bisectd.domain.errors import MachineError
from bisectd.domain.evaluation import Evaluation
from bisectd.services.desk import Desk, Task
from workers.pool import belong_to, undisturbed


@lru_cache(maxsize=1)
def _desk(repository: str, database: str, toolchain: str) -> Desk:
    desk = Desk.open(repository, database, toolchain)
    Finalize(None, desk.close, exitpriority=1)  # a worker ends without atexit
    return desk


def perform(tasks: Sequence[Task]) -> list[tuple[Task, Evaluation]]:
    """Judge tasks of one repository, in a worker."""
    setup = tasks[0].setup
    return list(_desk(setup.repository, setup.database, setup.toolchain).run(tasks))


class SharedPool:
    """A `bisectd.services.desk.Pool` of up to `jobs` processes, started when there is work for them."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._executor: ProcessPoolExecutor | None = None

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Evaluation]]:
        """See `Pool`. Tasks of one version and target stay together: they share what is compiled."""
        groups: dict[tuple[object, ...], list[Task]] = {}
        for task in tasks:
            groups.setdefault((task.setup.target, task.commit, task.changes), []).append(task)
        executor = self._started()
        with undisturbed():
            futures = [executor.submit(perform, group) for group in groups.values()]
        try:
            for future in as_completed(futures):
                yield from future.result()
        except BrokenProcessPool:
            raise MachineError(
                "a worker process was killed (out of memory?): run again, or with fewer --jobs"
            ) from None
        finally:
            for future in futures:
                future.cancel()

    def close(self) -> None:
        """Stop the workers."""
        if self._executor:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> ProcessPoolExecutor:
        if self._executor is None:
            context = multiprocessing.get_context("spawn")  # not forks, as in workers.pool
            self._executor = ProcessPoolExecutor(
                self.jobs, context, initializer=belong_to, initargs=(os.getpid(),)
            )
        return self._executor
