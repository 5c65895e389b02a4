# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes that ask the database for tasks: the service without a broker."""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess

from bisectd.domain.errors import MachineError
from bisectd.domain.jobs import QueuedTask
from bisectd.services import queue
from bisectd.services.offers import routes
from bisectd.services.work import perform
from bisectd.services.workplace import Workplace
from bisectd.settings import Settings, say_alive
from bisectd.store.store import Store
from workers.pool import belong_to

_IDLE = 0.05  # seconds between two looks for work
_TROUBLE = 1.0  # seconds to wait where the database cannot be reached


class Worker:
    """One worker process: takes tasks, and says while it does them that it lives."""

    def __init__(self, work: Workplace) -> None:
        self.work = work
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._doing: QueuedTask | None = None
        self._since = time.monotonic()
        self._busy = False
        threading.Thread(target=self._live, daemon=True, name="heartbeat").start()

    def claim(self) -> QueuedTask | None:
        """The most urgent task that is queued for this worker, taken."""
        wanted = routes(self.work.offers)
        if not self._busy:  # nor was there anything a moment ago
            with self.work.store.read() as tx:
                if not tx.tasks.any_queued(wanted):
                    return None
        with self.work.store.begin() as tx:
            task = tx.tasks.claim(wanted, self.name, self.work.settings.lease)
        self._busy = task is not None
        return task

    def claim_one(self, task: int) -> QueuedTask | None:
        """A task by its number, taken, if it is still to be done."""
        with self.work.store.begin() as tx:
            return tx.tasks.claim_one(task, routes(self.work.offers), self.name, self.work.settings.lease)

    def do(self, task: QueuedTask) -> bool:
        """Perform a task that was taken; whether it queued others.

        One that takes longer than is allowed is killed with its worker.
        """
        self._since, self._doing = time.monotonic(), task
        try:
            return perform(self.work, task)
        finally:
            self._doing = None

    def say(self) -> None:
        """Say that this worker lives."""
        doing = self._doing
        with self.work.store.begin() as tx:
            tx.tasks.seen(self.name, self.work.offers)
            if doing:
                tx.tasks.renew(doing.id, self.name, self.work.settings.lease)

    def _live(self) -> None:
        """Keep saying so, from a thread of its own: tasks keep the other one busy."""
        while True:
            with suppress(MachineError):  # the database will be back, or the lease runs out
                self.say()
                say_alive(self.work.settings)
            if self._doing and time.monotonic() - self._since > self.work.settings.hard_limit:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.work.settings.lease / 3)


def serve_tasks(url: str, settings: Settings, parent: int) -> None:
    """The life of a worker process: until its parent ends it."""
    belong_to(parent)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with Store.open(url) as store:
        worker = Worker(Workplace(store, settings))
        try:
            while not stopping.is_set():
                _next(worker, stopping)
        finally:
            worker.work.close()


def _next(worker: Worker, stopping: threading.Event) -> None:
    """Do the next task, or wait a little where there is none."""
    try:
        task = worker.claim()
        if task is None:
            stopping.wait(_IDLE)
            return
        worker.do(task)
    except MachineError:  # of the store: what was taken is found again when its lease has run out
        stopping.wait(_TROUBLE)


class Crew:
    """Worker processes of this machine, and the sweeper. A process that dies is replaced."""

    def __init__(self, store: Store, settings: Settings, size: int) -> None:
        self._store = store
        self._settings = settings
        self._context = multiprocessing.get_context("spawn")
        self._members: list[BaseProcess] = []
        self._stopping = threading.Event()
        self._size = size

    def run(self) -> None:
        """Until `stop`."""
        last_sweep = 0.0
        while not self._stopping.wait(0.2):
            self._members = [member for member in self._members if member.is_alive()]
            while len(self._members) < self._size:
                self._members.append(self._hire())
            if time.monotonic() - last_sweep > self._settings.sweep:
                last_sweep = time.monotonic()
                with suppress(MachineError):
                    queue.sweep(self._store, self._settings)

    def stop(self) -> None:
        """Let each finish what it does, and end it."""
        self._stopping.set()
        for member in self._members:
            member.terminate()
        for member in self._members:
            member.join(10)
            if member.is_alive():
                member.kill()

    def _hire(self) -> BaseProcess:
        member = self._context.Process(
            target=serve_tasks, args=(self._store.url, self._settings, os.getpid()), name="bisectd worker"
        )
        member.start()
        return member


@contextmanager
def crew(store: Store, settings: Settings, size: int) -> Iterator[Crew]:
    """A crew at work in the background, for as long as the block lasts."""
    members = Crew(store, settings, size)
    thread = threading.Thread(target=members.run, daemon=True, name="crew")
    thread.start()
    try:
        yield members
    finally:
        members.stop()
        thread.join(15)
