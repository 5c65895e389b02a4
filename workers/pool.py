# SPDX-License-Identifier: GPL-2.0-or-later
"""The local workers: processes on this machine, no broker."""

import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from bisectd.domain.errors import MachineError
from bisectd.domain.evaluation import Evaluation, Setup
from workers.evaluate import evaluate

_PR_SET_PDEATHSIG = 1  # prctl(2)

T = TypeVar("T")


class Processes:
    """Up to `jobs` worker processes, started when the first one is needed."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._executor: ProcessPoolExecutor | None = None

    def started(self) -> ProcessPoolExecutor:
        """New processes, not forks: the caller may have threads (the display) and an open database."""
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(
                self.jobs, context, initializer=belong_to, initargs=(os.getpid(),)
            )
        return self._executor

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


class LocalPool(Processes):
    """Workers that judge commits with one setup."""

    def __init__(self, setup: Setup, jobs: int) -> None:
        super().__init__(jobs)
        self._setup = setup
        self.begun: dict[str, Future[Evaluation]] = {}

    def begin(self, commits: Sequence[str]) -> None:
        """Start judging what will be asked soon."""
        executor = self.started()
        with undisturbed():
            for commit in commits:
                if commit not in self.begun:
                    self.begun[commit] = executor.submit(evaluate, self._setup, commit)

    def evaluate(self, commits: Sequence[str]) -> Iterator[Evaluation]:
        """Judge commits, in the order in which they get done. The first failure ends it."""
        self.begin(commits)
        tasks = [self.begun.pop(commit) for commit in commits]
        yield from finished(tasks)


def finished(tasks: Sequence[Future[T]]) -> Iterator[T]:
    """What tasks give, in the order in which they get done. The first failure cancels the rest."""
    try:
        for task in as_completed(tasks):
            yield task.result()
    except BrokenProcessPool:
        raise MachineError(
            "a worker process was killed (out of memory?): run again, or with fewer --jobs"
        ) from None
    finally:
        for task in tasks:
            task.cancel()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C while processes start: they inherit that, and would answer it with a traceback each."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers, and only it gets the signal
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def belong_to(parent: int) -> None:
    """Ctrl-C is the parent's to handle, and its death is the worker's: it would wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before that was set
        os.kill(os.getpid(), signal.SIGKILL)
