# SPDX-License-Identifier: GPL-2.0-or-later
"""The queue where several write at once, and where somebody fails in the middle."""

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import psycopg
import pytest

from bisectd.domain.errors import Clash, LimitReached, MachineError, UserError
from bisectd.domain.jobs import Asked, JobKind, JobState, QueuedTask, TaskKind, TaskState
from bisectd.services import advance, jobs, queue, work
from bisectd.services.work import perform
from bisectd.store.store import Store, Transaction
from bisectd.store.tasks import Wanted
from tests.support.git_repos import build
from tests.support.hands import NAME, PROBE, TARGET, Hands
from tests.support.tiny_kernel import bad, good, line_of

ROUNDS = 60
AT_ONCE = 4


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    return build(tmp_path / "repository", line_of(good("a"), good("b"), bad("c")))


@pytest.fixture
def hands(tmp_path: Path, database: str, ids: list[str]) -> Iterator[Hands]:
    del ids
    with Store.open(database) as store:
        found = Hands(store, tmp_path / "repository", tmp_path / "data")
        yield found
        found.close()


@pytest.fixture
def on_postgresql(tmp_path: Path, postgresql_url: str, ids: list[str]) -> Iterator[Hands]:
    del ids
    with Store.open(postgresql_url) as store:
        found = Hands(store, tmp_path / "repository", tmp_path / "data")
        yield found
        found.close()


def wanted(kind: TaskKind, number: int) -> Wanted:
    key = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
    return Wanted(key, kind, "route", 0, {"number": number})


def together(*do: Callable[[], object]) -> None:
    """Each in a thread of its own, begun at once; what one raises is raised."""
    barrier = Barrier(len(do))

    def one(function: Callable[[], object]) -> None:
        barrier.wait()
        function()

    with ThreadPoolExecutor(len(do)) as threads:
        for done in [threads.submit(one, function) for function in do]:
            done.result()


def claimed(hands: Hands, worker: str = "one") -> QueuedTask:
    task = hands.claim(worker)
    assert task
    return task


def test_who_settles_and_who_wants_the_same_tasks_do_not_clash(on_postgresql: Hands, ids: list[str]) -> None:
    store = on_postgresql.store
    numbers = [on_postgresql.submit([ids[0]], ids[-1]).id for _ in range(AT_ONCE)]
    compiles = [wanted(TaskKind.COMPILE, number) for number in range(ROUNDS)]
    runs = [wanted(TaskKind.RUN, number) for number in range(ROUNDS)]
    first, *others = numbers
    with store.begin() as tx:
        tx.tasks.want(first, runs[::2])  # so that some runs have smaller numbers than their compiles
    with store.begin() as tx:
        tx.tasks.want(first, compiles)
        known = tx.tasks.of_keys(one.key for one in compiles)

    def settles() -> None:
        for compiled, run in zip(compiles, runs, strict=True):
            with store.begin() as tx:  # not `write`, which would hide a clash
                tx.tasks.settle(known[compiled.key], TaskState.DONE, then=run)

    def wants(job: int) -> None:
        for number in reversed(range(ROUNDS)):
            with store.begin() as tx:
                tx.jobs.lock(job)
                tx.tasks.want(job, [runs[number], compiles[number]])

    together(settles, *(lambda job=job: wants(job) for job in others))
    with store.read() as tx:
        assert {task.state for task in tx.tasks.of_keys(one.key for one in compiles).values()} == {
            TaskState.DONE
        }
        assert {task.state for task in tx.tasks.of_keys(one.key for one in runs).values()} == {
            TaskState.QUEUED
        }
        assert [tx.tasks.waiting(job) for job in numbers] == [ROUNDS] * len(numbers)


def test_a_transaction_that_clashes_is_done_again(on_postgresql: Hands, ids: list[str]) -> None:
    store = on_postgresql.store
    one, other = (on_postgresql.submit([ids[0]], ids[-1]).id for _ in range(2))
    met = Barrier(2)
    tries: list[int] = []

    def locks(first: int, second: int) -> Callable[[Transaction], None]:
        def both(tx: Transaction) -> None:
            tries.append(first)
            tx.jobs.lock(first)
            if tries.count(first) == 1:
                met.wait()
            tx.jobs.lock(second)

        return both

    together(lambda: store.write(locks(one, other)), lambda: store.write(locks(other, one)))
    assert len(tries) == 3


