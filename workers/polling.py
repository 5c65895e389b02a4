# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes that ask the database for tasks: the service without a broker."""

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from typing import TypeVar

from bisectd.domain.errors import Away, BisectdError, MachineError
from bisectd.domain.jobs import QueuedTask
from bisectd.services import queue
from bisectd.services.offers import routes
from bisectd.services.work import perform
from bisectd.services.workplace import Workplace
from bisectd.settings import Settings, say_alive
from bisectd.store.store import Store
from workers.logs import Reach, to_stderr
from workers.pool import belong_to

_SHORT, _LONG = 0.05, 0.25  # seconds between two looks for work: at first, and after none for a while
_TICK = 0.2  # seconds between two looks at the worker processes
_TROUBLE = 1.0  # seconds to wait where the database cannot be reached
_PATIENCE = 120.0  # seconds for which that is done

T = TypeVar("T")
_log = logging.getLogger(__name__)


def name_of(process: int | None) -> str:
    """What a worker process of this machine is called."""
    return f"{socket.gethostname()}:{process}"


class Worker:
    """One worker process: takes tasks, and says while it does them that it lives."""

    def __init__(self, work: Workplace, stopping: threading.Event | None = None) -> None:
        self.work = work
        self._stopping = stopping or threading.Event()
        self.database = Reach("the database")
        self.name = name_of(os.getpid())
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

        One that takes longer than is allowed is killed with its worker. Where the database is away it is
        performed again when that is back, so that nothing is lost and the task is not to blame.
        """

        def performed() -> bool:
            self._since, self._doing = time.monotonic(), task
            return perform(self.work, task)

        try:
            return self.patiently(performed)
        finally:
            self._doing = None

    def patiently(self, do: Callable[[], T]) -> T:
        """Do what needs the database, again while that is away; Away when that was for long."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                with self.database.needed():
                    return do()
            except Away:
                if time.monotonic() > deadline or self._stopping.wait(_TROUBLE):
                    raise

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
            with suppress(BisectdError), self.database.needed():  # it will be back, or the lease runs out
                self.say()
                say_alive(self.work.settings)
            if self.work.fetching:
                self._since = time.monotonic()
            if self._doing and time.monotonic() - self._since > self.work.settings.hard_limit:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.work.settings.lease / 3)


def serve_tasks(url: str, settings: Settings, parent: int) -> None:
    """The life of a worker process: until its parent ends it."""
    to_stderr()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    belong_to(parent)
    with Store.attach(url) as store:
        worker = Worker(Workplace(store, settings), stopping)
        try:
            pause = _SHORT
            while not stopping.is_set():
                if _next(worker, stopping):
                    pause = _SHORT
                else:
                    stopping.wait(pause)
                    pause = min(1.1 * pause, _LONG)
        finally:
            worker.work.close()


def _next(worker: Worker, stopping: threading.Event) -> bool:
    """Do the next task; whether there was one."""
    try:
        task = worker.patiently(worker.claim)
        if task:
            worker.do(task)
    except BisectdError as error:  # of the store: what was taken is found again when its lease has run out
        if not stopping.is_set():
            _log.warning("%s", error)
            stopping.wait(_TROUBLE)
        return False
    return task is not None


class Crew:
    """Worker processes of this machine, and the sweeper. A process that dies is replaced."""

    def __init__(self, store: Store, settings: Settings, size: int) -> None:
        self._store = store
        self._settings = settings
        self._context = multiprocessing.get_context("spawn")
        self._members: list[BaseProcess] = []
        self._stopping = threading.Event()
        self._size = size
        self._database = Reach("the database")

    def run(self) -> None:
        """Until `leave`. The processes die with the thread that started them: it ends them, too."""
        last_sweep = time.monotonic()
        try:
            while not self._stopping.wait(_TICK):
                self._replace_dead()
                if time.monotonic() - last_sweep > self._settings.sweep:
                    last_sweep = time.monotonic()
                    self._sweep()
        finally:
            self._end()

    def leave(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    def _end(self) -> None:
        """Let each finish what it does, and end it. What takes longer is queued again."""
        self.leave()
        for member in self._members:
            member.terminate()
        deadline = time.monotonic() + self._settings.grace
        for member in self._members:
            member.join(max(0.0, deadline - time.monotonic()))
            if member.is_alive():
                member.kill()
                member.join()
                with suppress(MachineError), self._store.begin() as tx:
                    tx.tasks.give_back(name_of(member.pid))

    def _replace_dead(self) -> None:
        dead = [member for member in self._members if not member.is_alive()]
        for member in dead:
            _log.warning("worker process %s was lost (exit code %s)", member.pid, member.exitcode)
            self._members.remove(member)
        try:
            while len(self._members) < self._size and not self._stopping.is_set():
                self._members.append(self._hire())
        except OSError as error:
            _log.error("no worker process can be started: %s", error)
            self._stopping.wait(_TROUBLE)

    def _sweep(self) -> None:
        leases = self._database.since(self._settings.lease)
        self._database.attempt(lambda: queue.sweep(self._store, self._settings, leases=leases))

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
        members.leave()
        thread.join()
