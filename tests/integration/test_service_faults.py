# SPDX-License-Identifier: GPL-2.0-or-later
"""What the service survives: its real processes are killed, its database and broker stopped, at bad moments.

Each job must come to the answer that the command line gives where nothing disturbs it; no task may be left
over, no observation be there twice, and no verdict differ.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from bisectd.cli.main import MACHINE_ERROR
from bisectd.domain.jobs import JobKind, JobState, TaskState
from bisectd.domain.verdict import Verdict
from bisectd.services.offers import route
from tests.support.grown import (
    CULPRIT,
    OTHER,
    PATIENCE,
    SOON,
    Grown,
    History,
    another_compiler,
    grown,
    history,
    pid_of,
    rows,
    until,
)
from tests.support.hands import NAME
from tests.support.servers import PostgreSQL, Redis
from workers import broker

BROKER, POLLING, SQLITE = "broker", "polling", "sqlite"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> History:
    return history(tmp_path_factory.mktemp("calm"))


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path, calm: History) -> Iterator[Grown]:
    """One way to run the service; the parameter says which."""
    kind = request.param
    url = f"sqlite:///{tmp_path}/x.db" if kind == SQLITE else request.getfixturevalue("postgresql_url")
    redis_url = request.getfixturevalue("redis").url if kind == BROKER else None
    with grown(tmp_path, url, redis_url, calm) as found:
        yield found


every_way = pytest.mark.parametrize("service", [BROKER, POLLING, SQLITE], indirect=True)
with_broker = pytest.mark.parametrize("service", [BROKER], indirect=True)
with_postgresql = pytest.mark.parametrize("service", [BROKER, POLLING], indirect=True)


def calm_lines(service: Grown) -> bool:
    """Nothing is said that an administrator could take for a loss."""
    return not [word for word in ("CRITICAL", "Deprecat", "Traceback") if word in service.logs()]


@every_way
def test_a_worker_killed_while_it_compiles(service: Grown) -> None:
    first, other = service.submit(), service.submit(JobKind.SCAN)
    service.whole(2)
    task = service.compiling()
    os.kill(pid_of(task), signal.SIGKILL)
    service.undisturbed(first, other)
    (again,) = [one for one in service.tasks() if one.id == task.id]
    assert (again.state, again.attempts) == (TaskState.DONE, 1)


@every_way
def test_a_worker_killed_while_it_probes(service: Grown) -> None:
    first, other = service.submit(), service.submit(JobKind.SCAN)
    service.whole(2)
    with service.probing() as task:
        os.kill(pid_of(task), signal.SIGKILL)
    service.undisturbed(first, other)
    (again,) = [one for one in service.tasks() if one.id == task.id]
    assert (again.state, again.attempts) == (TaskState.DONE, 1)


@every_way
def test_a_unit_that_takes_its_worker_down_each_time(service: Grown) -> None:
    good, bad = service.history.ids[NAME][CULPRIT - 1 : CULPRIT + 1]
    poisoned, other = service.submit(), service.submit(repository=OTHER)
    service.whole(2)
    killed = service.kills(lambda task: task.payload.get("commit") == good, poisoned, other)
    job = service.job(poisoned)
    service.undisturbed(other)
    assert killed == service.settings.attempts == 3
    assert (job.state, job.error) == (JobState.DONE, None)
    assert job.result
    assert job.result["outcome"] == "range"
    assert job.result["detail"]["commits"] == [good, bad]
    with service.store.read() as tx:
        (step,) = [step for step in tx.jobs.steps(poisoned) if step.commit == good]
    assert step.verdict is Verdict.UNTESTABLE
    assert step.reason.endswith("took its worker down 3 times: quarantined")
    assert service.logs().count("times: quarantined") == 1


@every_way
def test_two_workers_with_different_compilers(service: Grown, tmp_path: Path) -> None:
    if service.broker:
        service.beat()
    other = service.worker(env=another_compiler(tmp_path))
    first = service.submit()
    service.compiling()  # which ties the job to that worker's compiler
    other.kill()
    tied = service.job(first).offer
    service.worker()
    second = service.submit(JobKind.SCAN)
    service.finished(second)
    assert service.job(second).offer != tied
    until(lambda: service.job(first).progress.get("lacks") == f"no live worker offers {tied}")
    mine = {task.worker for task in service.tasks() if task.route == route(service.job(second).offer)}
    assert not [task for task in service.tasks() if task.route == route(tied) and task.worker in mine]
    service.worker(env=another_compiler(tmp_path / "again"))
    third = [service.submit(kind) for kind in (JobKind.BISECT, JobKind.SCAN) * 3]
    service.undisturbed(first, second, *third)
    assert "lacks" not in service.job(first).progress
    with service.store.read() as tx:
        offers = {worker.name: worker.offers["zig"] for worker in tx.tasks.workers(0)}
    assert len(set(offers.values())) == 2
    done = service.tasks(state=TaskState.DONE)
    assert {task.route for task in done} == {route(offer) for offer in offers.values()}
    assert all(task.route == route(offers[task.worker]) for task in done if task.worker in offers)
    made = rows(
        service.url,
        "SELECT o.toolchain, u.toolchain FROM observations o JOIN fingerprints f USING (fingerprint) "
        "JOIN commit_units c ON c.unit_key = f.unit_key JOIN units u ON u.key = c.unit_key",
    )
    compilers = {offer.partition(", engine")[0] for offer in offers.values()}
    assert {own for own, _ in made} == compilers


@with_broker
def test_the_broker_stopped_and_started(service: Grown, redis: Redis) -> None:
    worker = service.whole(2)
    _, url = service.serve()
    first = service.post(url)
    service.while_compiling(redis.stop)
    second = service.post(url)  # answered at once: nobody waits for the broker
    until(lambda: "the broker is away" in worker.log, service.logs)
    redis.start()
    service.undisturbed(first, second)
    until(lambda: "the broker is back" in worker.log, service.logs)
    assert worker.log.count("the broker is away") <= 3  # once by each process
    assert calm_lines(service)


@with_broker
def test_a_task_that_outlasts_the_connection_it_came_by(service: Grown, redis: Redis) -> None:
    worker = service.whole()
    first = service.submit()
    with service.compiling_held():
        redis.restart()
        until(lambda: "the broker is back" in worker.log, service.logs)
    service.undisturbed(first)
    assert calm_lines(service)


@with_broker
def test_the_broker_emptied(service: Grown, redis: Redis) -> None:
    redis.flush()
    service.whole(2)
    _, url = service.serve()
    first = service.post(url)
    service.while_compiling(redis.flush)
    second = service.post(url)
    redis.flush()
    service.undisturbed(first, second)
    redis.flush()
    service.undisturbed(service.post(url))


@with_broker
def test_the_broker_hangs(service: Grown, redis: Redis) -> None:
    service.whole(2)
    _, url = service.serve()
    first = service.post(url)
    service.while_compiling(redis.pause)
    second = service.post(url)
    until(lambda: service.log_of("serve").count("the broker is away") == 1, service.logs)
    with psycopg.connect(service.url) as connection:  # and no row stays locked by whoever waits for it
        connection.execute("SELECT id FROM tasks FOR UPDATE NOWAIT")
    redis.resume()
    service.undisturbed(first, second)


@with_postgresql
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_the_database_restarted(service: Grown, postgresql: PostgreSQL, how: str) -> None:
    worker = service.whole(2)
    _, url = service.serve("--jobs", 1)
    first, other = service.post(url), service.submit(JobKind.SCAN)
    with service.compiling_held() as compiler:
        getattr(postgresql, how)()
        os.kill(compiler, signal.SIGCONT)
        assert (
            httpx.get(f"{url}/api/v1/jobs/{first}", timeout=SOON).status_code
            == httpx.codes.SERVICE_UNAVAILABLE
        )
        until(lambda: worker.log.count("the database is away") >= 2, service.logs)
        time.sleep(2 * service.settings.lease)  # all leases run out
        postgresql.start()
    service.undisturbed(first, other, service.post(url))
    assert {task.attempts for task in service.tasks()} == {0}  # a restart is no fault of any task
    assert worker.log.count("the database is away") <= 2 * 3  # once by each process and outage
    assert "Traceback" not in service.logs()


@every_way
def test_the_web_server_killed(service: Grown) -> None:
    service.whole(2)
    web, url = service.serve()
    first = service.post(url)
    service.while_compiling(web.kill)
    second = service.submit()  # stored, and nobody lived to tell the broker
    service.undisturbed(first, second)
    _, url = service.serve()
    assert httpx.get(f"{url}/api/v1/jobs/{first}").json()["state"] == "done"


@with_broker
def test_tasks_delivered_many_times(service: Grown) -> None:
    service.whole(2)
    numbers = [service.submit(), service.submit(JobKind.SCAN)]
    app = broker.application(service.settings)
    sent: set[tuple[int, TaskState]] = set()
    with app.producer_pool.acquire(block=True) as producer:

        def ended() -> bool:
            for task in service.tasks():  # those that run and that are done, too
                if (task.id, task.state) not in sent:
                    sent.add((task.id, task.state))
                    broker.send(app, producer, task)
                    broker.send(app, producer, task)
            return all(service.job(number).state.final for number in numbers)

        until(ended, service.logs)
    service.undisturbed(*numbers)
    assert {task.attempts for task in service.tasks()} == {0}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@every_way
def test_told_to_end_all_processes_do(service: Grown, number: signal.Signals) -> None:
    worker = service.worker(2)
    web, _ = service.serve("--jobs", 1)
    started = [worker, web]
    if service.broker:
        started.append(service.beat())
    for process in started:
        assert process.end(number) in {0, 130}, process.log
        assert "Traceback" not in process.log


@every_way
def test_what_is_under_way_when_a_worker_is_told_to_end(service: Grown) -> None:
    job = service.submit()
    worker = service.whole()
    with service.compiling_held():  # it will not end by itself
        assert worker.end() == 0
    assert TaskState.RUNNING not in {task.state for task in service.tasks()}
    assert {task.attempts for task in service.tasks()} == {0}
    service.worker()
    service.undisturbed(job)


@with_broker
def test_a_worker_that_the_broker_cannot_serve_ends_and_says_so(service: Grown, redis: Redis) -> None:
    with redis.client() as client:
        client.set("service", "no list")  # where a queue ought to be
    worker = service.start("worker", "--jobs", 1)
    assert worker.popen.wait(PATIENCE) == MACHINE_ERROR, worker.log
    assert "WRONGTYPE" in worker.log
    assert "Celery ended by itself" in worker.log.splitlines()[-1]
    assert "Traceback" not in worker.log
