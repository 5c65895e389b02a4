# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole service as its users meet it: a server on a port of its own, workers, a small real history.

with serving(tmp_path) as served:
    job = served.bisect(served.ids[0], served.ids[-1])
    assert served.finished(job)["state"] == "done"
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from bisectd.services import mirrors, tokens
from bisectd.settings import Settings
from bisectd.store.store import Store
from bisectd.web.app import create_app
from tests.support.git_repos import build
from tests.support.hands import NAME, PROBE, TARGET, TOOLCHAIN
from tests.support.tiny_kernel import bad, good, line_of
from workers.polling import crew

TREES = (good("a"), good("b"), good("c"), bad("d"), bad("e"), bad("f"))  # the culprit is number 3
PATIENCE = 120.0  # seconds until a test gives up on something that should have happened


@dataclass
class Served:
    """A running service. `ids` are the commits of `repository`, registered as NAME, oldest first."""

    url: str
    store: Store
    settings: Settings
    repository: Path
    ids: list[str]

    def token(self, scope: str = "submit", user: str = "me") -> str:
        """The secret of a new token."""
        return tokens.make(self.store, user, scope)[1]

    def client(self, scope: str | None = None, user: str = "me") -> httpx.Client:
        """A client of the API with a new token of that scope; None: without one."""
        headers = {"Authorization": f"Bearer {self.token(scope, user)}"} if scope else {}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=PATIENCE)

    def question(self, good_: str, bad_: str, kind: str = "bisect") -> dict[str, Any]:
        """What POST jobs takes."""
        return {
            "kind": kind,
            "repository": NAME,
            "probe": PROBE,
            "target": TARGET,
            "toolchain": TOOLCHAIN,
            "goods": [good_],
            "bad": bad_,
        }

    def bisect(self, good_: str, bad_: str, kind: str = "bisect", user: str = "me") -> int:
        """Submit a job through the API; its number."""
        with self.client("submit", user) as client:
            answer = client.post("/jobs", json=self.question(good_, bad_, kind))
            assert answer.status_code == httpx.codes.CREATED, answer.text
            number: int = answer.json()["id"]
            return number

    def finished(self, job: int) -> dict[str, Any]:
        """The job as the API shows it, once it has come to its end."""
        deadline = time.monotonic() + PATIENCE
        with self.client("read") as client:
            while True:
                found: dict[str, Any] = client.get(f"/jobs/{job}").raise_for_status().json()
                if found["finished"]:
                    return found
                assert time.monotonic() < deadline, found
                time.sleep(0.1)


@contextmanager
def serving(
    folder: Path,
    *,
    workers: int = 1,
    path: Path | None = None,
    database: str | None = None,
    **given: Any,
) -> Iterator[Served]:
    """A service in `folder`, for as long as the block lasts.

    `workers`: how many worker processes; 0: jobs stay queued. `path`: a repository in place of the small one.
    `database`: its URL, in place of a new one. `given` are settings.
    """
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())  # a fixture of a module has no own home
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(folder / "home"))
        repository = path or folder / "repository"
        ids = [] if path else build(repository, line_of(*TREES))
        settings = Settings(data=folder / "data", **given)
        store = stack.enter_context(Store.open(database or str(folder / "served.db")))
        mirrors.register(store, settings.data, NAME, str(repository))
        if workers:
            stack.enter_context(crew(store, settings, workers))
        url = stack.enter_context(_listening(store, settings))
        yield Served(url, store, settings, repository, ids)


@contextmanager
def _listening(store: Store, settings: Settings) -> Iterator[str]:
    """A server in a thread, on a free port; its URL."""
    app = create_app(store, settings)
    config = uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True, name="server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server, thread)}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def _port(server: uvicorn.Server, thread: threading.Thread) -> int:
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server does not listen"
        time.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