def test_a_clash_that_goes_on_is_told(hands: Hands) -> None:
    def clashes(_: Transaction) -> None:
        raise Clash("again and again")

    with pytest.raises(Clash, match="again and again"):
        hands.store.write(clashes)


def test_nothing_is_locked_while_the_broker_is_told(on_postgresql: Hands, ids: list[str]) -> None:
    on_postgresql.submit([ids[0]], ids[-1])

    def send(task: QueuedTask) -> None:
        with psycopg.connect(on_postgresql.store.url.replace("+psycopg", "")) as connection:
            connection.execute("SELECT id FROM tasks WHERE id = %s FOR UPDATE NOWAIT", [task.id])

    assert queue.publish(on_postgresql.store, send, on_postgresql.settings) == 1


@pytest.mark.parametrize("failure", [ConnectionError, KeyboardInterrupt])
def test_what_was_not_sent_stays_in_the_outbox(
    hands: Hands, ids: list[str], failure: type[BaseException]
) -> None:
    numbers = [hands.submit([ids[0]], ids[-1]).id for _ in range(3)]
    sent: list[int] = []

    def fails(task: QueuedTask) -> None:
        if sent:
            raise failure
        sent.append(task.payload["job"])

    with pytest.raises(failure):
        queue.publish(hands.store, fails, hands.settings)
    assert queue.publish(hands.store, lambda task: sent.append(task.payload["job"]), hands.settings) == 2
    assert sorted(sent) == numbers
    assert queue.publish(hands.store, fails, hands.settings) == 0


def test_more_tasks_than_are_published_together(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1]).id
    with hands.store.begin() as tx:
        tx.tasks.want(job, [wanted(TaskKind.RUN, number) for number in range(250)])
    sent: list[int] = []
    assert queue.publish(hands.store, lambda task: sent.append(task.id), hands.settings) == 251
    assert len(set(sent)) == 251


def test_a_worker_says_nothing_of_a_task_that_was_given_to_another(hands: Hands, ids: list[str]) -> None:
    hands.submit([ids[0]], ids[-1])
    perform(hands.work, claimed(hands))
    late = claimed(hands)
    hands.sweep()
    again = claimed(hands, "two")
    assert again.id == late.id
    assert not queue.failed(hands.store, late, "no compiler", hands.settings.attempts)
    assert not queue.settle(hands.store, late, TaskState.FAILED, "bug")
    assert hands.tasks(1, again.kind)[0].state is TaskState.RUNNING
    perform(hands.work, again)
    assert hands.tasks(1, again.kind)[0].state is TaskState.DONE


def test_what_a_worker_gives_back_is_not_counted(hands: Hands, ids: list[str]) -> None:
    hands.submit([ids[0]], ids[-1])
    task = claimed(hands)
    with hands.store.begin() as tx:
        assert tx.tasks.give_back("two") == 0
        assert tx.tasks.give_back("one") == 1
    again = claimed(hands, "two")
    assert (again.id, again.attempts) == (task.id, 0)


def test_leases_that_ran_out_while_the_database_was_away_say_nothing(hands: Hands, ids: list[str]) -> None:
    hands.submit([ids[0]], ids[-1])
    claimed(hands)
    late = 2e10
    assert queue.sweep(hands.store, hands.settings, late, leases=False) == 0
    assert queue.sweep(hands.store, hands.settings, late) == 1


def test_a_job_says_that_no_worker_offers_its_compiler(hands: Hands, ids: list[str]) -> None:
    asked = Asked(JobKind.BISECT, NAME, "gcc", PROBE, TARGET, (ids[0],), ids[-1])
    number = jobs.submit(hands.store, hands.settings, "me", jobs.Submission(asked)).id
    with hands.store.begin() as tx:
        tx.tasks.seen("one", {"zig": hands.work.offers["zig"]})
    queue.sweep(hands.store, hands.settings)
    assert hands.job(number).progress == {"lacks": "no live worker offers gcc"}
    changed = hands.job(number).changed
    queue.sweep(hands.store, hands.settings)
    assert hands.job(number).changed == changed
    with hands.store.begin() as tx:
        tx.tasks.seen("two", {"gcc": "gcc 12"})
    queue.sweep(hands.store, hands.settings)
    assert hands.job(number).progress == {}


