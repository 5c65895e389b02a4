# SPDX-License-Identifier: GPL-2.0-or-later
"""Celery on Redis: messages that name tasks of the database, to workers on any number of machines.

A message says no more than a number. One that comes twice finds its task taken; one that is lost is sent
again by the sweeper. So Redis may be stopped or emptied at any time.
"""

import logging
import os
import signal
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from billiard.util import get_logger as billiard_logger
from celery import Celery
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from celery.signals import (
    after_task_publish,
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_shutting_down,
)
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from bisectd.domain.errors import BisectdError, MachineError
from bisectd.domain.jobs import QueuedTask, TaskKind
from bisectd.services import queue
from bisectd.services.offers import offers, route
from bisectd.services.schedule import run_due
from bisectd.services.workplace import Workplace
from bisectd.settings import Settings, say_alive
from bisectd.store.store import Store
from workers import transport
from workers.logs import Reach, Told, to_stderr
from workers.polling import Worker, name_of
from workers.pool import die_with

_log = logging.getLogger(__name__)
_SERVICE = "service"
_CONSUMER = "celery.worker.consumer"
_PERFORM, _SWEEP, _SCHEDULE = "bisectd.perform", "bisectd.sweep", "bisectd.schedule"
_SLACK = 60.0  # seconds between our own limit of a task's time and the broker's patience
_CONNECT = 2.0  # seconds to reach Redis, before a message stays in the outbox


def queue_name(task: QueuedTask) -> str:
    """The queue of a task: by what is to be done, and by the offer that it takes."""
    return f"{task.kind.value}.{task.route}"


def queues(offered: dict[str, str]) -> list[str]:
    """The queues of a worker, what keeps others waiting first."""
    routes = [route(offer) for offer in offered.values()]
    first = [f"{TaskKind.ADVANCE.value}.{name}" for name in (*offered, *routes)]
    return [
        _SERVICE,
        *first,
        *(f"{kind.value}.{one}" for kind in (TaskKind.RUN, TaskKind.COMPILE) for one in routes),
    ]


def application(settings: Settings) -> Celery:
    """The Celery application that the settings describe."""
    url = settings.broker.get_secret_value() if settings.broker else None
    transport.use()
    app = Celery("bisectd", broker=url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": settings.hard_limit + _SLACK,
            "queue_order_strategy": "priority",
            "priority_steps": [0, 3, 6, 9],
            "socket_connect_timeout": _CONNECT,
            "socket_timeout": 2 * _CONNECT,
        },
        accept_content=["json"],
        task_create_missing_queues=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        beat_max_loop_interval=1,
        beat_schedule={
            name: {
                "task": task,
                "schedule": settings.sweep,
                "options": _to(_SERVICE, 0, settings.sweep),
            }
            for name, task in (("sweep", _SWEEP), ("schedule", _SCHEDULE))
        },
    )
    return app


class Publisher:
    """Tells the broker of all tasks that it has not been told of. Where it is away the sweeper does later."""

    def __init__(self, app: Celery, store: Store, settings: Settings) -> None:
        self._app = app
        self._store = store
        self._settings = settings
        self._reach = Reach("the broker")
        self._due = threading.Event()

    def publish(self) -> None:
        """Do it now."""
        try:
            with self._app.producer_pool.acquire(block=True) as producer:
                queue.publish(self._store, partial(send, self._app, producer), self._settings)
        except (OperationalError, RedisError, OSError) as error:
            self._reach.away(error)
        except BisectdError as error:
            _log.warning("the broker is not told: %s", error)
        else:
            self._reach.back()

    def soon(self) -> None:
        """Let the thread do it: whoever submits a job does not wait for the broker."""
        self._due.set()

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, daemon=True, name="publisher").start()

    def _run(self) -> None:
        while self._due.wait():
            self._due.clear()
            self.publish()


def publisher(store: Store, settings: Settings) -> Callable[[], None]:
    """Something to call when tasks were queued. It returns at once."""
    made = Publisher(application(settings), store, settings)
    made.start()
    return made.soon


def work(store_url: str, settings: Settings, processes: int) -> None:
    """Be a worker of this machine, until interrupted."""
    app = application(settings)
    offered = offers()
    app.conf.task_queues = [_queue(name) for name in queues(offered)]
    _register(app, store_url, settings)
    setup_logging.connect(to_stderr, weak=False)
    billiard_logger().propagate = True
    _watched(f"{_CONSUMER}.consumer", f"{_CONSUMER}.connection", connected="Connected to")
    if not os.geteuid():
        _log.warning(
            "running as root, and so do the compilers, on code of others: better as a user of its own"
        )
    warnings.filterwarnings("ignore", category=SecurityWarning)  # the same in eight lines
    worker = app.Worker(
        concurrency=processes,
        pool="prefork",
        loglevel="WARNING",
        hostname=f"bisectd-{os.getpid()}@%h",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)  # Celery has just turned them on
    logging.getLogger("celery.worker.request").addFilter(_matters)
    told = threading.Event()
    end_in_time = partial(_end_in_time, worker, store_url, settings.grace, told)
    worker_shutting_down.connect(end_in_time, weak=False)
    worker.start()
    if worker.exitcode and not told.is_set():
        raise MachineError("Celery ended by itself; see above. Start the worker again")


