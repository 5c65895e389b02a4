# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker does with a task that it has taken. Whoever gave it out, it is done by this code."""

import logging
from collections.abc import Callable, Mapping

from bisectd.domain.errors import Away, MachineError, Unusable, UserError
from bisectd.domain.jobs import QueuedTask, TaskKind, TaskState
from bisectd.services import queue
from bisectd.services.advance import advance
from bisectd.services.desk import Desk, Task
from bisectd.services.replay import Replay, load_changes
from bisectd.services.workplace import Workplace

_log = logging.getLogger(__name__)


def perform(work: Workplace, task: QueuedTask) -> bool:
    """Do it, store what came of it, and let the jobs that waited go on; whether that queued other tasks.

    Away: the database is. Nothing is settled then, and the same may be done again.
    """
    try:
        return _BY_KIND[task.kind](work, task)
    except Unusable as error:
        raise Away(str(error)) from error
    except UserError as error:
        return queue.settle(work.store, task, TaskState.FAILED, str(error))
    except Away:
        raise
    except MachineError as error:
        return queue.failed(work.store, task, str(error), work.settings.attempts)
    except Exception as error:  # noqa: BLE001 - a bug must not take the worker from the other tasks
        _log.exception("task %s failed", task.id)
        line = f"bug in bisectd: {error!r}; please report it with the log of the worker"
        return queue.settle(work.store, task, TaskState.FAILED, line)


def _compile(work: Workplace, task: QueuedTask) -> bool:
    """Build a unit. Where it builds and nobody has run the like of it, its jobs wait for that next."""
    asked = _asked(work, task)
    desk = _desk(work, task)
    unit = desk.evaluator(asked.setup).unit(desk.tree(asked))
    if unit.reason or desk.recall([asked]):
        return queue.settle(work.store, task, TaskState.DONE)
    replay = Replay(desk, task.payload["repository"], task.route, task.priority)
    return queue.settle(work.store, task, TaskState.DONE, then=replay.wanted(asked))


def _run(work: Workplace, task: QueuedTask) -> bool:
    _desk(work, task).perform(_asked(work, task))
    return queue.settle(work.store, task, TaskState.DONE)


def _desk(work: Workplace, task: QueuedTask) -> Desk:
    payload = task.payload
    return work.desk(payload["repository"], payload["toolchain"], [payload["commit"]])


def _asked(work: Workplace, task: QueuedTask) -> Task:
    payload = task.payload
    setup = work.setup(dict(payload))
    if not payload["changes"]:
        return Task(setup, payload["commit"])
    with work.store.read() as tx:
        changes = load_changes(tx.blobs.get(payload["changes"]))
    return Task(setup, payload["commit"], changes)


_BY_KIND: Mapping[TaskKind, Callable[[Workplace, QueuedTask], bool]] = {
    TaskKind.ADVANCE: advance,
    TaskKind.COMPILE: _compile,
    TaskKind.RUN: _run,
}
