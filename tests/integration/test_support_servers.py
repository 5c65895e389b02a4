# SPDX-License-Identifier: GPL-2.0-or-later
"""The servers that tests bring along are private, come back after any stop, and never outlive pytest."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support import servers
from tests.support.servers import DEADLINE, POLL, PostgreSQL, Redis, postgresql_user

SESSION = """
import time
from pathlib import Path

def test(postgresql, redis):
    written = Path({ids!r}).with_suffix(".new")
    written.write_text(f"{{postgresql.pid}} {{redis.pid}}")
    written.rename({ids!r})
    {last}
"""


def gone(pid: int) -> bool:
    """Whether a process has ended; one whose parent has yet to ask about it has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(POLL)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_committed_is_there_after_a_restart(
    postgresql: PostgreSQL, postgresql_url: str, end: str
) -> None:
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS n")
    getattr(postgresql, end)()
    assert not postgresql.running
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(postgresql_url)
    postgresql.start()
    with psycopg.connect(postgresql_url) as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (7,)


@pytest.mark.parametrize("_time", [1, 2])
def test_a_database_is_new_for_every_test(postgresql_url: str, _time: int) -> None:
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE only_here (n integer)")


@pytest.mark.parametrize("end", ["flush", "restart"])
def test_redis_forgets(redis: Redis, end: str) -> None:
    with redis.client() as client:
        assert client.keys() == []
        client.set("a", "b")
    getattr(redis, end)()
    with redis.client() as client:
        assert client.get("a") is None


def test_a_paused_redis_answers_again(redis: Redis) -> None:
    redis.pause()
    redis.resume()
    assert redis.answers()


def test_postgresql_does_not_run_as_root(postgresql: PostgreSQL) -> None:
    assert Path(f"/proc/{postgresql.pid}").stat().st_uid != 0
    assert (postgresql_user() is None) == (os.geteuid() != 0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike tmp_path."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def session(folder: Path, last: str) -> subprocess.Popen[bytes]:
    """Pytest with one test, which wants both servers and then does `last`."""
    (folder / "test_it.py").write_text(SESSION.format(ids=str(folder / "ids"), last=last))
    options = ("-q", "-p", "tests.support.servers", "-p", "no:cacheprovider", f"--rootdir={folder}")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, str(folder / "test_it.py")],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(folder)},  # where servers live: one that is killed cannot tidy up
    )


def pids(folder: Path) -> list[int]:
    written = folder / "ids"
    return [int(pid) for pid in written.read_text().split()] if written.exists() else []


@pytest.mark.usefixtures("postgresql_server", "redis_server")  # skipped where these are missing
def test_servers_end_with_a_session_that_failed(folder: Path) -> None:
    with session(folder, "assert False") as child:
        assert child.wait() == pytest.ExitCode.TESTS_FAILED
    assert len(pids(folder)) == 2
    assert all(gone(pid) for pid in pids(folder))


@pytest.mark.usefixtures("postgresql_server", "redis_server")
def test_servers_end_with_a_session_that_was_killed(folder: Path) -> None:
    with session(folder, "time.sleep(600)") as child:
        until(lambda: len(pids(folder)) == 2)
        child.send_signal(signal.SIGKILL)
    until(lambda: all(gone(pid) for pid in pids(folder)))


def reason(start: Callable[[], object]) -> str:
    with pytest.raises(pytest.skip.Exception) as skipped:
        start()
    return str(skipped.value)


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert reason(lambda: servers.new_redis(tmp_path)).endswith("install the package redis-server")
    monkeypatch.setattr(servers, "DEBIAN", tmp_path)
    assert reason(lambda: servers.new_postgresql(tmp_path)).endswith("install the package postgresql")


def test_nobody_to_run_postgresql_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "postgresql_programs", lambda: tmp_path)
    monkeypatch.setattr(servers, "USERS", ("nobody-of-this-name",))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "refuses to run as root, and there is none of the users nobody-of-this-name" in reason(
        lambda: servers.new_postgresql(tmp_path)
    )
