# SPDX-License-Identifier: GPL-2.0-or-later
"""What the service survives: its real processes are killed, its database and broker stopped, at bad moments.

Each job must come to the answer that the command line gives where nothing disturbs it; no task may be left over,
no observation be there twice, and no verdict differ.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bisectd.domain.jobs import JobKind, TaskKind, TaskState
from tests.support.grown import Grown, History, grown, history, pid_of, until
from tests.support.servers import PostgreSQL, Redis

BROKER, POLLING, SQLITE = "broker", "polling", "sqlite"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> History:
    return history(tmp_path_factory.mktemp("calm"))


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path, calm: History) -> Iterator[Grown]:
    """One way to run the service; the parameter says which."""
    kind = request.param
    url = f"sqlite:///{tmp_path}/x.db" if kind == SQLITE else request.getfixturevalue("postgresql_url")
    broker = request.getfixturevalue("redis").url if kind == BROKER else None
    with grown(tmp_path, url, broker, calm) as found:
        yield found


every_way = pytest.mark.parametrize("service", [BROKER, POLLING, SQLITE], indirect=True)
with_broker = pytest.mark.parametrize("service", [BROKER], indirect=True)
with_postgresql = pytest.mark.parametrize("service", [BROKER, POLLING], indirect=True)


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
