# SPDX-License-Identifier: GPL-2.0-or-later
"""A job followed by server-sent events."""

import gc
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bisectd.client.remote import Remote
from bisectd.domain.errors import Away
from bisectd.services import tokens
from bisectd.services.jobs import cancel
from bisectd.services.watching import Watch
from bisectd.store.store import Transaction
from tests.support.served import PATIENCE, Served, serving

STREAMS = 100
Event = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


def events(client: httpx.Client, job: int, after: str | None = None) -> list[Event]:
    """Name, id and data of all events of a job, up to its end."""
    headers = {"Last-Event-ID": after} if after else {}
    with client.stream("GET", f"/jobs/{job}/events", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        blocks = "\n".join(response.iter_lines()).split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    return [(one["event"], one["id"], json.loads(one["data"])) for one in fields if "data" in one]


def test_a_job_is_told_as_it_comes_to_know_and_its_end_is_last(served: Served) -> None:
    with served.client() as client:
        found = events(client, served.bisect(served.ids[0], served.ids[-1]))
        steps = client.get(f"/jobs/{found[0][2]['id']}/steps").json()["items"]
    assert found[-1][0] == "end"
    assert found[-1][2] == {"state": "done", "error": None}
    assert [data for name, _, data in found if name == "step"] == steps
    states = [data["state"] for name, _, data in found if name == "job"]
    assert states == sorted(states, key=["queued", "running", "done"].index)
    assert states[-1] == "done"
    numbers = [int(number) for _, number, _ in found]
    assert numbers == sorted(numbers)
    assert found[-1][1] == str(steps[-1]["id"])


def test_a_stream_that_broke_goes_on_after_the_last_event(served: Served) -> None:
    job = served.bisect(served.ids[0], served.ids[-1])
    served.finished(job)
    with served.client() as client:
        whole = events(client, job)
        steps = [number for name, number, _ in whole if name == "step"]
        rest = events(client, job, after=steps[1])
        nothing = events(client, job, after=steps[-1])
        assert client.get(f"/jobs/{job}/events", headers={"Last-Event-ID": "x"}).status_code == 422
        assert client.get("/jobs/4711/events").status_code == 404
    assert whole[0][0] == rest[0][0] == "job"
    assert rest[0][1] == steps[1]
    assert rest[1:] == whole[3:]
    assert [name for name, _, _ in nothing] == ["job", "end"]


def test_many_streams_keep_nobody_waiting_and_end_with_their_clients(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0) as idle, ExitStack() as stack:
        job = idle.bisect(idle.ids[0], idle.ids[-1])
        limits = httpx.Limits(max_connections=STREAMS)
        client = stack.enter_context(
            httpx.Client(base_url=f"{idle.url}/api/v1", limits=limits, timeout=PATIENCE)
        )
        streams = [
            stack.enter_context(client.stream("GET", f"/jobs/{job}/events")).iter_lines()
            for _ in range(STREAMS)
        ]
        assert all(_first(lines)["state"] == "queued" for lines in streams)
        assert _watches() == STREAMS
        with idle.client("submit") as other:
            for _ in range(50):
                assert other.get("/jobs").json()["items"][0]["id"] == job
            other.post(f"/jobs/{job}/cancel").raise_for_status()
        assert all(_last(lines)["state"] == "cancelled" for lines in streams[: STREAMS // 2])
        again = idle.bisect(idle.ids[0], idle.ids[-1])
        left = stack.enter_context(idle.client())
        with left.stream("GET", f"/jobs/{again}/events") as response:
            assert _first(response.iter_lines())["id"] == again
        stack.pop_all().close()
        deadline = time.monotonic() + PATIENCE
        while _watches():
            assert time.monotonic() < deadline, "streams are at work for clients that have left"
            time.sleep(0.1)


def test_streams_are_for_readers(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0, public_read=False) as idle:
        job = idle.bisect(idle.ids[0], idle.ids[-1])
        with idle.client() as anybody, idle.client("read") as reader:
            assert anybody.get(f"/jobs/{job}/events").status_code == 401
            with reader.stream("GET", f"/jobs/{job}/events") as response:
                assert response.status_code == 200


def test_a_stream_ends_with_its_token(tmp_path: Path) -> None:
    with serving(tmp_path, workers=0, public_read=False) as idle:
        job = idle.bisect(idle.ids[0], idle.ids[-1])
        token, secret = tokens.make(idle.store, "noor", "read")
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.stream(
            "GET", f"{idle.url}/api/v1/jobs/{job}/events", headers=headers, timeout=20.0
        ) as stream:
            lines = stream.iter_lines()
            assert _first(lines)["state"] == "queued"
            tokens.revoke(idle.store, token.id)
            assert not any(line == "event: end" or line.startswith(":") for line in lines)


def test_who_follows_a_job_outlasts_a_database_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, workers=0) as idle:
        job = idle.bisect(idle.ids[0], idle.ids[-1])
        with Remote(idle.url, None) as client:
            following = client.events(job)
            assert next(following)[0] == "job"
            real = idle.store.read
            refused: list[str] = []

            @contextmanager
            def read() -> Iterator[Transaction]:
                if len(refused) < 3:  # the stream's look, and the requests that would take it up
                    refused.append("refused")
                    raise Away("the database is away")
                with real() as tx:
                    yield tx

            monkeypatch.setattr(idle.store, "read", read)
            assert next(following)[0] == "job"
            assert len(refused) == 3
            cancel(idle.store, job)
            assert [name for name, _ in following] == ["job", "end"]


def _first(lines: Iterator[str]) -> dict[str, Any]:
    """The data of the next event."""
    found: dict[str, Any] = next(json.loads(line[6:]) for line in lines if line.startswith("data: "))
    return found


def _last(lines: Iterator[str]) -> dict[str, Any]:
    *_, found = (json.loads(line[6:]) for line in lines if line.startswith("data: "))
    last: dict[str, Any] = found
    return last


def _watches() -> int:
    """How many streams the server, which is in this process, is at work for."""
    gc.collect()
    return sum(isinstance(one, Watch) for one in gc.get_objects())