def test_a_job_that_is_tried_again_takes_the_compiler_that_is_there(hands: Hands, ids: list[str]) -> None:
    job = hands.submit([ids[0]], ids[-1])
    perform(hands.work, claimed(hands))
    with hands.store.begin() as tx:
        tx.jobs.change(job.id, offer="zig of old")
    jobs.cancel(hands.store, job.id)
    jobs.retry(hands.store, hands.settings, job.id)
    hands.work_off()
    done = hands.job(job.id)
    assert (done.state, done.offer) == (JobState.DONE, hands.work.offers["zig"])


def test_a_repository_registered_by_several_at_once_is_one(database: str) -> None:
    with Store.open(database) as store:
        numbers: list[int] = []

        def registers(source: str) -> None:
            with store.begin() as tx:
                numbers.append(tx.branches.repository(source))

        sources = ["/a/linux", "/b/linux"] * AT_ONCE
        together(*(lambda source=source: registers(source) for source in sources))
        with store.read() as tx:
            known = tx.repositories.all()
    assert len(set(numbers)) == len(known) == 2
    assert {one.name for one in known} == {"linux", "linux-2"}


def test_a_task_that_is_wanted_while_another_job_gives_it_up_stays_queued(
    on_postgresql: Hands, ids: list[str]
) -> None:
    store = on_postgresql.store
    one, other = (on_postgresql.submit([ids[0]], ids[-1], user=user).id for user in ("me", "you"))
    task = wanted(TaskKind.COMPILE, 1)
    with store.begin() as tx:
        assert tx.tasks.want(one, [task]) == 1
    is_wanted = Event()

    def wants() -> None:
        with store.begin() as tx:
            tx.jobs.lock(other)
            assert tx.tasks.want(other, [task]) == 1
            is_wanted.set()
            waits_for_lock(store)

    def cancels() -> None:
        is_wanted.wait()
        jobs.cancel(store, one)

    together(wants, cancels)
    with store.read() as tx:
        assert tx.tasks.of_keys([task.key])[task.key].state is TaskState.QUEUED


def waits_for_lock(store: Store) -> None:
    """Until another transaction waits for one of ours."""
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with psycopg.connect(store.url.replace("+psycopg", ""), autocommit=True) as connection:
        while connection.execute(query).fetchone() != (1,):
            time.sleep(0.01)


@pytest.mark.parametrize("poisoned", [False, True])
def test_what_failed_under_one_job_is_tried_again_under_the_next(
    hands: Hands, ids: list[str], monkeypatch: pytest.MonkeyPatch, *, poisoned: bool
) -> None:
    def fails(*_: object) -> bool:
        raise MachineError("the disk is full")

    first = hands.submit([ids[0]], ids[-1]).id
    with monkeypatch.context() as patch:
        if not poisoned:
            patch.setitem(work._BY_KIND, TaskKind.COMPILE, fails)  # noqa: SLF001
        hands.work_off(lambda task: poisoned and task.kind is TaskKind.COMPILE)
    assert hands.job(first).state is (JobState.DONE if poisoned else JobState.FAILED)
    for number in (hands.submit([ids[0]], ids[-1], user="you").id, first):
        if number == first:
            jobs.retry(hands.store, hands.settings, first)
        hands.work_off()
        done = hands.job(number)
        assert (done.state, done.error) == (JobState.DONE, None)
        assert done.result
        assert done.result["outcome"] == "culprit"


def test_a_worker_that_was_given_up_does_not_fail_the_job(
    hands: Hands, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*_: object) -> None:
        raise UserError("no such file on this machine")

    job = hands.submit([ids[0]], ids[-1]).id
    stale = claimed(hands, "one")
    assert hands.sweep() == 1
    perform(hands.work, claimed(hands, "two"))
    with monkeypatch.context() as patch:
        patch.setattr(advance, "_answer", answer)
        perform(hands.work, stale)
    assert hands.job(job).state is JobState.RUNNING
    hands.work_off()
    assert hands.job(job).state is JobState.DONE


def test_who_submits_much_at_once_has_no_more_jobs_than_one_may(
    tmp_path: Path, on_postgresql: Hands, ids: list[str]
) -> None:
    limited = Hands(on_postgresql.store, tmp_path / "repository", tmp_path / "data", jobs_per_user=1)
    refused = []

    def submit() -> None:
        try:
            limited.submit([ids[0]], ids[-1])
        except LimitReached as error:
            refused.append(error)

    together(*[submit] * AT_ONCE)
    limited.close()
    with on_postgresql.store.read() as tx:
        assert tx.jobs.unfinished("me") == 1
    assert len(refused) == AT_ONCE - 1
