# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes for many probes and targets at once."""

from collections.abc import Iterator, Sequence
from functools import cache
from multiprocessing.util import Finalize

from bisectd.domain.evaluation import Evaluation
from bisectd.services.desk import Desk, Task
from workers.pool import Processes, finished, undisturbed


@cache  # one desk for each compiler
def _desk(repository: str, database: str, toolchain: str) -> Desk:
    desk = Desk.open(repository, database, toolchain)
    Finalize(None, desk.close, exitpriority=1)  # a worker ends without atexit
    return desk


def perform(tasks: Sequence[Task]) -> list[tuple[Task, Evaluation]]:
    """Judge tasks of one repository, in a worker."""
    setup = tasks[0].setup
    return list(_desk(setup.repository, setup.database, setup.toolchain).run(tasks))


class SharedPool(Processes):
    """A `bisectd.services.desk.Pool` of worker processes."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Evaluation]]:
        """See `Pool`. Tasks of one version, target and compiler stay together: they share objects."""
        groups: dict[tuple[object, ...], list[Task]] = {}
        for task in tasks:
            shared = (task.setup.target, task.setup.toolchain, task.commit, task.changes)
            groups.setdefault(shared, []).append(task)
        executor = self.started()
        with undisturbed():
            futures = [executor.submit(perform, group) for group in groups.values()]
        for judged in finished(futures):
            yield from judged
