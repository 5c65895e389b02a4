# SPDX-License-Identifier: GPL-2.0-or-later
"""PostgreSQL and Redis of the tests' own: started when a test first wants one, ended with the session.

They are started from the binaries that are installed; what the machine itself runs is left alone. A session
(with xdist: each worker) has one of each; a test gets a database of its own, or an empty Redis, and may stop,
kill and restart the server. Even pytest killed with -9 leaves none behind.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from random import SystemRandom

import psycopg
import pytest
import redis as redis_client

DEADLINE = 60.0  # seconds to start or stop, on a machine that does much else
POLL = 0.02  # seconds
PORTS = range(
    20_000, 32_000
)  # below those that Linux gives to outgoing connections: free after a restart, too
DEBIAN = Path("/usr/lib/postgresql")  # its programs are not in PATH: several versions may be installed
USERS = ("postgres", "nobody")  # whom PostgreSQL may run as where the tests are root, which it refuses to be
SUPERUSER = "bisectd"
KINDS = SQLITE, POSTGRESQL = "sqlite", "postgresql"

# Not durable against a power cut, which no test makes; what was committed survives a killed server.
FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")


class Server(ABC):
    """A server process with a port and a folder of its own."""

    end = signal.SIGTERM  # what ends it in good order
    crash = signal.SIGKILL  # what ends it at once

    def __init__(self, folder: Path, user: str | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it, on the same port as before, and wait until it answers. It may be running already."""
        if self.running:
            return
        with (self.folder / "log").open("ab") as log:
            command = as_user(self._user, self.command(), self.crash)
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        deadline = time.monotonic() + DEADLINE
        while not self.answers():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{type(self).__name__} does not start: {self.log()}")
            time.sleep(POLL)

    def stop(self) -> None:
        """End it in good order, which closes all connections."""
        self._signal(self.end)

    def kill(self) -> None:
        """End it as a crash does."""
        self._signal(self.crash)

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def log(self) -> str:
        """The end of what it said."""
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What starts it, in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes commands."""

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(DEADLINE)
        finally:
            self._process.kill()


class PostgreSQL(Server):
    """A cluster whose superuser needs no password; every other user has to give one."""

    end = signal.SIGINT  # "fast": does not wait for clients to go
    crash = signal.SIGQUIT  # "immediate": no checkpoint. After SIGKILL its children would hold on for a while

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        super().__init__(folder, user)
        self._programs = programs
        self._numbers = count(1)
        options = ("--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", f"--username={SUPERUSER}")
        command = (str(programs / "initdb"), *options, "--pgdata=data")
        subprocess.run(as_user(user, command, signal.SIGKILL), cwd=folder, check=True, capture_output=True)
        (folder / "data" / "pg_hba.conf").write_text(
            f"host all {SUPERUSER} 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )

    def command(self) -> Sequence[str]:
        """No socket in the file system; it listens on this machine only."""
        options = (*FAST, "listen_addresses=127.0.0.1", "unix_socket_directories=")
        settings = [word for option in options for word in ("-c", option)]
        return [str(self._programs / "postgres"), "-D", "data", "-p", str(self.port), *settings]

    def answers(self) -> bool:
        """Whether somebody can connect."""
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str, user: str = SUPERUSER) -> str:
        """Where a database is; `user` may be NAME:PASSWORD."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        """A new empty database: its URL."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected."""
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement, outside of a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


class Redis(Server):
    """A Redis that keeps nothing on disk: whoever stops it has lost all that was in it."""

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(folder)
        self._program = program
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        """It listens on this machine only."""
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        return [self._program, *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        """Whether it takes commands."""
        try:
            with self.client() as client:
                return bool(client.ping())
        except (redis_client.ConnectionError, redis_client.TimeoutError):
            return False

    def client(self) -> "redis_client.Redis":
        """A connection; close it."""
        return redis_client.Redis.from_url(self.url)

    def flush(self) -> None:
        """Lose everything that is in it."""
        with self.client() as client:
            client.flushall()

    def pause(self) -> None:
        """Let it hang: it keeps its connections and answers nobody, until `resume`."""
        if self._process:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)


def free_port() -> int:
    """A port that nobody listens on."""
    while True:
        port = SystemRandom().choice(PORTS)  # Hypothesis makes `random` itself repeat
        with closing(socket.socket()) as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def as_user(user: str | None, command: Sequence[str], at_death: signal.Signals) -> list[str]:
    """The command, run as another user if one is named, and signalled when this process dies."""
    identity = (f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups") if user else ()
    return ["setpriv", "--pdeathsig", at_death.name.removeprefix("SIG"), *identity, "--", *command]


def postgresql_programs() -> Path | None:
    """The folder of PostgreSQL's programs: that in PATH, else the newest that Debian has."""
    found = shutil.which("initdb")
    installed = [Path(found).resolve().parent] if found else []
    installed += sorted(DEBIAN.glob("*/bin"), key=lambda path: (len(path.parent.name), path), reverse=True)
    return next((folder for folder in installed if (folder / "postgres").exists()), None)


def postgresql_user() -> str | None:
    """Whom PostgreSQL must run as: None where that is us. LookupError where there is nobody."""
    if os.geteuid():
        return None
    for name in USERS:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise LookupError


def new_postgresql(folder: Path) -> PostgreSQL:
    """A new cluster in a folder, yet to be started; skips where that is not possible."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL's initdb and postgres: install the package postgresql")
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv to start PostgreSQL: install the package util-linux")
    try:
        user = postgresql_user()
    except LookupError:
        pytest.skip(
            f"PostgreSQL refuses to run as root, and there is none of the users {', '.join(USERS)}: "
            "add one, or run the tests as another user"
        )
    if user:
        shutil.chown(folder, user)
    return PostgreSQL(programs, folder, user)


def new_redis(folder: Path) -> Redis:
    """A Redis, yet to be started; skips where that is not possible."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs redis-server: install the package redis-server")
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv to start Redis: install the package util-linux")
    return Redis(program, folder)


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """One for as long as the block lasts; skips where that is not possible."""
    with tempfile.TemporaryDirectory(prefix="bisectd-postgresql-") as folder:  # tmp_path is closed to others
        server = new_postgresql(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """The session's PostgreSQL, started. A test that only wants a database takes `postgresql_url`."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> PostgreSQL:
    """PostgreSQL for a test that may also stop it."""
    postgresql_server.start()
    return postgresql_server


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """An empty database in PostgreSQL."""
    url = postgresql.create()
    yield url
    postgresql.start()
    postgresql.drop(url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """The session's Redis, started."""
    with tempfile.TemporaryDirectory(prefix="bisectd-redis-") as folder:
        server = new_redis(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()


@pytest.fixture
def redis(redis_server: Redis) -> Iterator[Redis]:
    """An empty Redis, for a test that may also stop, pause and flush it."""
    redis_server.start()
    redis_server.flush()
    yield redis_server
    redis_server.resume()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of each kind in turn."""
    return database_of(request.param, request)


def database_of(kind: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, for a fixture that has more kinds than `database` has."""
    if kind == SQLITE:
        return f"sqlite:///{request.getfixturevalue('tmp_path')}/x.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url
