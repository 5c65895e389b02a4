# SPDX-License-Identifier: GPL-2.0-or-later
"""What worker processes and the clock outlive."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import update

from bisectd.domain.errors import Away, MachineError, Unusable
from bisectd.domain.jobs import Asked, JobKind, TaskKind, TaskState
from bisectd.history import mirror
from bisectd.services import jobs, mirrors, work
from bisectd.services.follow import register
from bisectd.services.work import perform
from bisectd.store.branches import Followed
from bisectd.store.store import Store, Transaction
from bisectd.store.tables.service import RepositoryRow
from tests.support.git_repos import build
from tests.support.grown import until
from tests.support.hands import PROBE, TARGET, TOOLCHAIN, Hands
from tests.support.tiny_kernel import bad, good, line_of
from workers import polling
from workers.polling import Crew, Worker, crew
from workers.scheduler import scheduler

LEASE = 0.6


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    return build(tmp_path / "repository", line_of(good("a"), good("b"), bad("c")))


@pytest.fixture
def hands(tmp_path: Path, ids: list[str]) -> Iterator[Hands]:
    del ids
    with Store.open(str(tmp_path / "x.db")) as store:
        found = Hands(
            store, tmp_path / "repository", tmp_path / "data", lease=LEASE, grace=60.0, sweep=0.1, fetch=0.0
        )
        yield found
        found.close()


def test_a_worker_goes_on_saying_that_it_lives(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, calls = hands.store.begin, []

    def fails_at_first() -> AbstractContextManager[Transaction]:
        calls.append(1)
        if len(calls) == 1:
            raise Unusable("database x is read-only, perhaps a replica")
        return begin()

    monkeypatch.setattr(hands.store, "begin", fails_at_first)
    worker = Worker(hands.work)

    def seen() -> list[str]:
        with hands.store.read() as tx:
            return [one.name for one in tx.tasks.workers(0)]

    until(lambda: seen() == [worker.name])


def test_a_database_that_is_no_good_for_a_moment_is_no_verdict_on_a_task(
    hands: Hands, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bool:
        raise Unusable("database x is read-only, perhaps a replica")

    hands.submit([ids[0]], ids[-1])
    task = hands.claim()
    assert task
    with monkeypatch.context() as patch:
        patch.setitem(work._BY_KIND, TaskKind.ADVANCE, fails)  # noqa: SLF001
        with pytest.raises(Away):
            perform(hands.work, task)
    with hands.store.read() as tx:
        assert tx.tasks.of_keys([task.key])[task.key].state is TaskState.RUNNING


def test_a_crew_that_ends_lets_its_workers_finish(hands: Hands, ids: list[str]) -> None:
    hands.submit([ids[0]], ids[-1])
    with crew(hands.store, hands.settings, 1) as members:
        until(lambda: running(hands))
        (member,) = members._members  # noqa: SLF001
        assert member.pid
        os.kill(member.pid, signal.SIGSTOP)
        wake = threading.Timer(1, os.kill, (member.pid, signal.SIGCONT))
        wake.start()
    wake.join()
    assert member.exitcode == 0
    assert not running(hands)


def running(hands: Hands) -> list[str]:
    with hands.store.read() as tx:
        return [one.name for one in tx.tasks.workers(0) if one.task]


def test_a_crew_outlives_a_process_that_cannot_be_started(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hire = Crew._hire  # noqa: SLF001
    failures = [OSError(11, "Resource temporarily unavailable")]

    def fails_once(self: Crew) -> object:
        if failures:
            raise failures.pop()
        return hire(self)

    monkeypatch.setattr(polling, "_TROUBLE", 0.1)
    monkeypatch.setattr(Crew, "_hire", fails_once)
    with crew(hands.store, hands.settings, 1) as members:
        until(lambda: members._members)  # noqa: SLF001
    assert "no worker process can be started: [Errno 11] Resource" in caplog.text


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x.git"


def test_a_server_that_says_nothing_is_given_up(
    tmp_path: Path, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "_SILENCE", 1)
    with pytest.raises(MachineError, match="cannot fetch"):
        mirror.fetch(silent, tmp_path / "copy.git")


def test_a_long_fetch_is_not_counted_as_time_of_its_task(
    tmp_path: Path, hands: Hands, ids: list[str], silent: str
) -> None:
    here = hands.settings
    mirrors.register(hands.store, here.data, "mirror", (tmp_path / "repository").as_uri())
    asked = Asked(JobKind.BISECT, "mirror", TOOLCHAIN, PROBE, TARGET, (ids[0],), ids[-1])
    jobs.submit(hands.store, here, "me", jobs.Submission(asked))
    with hands.store.begin() as tx:
        tx.repositories._session.execute(update(RepositoryRow).values(source=silent))  # noqa: SLF001
    elsewhere = {"data": tmp_path / "elsewhere", "hard_limit": LEASE, "grace": 0.0}
    with crew(hands.store, here.model_copy(update=elsewhere), 1) as members:
        until(lambda: running(hands))
        before = list(members._members)  # noqa: SLF001
        time.sleep(6 * LEASE)
        assert members._members == before  # noqa: SLF001
        assert running(hands)


def test_the_clock_outlives_a_folder_that_cannot_be_used(
    tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    registered = mirrors.register(
        hands.store, hands.settings.data, "mirror", (tmp_path / "repository").as_uri()
    )
    register(hands.store, registered.id, Followed("main", (PROBE,), (TARGET,), TOOLCHAIN, ""))
    folder = hands.settings.data / "repositories"
    folder.rename(tmp_path / "aside")
    folder.write_text("")  # as with a volume that is not mounted

    def jobs_of_the_service() -> int:
        with hands.store.read() as tx:
            return tx.jobs.unfinished("bisectd")

    with scheduler(hands.store, hands.settings):
        time.sleep(5 * hands.settings.sweep)
        folder.unlink()
        (tmp_path / "aside").rename(folder)
        until(jobs_of_the_service)
    assert not died