def _matters(record: logging.LogRecord) -> bool:
    """A message that cannot be acknowledged comes again, and finds its task taken."""
    return not record.getMessage().startswith("Couldn't ack")


def _end_in_time(worker: Any, store_url: str, grace: float, told: threading.Event, **_: object) -> None:
    """What takes too long is queued again, for others, and its processes end with this one."""
    told.set()

    def leave() -> None:
        left = worker.pool.info["processes"]
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with suppress(MachineError), Store.attach(store_url) as store, store.begin() as tx:
            for process in left:
                tx.tasks.give_back(name_of(process))
        os._exit(0)

    timer = threading.Timer(grace, leave)
    timer.daemon = True
    timer.start()


def _watched(*loggers: str, connected: str = "") -> Reach:
    """Say once what Celery says of its connection again and again."""
    reach = Reach("the broker")
    for name in loggers:
        lines = logging.getLogger(name)
        lines.setLevel(logging.INFO)
        lines.addFilter(Told(reach, connected))
    return reach


def beat(settings: Settings) -> None:
    """Send what is due again and again, until interrupted. One of these is enough.

    Its scheduler remembers nothing: what is due is due again after a restart.
    """
    setup_logging.connect(to_stderr, weak=False)
    reach = _watched("celery.beat")

    def sent(**_: object) -> None:
        reach.back()
        say_alive(settings)

    after_task_publish.connect(sent, weak=False)
    with suppress(SystemExit):  # how Celery leaves it
        application(settings).Beat(
            loglevel="WARNING", scheduler_cls="celery.beat:Scheduler", quiet=True
        ).run()


class _Process:
    """What one process of a worker does with messages."""

    def __init__(self, app: Celery, store_url: str, settings: Settings) -> None:
        self._app = app
        self._url = store_url
        self._settings = settings
        self._parent = os.getpid()

    def begin(self, **_: object) -> None:
        """In the new process."""
        die_with(self._parent)
        self._store = Store.attach(self._url)
        self._worker = Worker(Workplace(self._store, self._settings))
        self._publisher = Publisher(self._app, self._store, self._settings)

    def end(self, **_: object) -> None:
        """When the process ends in good order."""
        self._worker.work.close()
        self._store.close()

    def perform(self, number: int) -> None:
        """Do a task, unless it was taken already."""
        try:
            task = self._worker.patiently(lambda: self._worker.claim_one(number))
            if task and self._worker.do(task):
                self._publisher.publish()
        except BisectdError as error:  # of the store: the task is found again when its lease has run out
            _log.warning("task %s: %s", number, error)

    def schedule(self) -> None:
        """Do what is due."""
        self._now_and_then(lambda: run_due(self._store, self._settings))

    def sweep(self) -> None:
        """Find what was lost."""
        leases = self._worker.database.since(self._settings.lease)
        self._now_and_then(lambda: queue.sweep(self._store, self._settings, leases=leases))

    def _now_and_then(self, do: Callable[[], object]) -> None:
        if self._worker.database.attempt(do):
            self._publisher.publish()


def _register(app: Celery, store_url: str, settings: Settings) -> None:
    """The tasks, and the life of a process that does them."""
    process = _Process(app, store_url, settings)
    worker_process_init.connect(process.begin, weak=False)
    worker_process_shutdown.connect(process.end, weak=False)
    app.task(name=_PERFORM)(process.perform)
    app.task(name=_SCHEDULE)(process.schedule)
    app.task(name=_SWEEP)(process.sweep)


def send(app: Celery, producer: Any, task: QueuedTask) -> None:
    """Tell the broker of a task. One that is told twice is done once."""
    app.send_task(
        _PERFORM, (task.id,), producer=producer, retry=False, **_to(queue_name(task), task.priority)
    )


def _to(queue_name: str, priority: int, expires: float | None = None) -> dict[str, Any]:
    return {"queue": _queue(queue_name), "priority": priority, "expires": expires}


def _queue(name: str) -> Queue:
    """Reached by its name alone: bindings would be lost with the rest when Redis is emptied."""
    return Queue(name, Exchange(""), routing_key=name)
