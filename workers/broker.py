# SPDX-License-Identifier: GPL-2.0-or-later
"""Celery on Redis: messages that name tasks of the database, to workers on any number of machines.

A message says no more than a number. One that comes twice finds its task taken; one that is lost is sent
again by the sweeper. So Redis may be stopped or emptied at any time.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, worker_process_init, worker_process_shutdown
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from bisectd.domain.errors import MachineError
from bisectd.domain.jobs import QueuedTask, TaskKind
from bisectd.services import queue
from bisectd.services.offers import offers, route
from bisectd.services.schedule import run_due
from bisectd.services.workplace import Workplace
from bisectd.settings import Settings, say_alive
from bisectd.store.store import Store
from workers.polling import Worker
from workers.pool import die_with

_log = logging.getLogger(__name__)
_SERVICE = "service"
_PERFORM, _SWEEP, _SCHEDULE = "bisectd.perform", "bisectd.sweep", "bisectd.schedule"
_SLACK = 60.0  # seconds between our own limit of a task's time, Celery's, and the broker's patience
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
    app = Celery("bisectd", broker=url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_ignore_result=True,
        task_time_limit=settings.hard_limit + _SLACK,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": settings.hard_limit + 2 * _SLACK,
            "queue_order_strategy": "priority",
            "priority_steps": [0, 3, 6, 9],
            "socket_connect_timeout": _CONNECT,
            "socket_timeout": 2 * _CONNECT,
        },
        accept_content=["json"],
        task_create_missing_queues=False,
        worker_hijack_root_logger=False,
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


def publisher(store: Store, settings: Settings) -> Callable[[], None]:
    """Something that empties the outbox. Where Redis cannot be reached it stays as it is, for the sweeper."""
    app = application(settings)
    return lambda: publish(app, store, settings)


def publish(app: Celery, store: Store, settings: Settings) -> None:
    """Tell the broker of all tasks that it has not been told of."""
    try:
        with app.producer_pool.acquire(block=True) as producer:
            queue.publish(store, lambda task: _send(app, producer, task), settings)
    except (OperationalError, RedisError, OSError) as error:
        _log.warning("the broker cannot be reached: %s", error)


def work(store_url: str, settings: Settings, processes: int) -> None:
    """Be a worker of this machine, until interrupted."""
    app = application(settings)
    offered = offers()
    app.conf.task_queues = [_queue(name) for name in queues(offered)]
    _register(app, store_url, settings)
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
    worker.start()


def beat(settings: Settings) -> None:
    """Send what is due again and again, until interrupted. One of these is enough.

    Its scheduler remembers nothing: what is due is due again after a restart.
    """
    after_task_publish.connect(lambda **_: say_alive(settings), weak=False)
    application(settings).Beat(loglevel="WARNING", scheduler_cls="celery.beat:Scheduler").run()


def _register(app: Celery, store_url: str, settings: Settings) -> None:
    """The tasks, and the life of a process that does them."""
    here: dict[str, Any] = {}
    parent = os.getpid()

    def begin(**_: object) -> None:
        die_with(parent)
        here["store"] = store = Store.open(store_url)
        here["worker"] = Worker(Workplace(store, settings))

    def end(**_: object) -> None:
        here["worker"].work.close()
        here["store"].close()

    worker_process_init.connect(begin, weak=False)
    worker_process_shutdown.connect(end, weak=False)

    @app.task(name=_PERFORM)
    def perform(number: int) -> None:
        worker: Worker = here["worker"]
        try:
            task = worker.claim_one(number)
            if task and worker.do(task):
                publish(app, worker.work.store, settings)
        except MachineError as error:  # of the store: the task is found again when its lease has run out
            _log.warning("task %s: %s", number, error)

    @app.task(name=_SCHEDULE)
    def schedule() -> None:
        store: Store = here["store"]
        try:
            run_due(store, settings)
        except MachineError as error:
            _log.warning("%s", error)
        publish(app, store, settings)

    @app.task(name=_SWEEP)
    def sweep() -> None:
        store: Store = here["store"]
        try:
            queue.sweep(store, settings)
        except MachineError as error:
            _log.warning("not swept: %s", error)
        publish(app, store, settings)


def _send(app: Celery, producer: Any, task: QueuedTask) -> None:
    app.send_task(
        _PERFORM, (task.id,), producer=producer, retry=False, **_to(queue_name(task), task.priority)
    )


def _to(queue_name: str, priority: int, expires: float | None = None) -> dict[str, Any]:
    return {"queue": _queue(queue_name), "priority": priority, "expires": expires}


def _queue(name: str) -> Queue:
    """Reached by its name alone: bindings would be lost with the rest when Redis is emptied."""
    return Queue(name, Exchange(""), routing_key=name)
